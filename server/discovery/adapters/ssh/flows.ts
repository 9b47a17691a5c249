/**
 * Who depends on whom: the process that holds the client's end of a connection depends on the one that listens at the other.
 * Only what is seen from both sides counts: a connection on one host, and a listener on a host that was read as well.
 */
import type { SeenRelationship } from '../adapter.ts'
import type { PackageChoice } from './config.ts'
import type { HostFacts } from './facts.ts'
import { chosen } from './packages.ts'
import { packageRefs } from './sightings.ts'
import { isLoopback, type Flow, type Listener, type Process } from './sockets.ts'

export function* dependenciesAmong(all: readonly HostFacts[], choice: PackageChoice): Generator<SeenRelationship> {
  const owners = addressOwners(all)
  const software = new Map(all.map((facts) => [facts.host, softwareRefs(facts, choice)]))
  const seen = new Set<string>()
  for (const facts of all) {
    for (const flow of facts.flows) {
      if (listenerAt(facts, flow.local)) continue
      const server = isLoopback(flow.remote.address) ? facts : owners.get(flow.remote.address)
      const listener = server && listenerAt(server, flow.remote)
      if (!listener) continue
      for (const edge of edgesOf(facts, server, flow, listener, software)) {
        const key = `${edge.from}\n${edge.to}`
        if (seen.has(key)) continue
        seen.add(key)
        yield edge
      }
    }
  }
}

/** An address that several hosts have, such as that of a bridge for containers, says nothing. */
function addressOwners(all: readonly HostFacts[]): Map<string, HostFacts> {
  const owners = new Map<string, HostFacts | null>()
  for (const facts of all) {
    const own = new Set(facts.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)))
    for (const address of own) owners.set(address, owners.has(address) ? null : facts)
  }
  return new Map([...owners].filter((entry): entry is [string, HostFacts] => entry[1] !== null))
}

const listenerAt = ({ listeners }: HostFacts, end: Flow['local']): Listener | undefined =>
  listeners.find(({ address, port }) => port === end.port && (address === '*' || address === end.address))

function softwareRefs(facts: HostFacts, choice: PackageChoice): Map<string, string> {
  const refs = packageRefs(facts.host, chosen(facts.packages, facts.running, choice))
  return new Map([...refs].map(([ref, { name }]) => [name, ref]))
}

/** Between the hosts, and between the packages if both processes may be seen. Ports of clients change and are left out. */
function edgesOf(
  client: HostFacts,
  server: HostFacts,
  { remote, processes }: Flow,
  listener: Listener,
  software: ReadonlyMap<string, ReadonlyMap<string, string>>,
): SeenRelationship[] {
  const [mine, theirs] = [whoIs(client, processes), whoIs(server, listener.processes)]
  const evidence = `socket: ${mine.name} to ${theirs.name} at ${remote.address}:${remote.port}`
  const edge = { kind: 'relationship' as const, type: 'dependsOn', evidence, where: { source: client.host } }
  const from = software.get(client.host)?.get(mine.package ?? '')
  const to = software.get(server.host)?.get(theirs.package ?? '')
  return [
    ...(client === server ? [] : [{ ...edge, from: client.host, to: server.host }]),
    ...(from && to && from !== to ? [{ ...edge, from, to }] : []),
  ]
}

function whoIs(facts: HostFacts, processes: readonly Process[]): { name: string; package?: string } {
  const [first] = processes
  if (!first) return { name: `a process of ${facts.host}` }
  const owner = facts.packageOf(first.pid)
  return { name: first.name, ...(owner ? { package: owner } : {}) }
}
