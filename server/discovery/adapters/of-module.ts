/** What an integration module lists, read as every other source is, so that there is one way into the graph. */
import type { DiscoveredTarget, Integration, InstalledSoftware, ItemKey } from '../../integrations/integration.ts'
import type { DiscoveryAdapter, ReadOrder, SeenRelationship, Sighting } from './adapter.ts'

/** The words that modules use for our classes and relationship types. */
const CLASSES: Record<string, string> = { Server: 'ComputerSystem', Service: 'SoftwareInstallation' }
const TYPES: Record<string, string> = { installedOn: 'runsOn' }

/** The adapter of a kind whose module can list; undefined when it cannot. */
export function adapterOfModule(module: Integration): DiscoveryAdapter | undefined {
  if (!module.listTargets) return undefined
  return {
    id: module.id,
    title: module.title,
    configFields: module.configFields,
    checkConfig: (config) => module.checkConfig(config),
    read: (order) => readModule(module, order),
  }
}

/**
 * Relationships come last, because they may name targets of later pages. A machine that is only mentioned was not seen;
 * sites and services have no other witness than those who mention them.
 */
async function* readModule(module: Integration, { product, signal }: ReadOrder): AsyncGenerator<Sighting> {
  const told = new Set<string>()
  const edges = new Map<string, SeenRelationship>()
  const mentioned = new Map<string, ItemKey>()
  let cursor: string | undefined
  let complete: boolean
  do {
    signal.throwIfAborted()
    const page = await module.listTargets!(product, cursor)
    for (const target of page.items) {
      for (const sighting of sightingsOf(target, edges)) {
        if (sighting.kind === 'item') told.add(sighting.ref)
        yield sighting
      }
      for (const { from, to } of target.relationships)
        for (const end of [from, to]) mentioned.set(refOf(end), { ...end, class: classOf(end) })
    }
    complete = page.complete
    cursor = page.next
  } while (cursor)
  for (const [ref, { class: className, key, name }] of mentioned) {
    if (told.has(ref)) continue
    if (className === 'ComputerSystem') yield { kind: 'mention', ref, className, key }
    else yield { kind: 'item', ref, className, name, key, attributes: {} }
  }
  yield* edges.values()
  if (complete) yield { kind: 'complete' }
}

/** A target with its software: one installation for each package on it, what runs, or else what was listed last. */
function* sightingsOf(target: DiscoveredTarget, edges: Map<string, SeenRelationship>): Generator<Sighting> {
  const className = classOf(target)
  const ref = refOf(target)
  yield {
    kind: 'item',
    ref,
    className,
    name: target.name,
    key: target.key,
    attributes: target.attributes,
    identifiers: target.identities,
  }
  const chosen = new Map<string, InstalledSoftware>()
  for (const one of target.software) if (!chosen.get(one.name)?.active) chosen.set(one.name, one)
  for (const { name, version, digest, path } of chosen.values()) {
    const software: ItemKey = { class: 'SoftwareInstallation', key: `${target.key}/${name}`, name }
    yield {
      kind: 'item',
      ref: refOf(software),
      className: software.class,
      name: `${name} on ${target.name}`,
      key: software.key,
      attributes: { package: name, version, ...(digest ? { digest } : {}), ...(path ? { path } : {}) },
    }
    put(edges, { type: 'runsOn', from: refOf(software), to: ref, evidence: 'installed software' })
  }
  for (const { type, from, to, evidence } of target.relationships)
    put(edges, { type: TYPES[type] ?? type, from: refOf(from), to: refOf(to), evidence })
}

/** The first witness counts. */
function put(edges: Map<string, SeenRelationship>, edge: Omit<SeenRelationship, 'kind'>): void {
  const key = `${edge.type} ${edge.from} ${edge.to}`
  if (edge.from !== edge.to && !edges.has(key)) edges.set(key, { kind: 'relationship', ...edge })
}

const classOf = (item: ItemKey) => CLASSES[item.class] ?? item.class
const refOf = (item: ItemKey) => `${classOf(item)} ${item.key}`
