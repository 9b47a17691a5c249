import type { Reach } from '../kernel/context.ts'
import type { Graph } from './graph.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'

export type GraphDirection = 'DEPENDANTS' | 'DEPENDENCIES'

export interface ImpactQuestion {
  /** DEPENDANTS: what suffers when the item changes. DEPENDENCIES: what it suffers from. */
  direction?: GraphDirection
  /** Names of relationship types; all of them when left out. */
  types?: readonly string[] | null
  /** Steps from the root, default 3. */
  depth?: number
  /** How many nodes the answer lists at most, nearest first; default 200. `total` counts all. */
  limit?: number
  /** What the asker may see; default the whole estate. The way may lead through what they do not see. */
  reach?: Reach
}

export interface ImpactAnswer {
  /** Number of the last event that the answer takes into account. */
  seq: number
  total: number
  truncated: boolean
  nodes: { uuid: string; distance: number; via: string | null; hidden: number }[]
  edges: { source: string; target: string; type: string }[]
  groups: { className: string; count: number }[]
}

/** The nodes reached from `roots`, nearest first, with their distance and the node they were reached from. */
export interface Reached {
  order: number[]
  distance: Map<number, number>
  via: Map<number, number>
}

/** Walks breadth first along the impact of the relationships. */
export function reach(graph: Graph, roots: readonly number[], steps: Steps, depth: number): Reached {
  const distance = new Map(roots.map((root) => [root, 0]))
  const via = new Map<number, number>()
  const queue = [...roots]
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at]!
    const next = distance.get(node)! + 1
    if (next > depth) break
    graph.edgesOf(node, (other, type, isOut) => {
      if (!steps(type, isOut) || distance.has(other)) return
      distance.set(other, next)
      via.set(other, node)
      queue.push(other)
    })
  }
  return { order: queue.slice(roots.length), distance, via }
}

/** Whether the walk goes along an edge of this type, seen from its source (`isOut`) or its target. */
export type Steps = (type: number, isOut: boolean) => boolean

export function stepsOf(
  graph: Graph,
  catalogue: Catalogue,
  direction: GraphDirection,
  types?: readonly string[] | null,
): Steps {
  const goes = graph.types.map((name) => {
    const impact = types && !types.includes(name) ? 'NONE' : (catalogue.relationshipType(name)?.impact ?? 'NONE')
    if (impact === 'NONE') return null
    return (impact === 'SOURCE_TO_TARGET') === (direction === 'DEPENDANTS')
  })
  return (type, isOut) => goes[type] === isOut
}

/** What is affected when `root` changes (or what affects it). */
export function impactOf(
  graph: Graph,
  catalogue: Catalogue,
  root: number,
  question: ImpactQuestion,
  seq: number,
): ImpactAnswer {
  const { direction = 'DEPENDANTS', depth = 3, limit = 200, reach: scope = 'estate' } = question
  const steps = stepsOf(graph, catalogue, direction, question.types)
  const sees = scope === 'estate' ? () => true : seesWithin(graph, new Set(scope))
  const reached = reach(graph, [root], steps, depth)
  const visible = reached.order.filter(sees)
  const listed = visible.slice(0, limit)
  const shown = new Set([root, ...listed])
  const edges: ImpactAnswer['edges'] = []
  const hidden = new Map<number, Set<number>>()
  for (const node of shown) {
    graph.edgesOf(node, (other, type, isOut) => {
      if (!steps(type, isOut)) return
      const [source, target] = isOut ? [node, other] : [other, node]
      if (shown.has(other))
        edges.push({ source: graph.uuids[source]!, target: graph.uuids[target]!, type: graph.types[type]! })
      else if (sees(other)) hidden.set(node, (hidden.get(node) ?? new Set()).add(other))
    })
  }
  return {
    seq,
    total: visible.length,
    truncated: listed.length < visible.length,
    nodes: listed.map((node) => ({
      uuid: graph.uuids[node]!,
      distance: reached.distance.get(node)!,
      via: nearestShown(node, reached.via, shown, graph),
      hidden: hidden.get(node)?.size ?? 0,
    })),
    edges,
    groups: countByClass(graph, visible),
  }
}

/** Items that depend on any of `roots` and are neither among them nor inside them. */
export function dependantsOutside(graph: Graph, catalogue: Catalogue, roots: readonly number[]): string[] {
  const targets = new Set(roots.map((root) => graph.uuids[root]!))
  return reach(graph, roots, stepsOf(graph, catalogue, 'DEPENDANTS'), Infinity)
    .order.filter((node) => !graph.scopeIds[node]!.some((scope) => targets.has(scope)))
    .map((node) => graph.uuids[node]!)
}

const seesWithin = (graph: Graph, scope: ReadonlySet<string>) => (node: number) =>
  graph.scopeIds[node]!.some((one) => scope.has(one))

/** The next node on the way back to the root that the asker sees. */
function nearestShown(node: number, via: Map<number, number>, shown: Set<number>, graph: Graph): string | null {
  let at = via.get(node)
  while (at !== undefined && !shown.has(at)) at = via.get(at)
  return at === undefined ? null : graph.uuids[at]!
}

function countByClass(graph: Graph, nodes: number[]): ImpactAnswer['groups'] {
  const counts = new Map<string, number>()
  for (const node of nodes) counts.set(graph.classNames[node]!, (counts.get(graph.classNames[node]!) ?? 0) + 1)
  return [...counts].map(([className, count]) => ({ className, count })).sort((a, b) => b.count - a.count)
}
