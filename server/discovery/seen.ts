/** From what a module lists to items and relationships of our classes. Pure: looks nothing up. */
import type { DiscoveredTarget, InstalledSoftware, ItemKey } from '../integrations/integration.ts'
import { typedAttributes } from '../item/attributes.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'

export interface SeenItem {
  className: string
  nativeKey: string
  name: string
  /** What makes it the same thing in every product; null when nothing strong was seen. */
  identity: string | null
  attributes: Record<string, unknown>
}

export interface SeenEdge {
  type: string
  /** Keys as of `keyOf`. */
  source: string
  target: string
  evidence: string
}

export interface Seen {
  items: Map<string, SeenItem>
  /** By type and ends. */
  edges: Map<string, SeenEdge>
}

/** The words that modules use for our classes and relationship types. */
const CLASSES: Record<string, string> = { Server: 'ComputerSystem', Service: 'SoftwareInstallation' }
const TYPES: Record<string, string> = { installedOn: 'runsOn' }

export const keyOf = (item: { className: string; nativeKey: string }) => `${item.className} ${item.nativeKey}`

/** Identities that two targets claim at once (cloned machines) count for neither of them. */
export function seenIn(targets: readonly DiscoveredTarget[], catalogue: Catalogue): Seen {
  const seen: Seen = { items: new Map(), edges: new Map() }
  const claims = new Map<string, number>()
  for (const target of targets) {
    const identity = machineIdentity(target)
    if (identity) claims.set(identity, (claims.get(identity) ?? 0) + 1)
  }
  for (const target of targets) {
    const identity = machineIdentity(target)
    const className = classOf(target, catalogue) ?? 'ComputerSystem'
    const host: SeenItem = {
      className,
      nativeKey: target.key,
      name: target.name,
      identity: identity && claims.get(identity) === 1 ? identity : null,
      attributes: typedAttributes(catalogue.class(className)!, target.attributes),
    }
    seen.items.set(keyOf(host), host)
    addSoftware(seen, host, target.software)
  }
  for (const target of targets) for (const edge of target.relationships) addEdge(seen, edge, catalogue)
  return seen
}

function machineIdentity(target: DiscoveredTarget): string | null {
  const strong = target.identities.find(({ kind, value }) => kind === 'machine-id' && value !== '')
  return strong ? `machine-id:${strong.value}` : null
}

/** One installation for each package on a host: what runs, or else what was listed last. */
function addSoftware(seen: Seen, host: SeenItem, software: readonly InstalledSoftware[]): void {
  const chosen = new Map<string, InstalledSoftware>()
  for (const one of software) if (!chosen.get(one.name)?.active) chosen.set(one.name, one)
  for (const { name, version, digest, path } of chosen.values()) {
    const item: SeenItem = {
      className: 'SoftwareInstallation',
      nativeKey: `${host.nativeKey}/${name}`,
      name: `${name} on ${host.name}`,
      identity: null,
      attributes: { package: name, version, ...(digest ? { digest } : {}), ...(path ? { path } : {}) },
    }
    seen.items.set(keyOf(item), item)
    put(seen, { type: 'runsOn', source: keyOf(item), target: keyOf(host), evidence: 'installed software' })
  }
}

function addEdge(
  seen: Seen,
  { type, from, to, evidence }: DiscoveredTarget['relationships'][number],
  catalogue: Catalogue,
): void {
  const name = TYPES[type] ?? type
  if (!catalogue.relationshipType(name)) return
  const source = end(seen, from, catalogue)
  const target = end(seen, to, catalogue)
  if (!source || !target || source === target) return
  put(seen, { type: name, source, target, evidence })
}

/** The first witness counts. */
function put(seen: Seen, edge: SeenEdge): void {
  const key = `${edge.type} ${edge.source} ${edge.target}`
  if (!seen.edges.has(key)) seen.edges.set(key, edge)
}

/**
 * A machine that is only mentioned was not seen: it may be known from before. Sites and services have no other witness
 * than those who mention them.
 */
function end(seen: Seen, mentioned: ItemKey, catalogue: Catalogue): string | null {
  const className = classOf(mentioned, catalogue)
  if (!className) return null
  const key = keyOf({ className, nativeKey: mentioned.key })
  if (className !== 'ComputerSystem' && !seen.items.has(key)) {
    const identity = className === 'Site' ? `site:${mentioned.name.toLowerCase()}` : null
    seen.items.set(key, { className, nativeKey: mentioned.key, name: mentioned.name, identity, attributes: {} })
  }
  return key
}

function classOf(item: ItemKey, catalogue: Catalogue): string | null {
  const name = CLASSES[item.class] ?? item.class
  return catalogue.class(name) ? name : null
}
