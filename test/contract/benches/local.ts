import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PackageRef, TargetRef } from '../../../server/integrations/integration.ts'
import { startHost } from '../../../server/sample/host.ts'
import { buildSampleRepository } from '../../../server/sample/repository.ts'
import type { SamplePackage } from '../../../server/sample/repository.ts'
import { stopHosts } from '../../../server/sample/stop-hosts.ts'
import type { Bench } from '../integration.contract.ts'

export interface LocalBench extends Bench {
  hosts: string
  /** storefront 1.0.0, 1.1.0 and the broken 1.2.0. */
  storefront: PackageRef[]
  effectLines(target: TargetRef): Promise<{ effect: string; version: string }[]>
}

/** Real hosts with processes of their own in a temporary folder. */
export async function localBench(): Promise<LocalBench> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-local-'))
  const [hosts, repository] = [join(folder, 'hosts'), join(folder, 'repository')]
  const packages = await buildSampleRepository(repository)
  const storefront = packages.map((one) => packageRef(repository, one))
  const effectLines = async ({ key }: TargetRef) => {
    const lines = (await readFile(join(hosts, key, 'state', 'effects.log'), 'utf8')).trim().split('\n')
    return lines.map((line) => JSON.parse(line) as { effect: string; version: string })
  }
  let made = 0
  return {
    product: { id: 'product-1', name: 'Hosts of this machine', config: { folder: hosts } },
    badConfigs: [
      { config: {}, says: /folder/ },
      { config: { folder: 'hosts' }, says: /absolute/ },
      { config: { folder: 7 }, says: /folder/ },
      { config: { folder: hosts, fodler: 'x' }, says: /"fodler"/ },
    ],
    async freshTarget() {
      const name = `host-${++made}`
      const initial = { repository, package: packages[0]! }
      await startHost(hosts, { name, site: 'Austin', role: 'cache', upstreams: [], initial })
      return targetRef(name)
    },
    lostTarget: targetRef('lost-1'),
    packages: [storefront[0]!, storefront[1]!],
    // A switch of the release and a start of another version: each must have happened once.
    async effects(target) {
      const lines = await effectLines(target)
      const switches = lines.filter(({ effect }) => effect === 'switch').length
      const starts = lines.filter(({ effect }) => effect === 'start').length - 1
      if (switches !== starts)
        throw new Error(`${target.key} was switched ${switches} times and restarted ${starts} times`)
      return switches
    },
    breakOnce: ({ key }) => setFaults(hosts, key, { step: 'copy', fault: 'fail', times: 1 }),
    async close() {
      await stopHosts(hosts)
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
    hosts,
    storefront,
    effectLines,
  }
}

export const targetRef = (name: string): TargetRef => ({ itemId: `item of ${name}`, key: name, name, facts: {} })

export function packageRef(repository: string, { name, version, digest, size, file }: SamplePackage): PackageRef {
  return { name, version, digest, size, open: async () => createReadStream(join(repository, file)) }
}

export const setFaults = (hosts: string, key: string, faults: object) =>
  writeFile(join(hosts, key, 'faults.json'), JSON.stringify(faults))
