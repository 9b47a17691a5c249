/** Finding hosts by looking: folders whose host wrote its facts and whose process still runs. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DiscoveredRelationship, DiscoveredTarget, InstalledSoftware, ItemKey, Page } from '../integration.ts'
import { ask } from './ask.ts'
import { readJson } from './files.ts'
import { currentRelease, findHosts, readConfig, readFacts, releaseRecordName } from './host.ts'
import type { Host, HostFacts, ReleaseRecord } from './host.ts'
import { isRunning } from './marker.ts'
import { connectedPorts } from './sockets.ts'

const pageSize = 100

interface LivingHost {
  host: Host
  facts: HostFacts
}

/** A host whose process is dead is not in the list, so that reconciliation finds it missing. */
export async function discoverTargets(folder: string, cursor?: string): Promise<Page<DiscoveredTarget>> {
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString()
  const living = await findLiving(folder)
  const rest = living.filter(({ host }) => host.key > after)
  const page = rest.slice(0, pageSize)
  const own = page.filter(({ facts }) => facts.control.kind === 'process')
  const ports = await connectedPorts(own.map(({ facts }) => facts.pid))
  const items = await Promise.all(page.map((one) => describe(one, living, ports.get(one.facts.pid))))
  const last = page.at(-1)
  const next = rest.length > page.length && last ? Buffer.from(last.host.key).toString('base64url') : undefined
  return { items, complete: true, ...(next === undefined ? {} : { next }) }
}

async function findLiving(folder: string): Promise<LivingHost[]> {
  const look = async (host: Host) => {
    const facts = await readFacts(host).catch(() => undefined)
    return facts && (await isRunning(host, facts)) ? { host, facts } : undefined
  }
  const hosts = await findHosts(folder)
  const seen = await Promise.all(hosts.map(look))
  if (seen.some((one) => one === undefined)) {
    await sleep(400) // one that is just being restarted is not missing
    await Promise.all(hosts.map(async (host, index) => (seen[index] ??= await look(host))))
  }
  return seen.filter((one) => one !== undefined)
}

async function describe(
  { host, facts }: LivingHost,
  living: LivingHost[],
  ports: Set<number> | undefined,
): Promise<DiscoveredTarget> {
  const self: ItemKey = { class: facts.class, key: host.key, name: facts.name }
  const answer = await ask(facts.port, '/version').catch(() => undefined)
  const version = answer?.body.version
  const software = await installedSoftware(host)
  return {
    ...self,
    attributes: {
      role: facts.role,
      site: facts.site,
      platform: facts.platform,
      arch: facts.arch,
      address: facts.address,
      port: String(facts.port),
      machineId: facts.machineId,
      startedAt: facts.startedAt,
      answering: answer ? 'yes' : 'no',
      ...(typeof version === 'string' ? { runningVersion: version } : {}),
    },
    identities: [
      { kind: 'machine-id', value: facts.machineId },
      { kind: 'name', value: facts.name },
    ],
    software,
    relationships: [
      {
        type: 'locatedIn',
        from: self,
        to: { class: 'Site', key: facts.site, name: facts.site },
        evidence: 'host facts',
      },
      ...installation(self, facts),
      ...(await dependencies(self, host, living, ports)),
    ],
  }
}

function installation(self: ItemKey, facts: HostFacts): DiscoveredRelationship[] {
  const { name } = facts.release
  const software = { class: 'SoftwareInstallation', key: `${self.key}/${name}`, name: `${name} on ${self.name}` }
  return [{ type: 'runsOn', from: software, to: self, evidence: 'host facts' }]
}

/** From its configuration and from the connections it holds; both, if both say so. */
async function dependencies(self: ItemKey, host: Host, living: LivingHost[], ports: Set<number> | undefined) {
  const configured = new Set((await readConfig(host))?.upstreams ?? [])
  const connected = new Set(
    living.filter((other) => other.host.key !== host.key && ports?.has(other.facts.port)).map(({ host }) => host.key),
  )
  return [...new Set([...configured, ...connected])].sort().map((key): DiscoveredRelationship => {
    const how = [configured.has(key) && 'configuration', connected.has(key) && 'socket'].filter(Boolean)
    const other = living.find((candidate) => candidate.host.key === key)?.facts
    const to = { class: other?.class ?? 'ComputerSystem', key, name: other?.name ?? key }
    return { type: 'dependsOn', from: self, to, evidence: how.join(' and ') }
  })
}

async function installedSoftware(host: Host): Promise<InstalledSoftware[]> {
  const current = await currentRelease(host)
  const names = (await readdir(host.releases).catch(() => [])).filter((name) => !name.startsWith('.')).sort()
  const found = await Promise.all(
    names.map(async (folder): Promise<InstalledSoftware | undefined> => {
      const record = await readJson<ReleaseRecord>(join(host.releases, folder, releaseRecordName))
      if (!record) return undefined
      const { name, version, digest } = record
      return { name, version, digest, path: `releases/${folder}`, active: digest === current?.record.digest }
    }),
  )
  return found.filter((software) => software !== undefined)
}
