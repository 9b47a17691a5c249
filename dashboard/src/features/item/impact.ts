import type { GraphEdge, GraphNode } from '../../components/graph-layout.ts'
import type { ImpactViewQuery } from '../../gql/graphql.ts'
import { toneOf, wordsOf } from '../../graphql/states.ts'

export type Impact = NonNullable<ImpactViewQuery['configurationItem']>['impact']

/** What an impact and the surroundings of an item have in common. */
export type Reached = Pick<Impact, 'root' | 'nodes' | 'edges'>

/** The root with everything listed, the root first at distance 0. */
export function reachedOf(impact: Reached) {
  const listed = impact.nodes.filter(({ item }) => item.id !== impact.root.id)
  return [{ item: impact.root, distance: 0, hiddenCount: 0, viaId: null }, ...listed]
}

/** What is left of an answer when only some classes are wanted. */
export interface Narrowed {
  /** Ids of what is wanted, without the root. */
  wanted: ReadonlySet<string>
  /** Ids of what is not wanted, but stands on the way from the root to something that is. */
  onTheWay: ReadonlySet<string>
  /** How many of the listed are not wanted, those on the way included. */
  leftOut: number
}

/** Narrows to classes; none means all of them. */
export function narrow(impact: Reached, classes: readonly string[]): Narrowed {
  const listed = reachedOf(impact).slice(1)
  const isWanted = classes.length ? ({ item }: (typeof listed)[number]) => classes.includes(item.className) : () => true
  const wanted = new Set(listed.filter(isWanted).map(({ item }) => item.id))
  const via = new Map(listed.map(({ item, viaId }) => [item.id, viaId]))
  const onTheWay = new Set<string>()
  for (const id of wanted)
    for (let at = via.get(id); at && via.has(at) && !onTheWay.has(at); at = via.get(at)) {
      if (!wanted.has(at)) onTheWay.add(at)
    }
  return { wanted, onTheWay, leftOut: listed.length - wanted.size }
}

/**
 * The answer as a graph from left to right: edges lead away from the root, whichever end the relationship calls source.
 * What is not wanted is drawn only where the way leads through it, and pale: no edge is there that no relationship is.
 */
export function graphOf(
  impact: Reached,
  titleOf: (className: string) => string,
  { wanted, onTheWay }: Pick<Narrowed, 'wanted' | 'onTheWay'> = narrow(impact, []),
): { nodes: GraphNode[]; edges: GraphEdge[] } {
  const reached = reachedOf(impact).filter(
    ({ item, distance }) => distance === 0 || wanted.has(item.id) || onTheWay.has(item.id),
  )
  const distance = new Map(reached.map((node) => [node.item.id, node.distance]))
  const nodes = reached.map(({ item, hiddenCount, viaId }) => ({
    id: item.id,
    label: item.name,
    note: titleOf(item.className),
    tone: toneOf(item.state),
    state: wordsOf(item.state),
    hidden: hiddenCount,
    via: viaId,
    ...(onTheWay.has(item.id) && { pale: true }),
  }))
  const drawn = impact.edges.filter(({ sourceId, targetId }) => distance.has(sourceId) && distance.has(targetId))
  const edges = drawn.map(({ sourceId, targetId, type }) =>
    distance.get(sourceId)! <= distance.get(targetId)!
      ? { source: sourceId, target: targetId, label: type }
      : { source: targetId, target: sourceId, label: type },
  )
  return { nodes, edges }
}

/** How much a filter leaves out, in words; null when it leaves out nothing. */
export function leftOutWords({ wanted, onTheWay, leftOut }: Narrowed): string | null {
  if (!leftOut) return null
  const hidden = `${leftOut} of ${wanted.size + leftOut} hidden by filter`
  if (!onTheWay.size) return `${hidden}.`
  return onTheWay.size === 1
    ? `${hidden}; one of them stays, pale, because the way to others leads through it.`
    : `${hidden}; ${onTheWay.size} of them stay, pale, because the way to others leads through them.`
}
