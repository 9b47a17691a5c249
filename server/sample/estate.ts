/** The sample estate: eight hosts in Austin and Tokyo that run the storefront, and the repository it comes from. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startHost } from './host.ts'
import type { HostSpec } from './host.ts'
import type { HostFacts } from '../integrations/local/host.ts'
import { buildSampleRepository } from './repository.ts'
import type { SamplePackage } from './repository.ts'

export interface SampleEstate {
  /** The folder of the hosts: `config.folder` of a management product of the kind `local`. */
  hosts: string
  /** The directory repository. */
  repository: string
  packages: SamplePackage[]
  facts: HostFacts[]
}

/** Sees to it that the sample estate exists below `folder` and runs. May be called again: what runs is adopted. */
export async function createSampleEstate(folder: string): Promise<SampleEstate> {
  const hosts = join(folder, 'hosts')
  const repository = join(folder, 'repository')
  await mkdir(hosts, { recursive: true })
  const packages = await buildSampleRepository(repository)
  const facts: HostFacts[] = []
  // Upstreams first, and no more at once than a small machine starts without delay.
  for (const role of ['cache', 'api', 'web'] as const) {
    const specs = sampleHosts(repository, packages[0]!).filter((spec) => spec.role === role)
    facts.push(...(await Promise.all(specs.map((spec) => startHost(hosts, spec)))))
  }
  return { hosts, repository, packages, facts }
}

/** Four hosts per site: web-1 and web-2 depend on api-1, that depends on cache-1. */
export function sampleHosts(repository: string, first: SamplePackage): HostSpec[] {
  return ['Austin', 'Tokyo'].flatMap((site) => {
    const named = (short: string) => `${site.toLowerCase()}-${short}`
    const host = (short: string, role: HostSpec['role'], upstreams: string[]): HostSpec => ({
      name: named(short),
      site,
      role,
      upstreams: upstreams.map(named),
      initial: { repository, package: first },
    })
    return [
      host('cache-1', 'cache', []),
      host('api-1', 'api', ['cache-1']),
      host('web-1', 'web', ['api-1']),
      host('web-2', 'web', ['api-1']),
    ]
  })
}
