/** What of a walk an answer lists, and how the listed hang together. */
import type { Graph } from './graph.ts'
import { eachStep, type Steps, type Walk } from './walk.ts'

export interface DrawnNode {
  uuid: string
  distance: number
  via: string | null
  hidden: number
}

export interface Drawn {
  nodes: DrawnNode[]
  /** What the filter leaves out and the way to `nodes` leads through, nearest first. */
  between: DrawnNode[]
  edges: { source: string; target: string; type: string }[]
}

/** Nodes that an answer lists, nearest first. */
interface Listing {
  listed: number[]
  /** On the way to them. */
  between: number[]
}

/**
 * Takes nodes in the order in which the walk came to them, as long as they, and with `withWay` what the way to them leads
 * through, are no more than `limit`; the first is always taken.
 */
export function listing(
  walk: Walk,
  limit: number,
  sees: (node: number) => boolean,
  withWay = false,
): Listing & { add: (node: number) => void } {
  const listed: number[] = []
  const between: number[] = []
  const taken = new Set<number>()
  let full = false
  const wayTo = (node: number) => {
    const way: number[] = []
    for (let at = walk.via[node]!; at >= 0 && walk.distance[at]! > 0 && !taken.has(at); at = walk.via[at]!)
      if (sees(at)) way.unshift(at)
    return way
  }
  const add = (node: number) => {
    if (full) return
    const way = withWay ? wayTo(node) : []
    full = listed.length > 0 && listed.length + between.length + way.length + 1 > limit
    if (full) return
    listed.push(node)
    between.push(...way)
    if (withWay) for (const one of [node, ...way]) taken.add(one)
  }
  return { listed, between, add }
}

/** The listed nodes, what relates them, and how many more of those that count there are around each. */
export function draw(
  graph: Graph,
  walk: Walk,
  root: number,
  { listed, between }: Listing,
  steps: Steps,
  counts: (node: number) => boolean,
): Drawn & { hidden: number } {
  const shown = new Set([root, ...listed, ...between])
  const edges: Drawn['edges'] = []
  const hidden = new Map<number, number>()
  for (const node of shown) {
    walk.forgetSeen()
    let more = 0
    eachStep(graph, node, steps, (other, type, isOut) => {
      if (shown.has(other)) {
        // A walk that goes both ways comes along it from each end.
        if (!isOut && steps.out[type] === 1) return
        const [source, target] = isOut ? [node, other] : [other, node]
        edges.push({ source: graph.nodes.uuid(source), target: graph.nodes.uuid(target), type: graph.types[type]! })
      } else if (graph.nodes.live[other] === 1 && counts(other) && walk.isFirst(other)) more++
    })
    hidden.set(node, more)
  }
  const drawn = named(graph, walk, root, { listed, between })
  listed.forEach((node, at) => (drawn.nodes[at]!.hidden = hidden.get(node)!))
  between.forEach((node, at) => (drawn.between[at]!.hidden = hidden.get(node)!))
  return { ...drawn, edges, hidden: hidden.get(root)! }
}

/** The listed nodes alone. */
export function named(graph: Graph, walk: Walk, root: number, { listed, between }: Listing): Drawn {
  const shown = new Set([root, ...listed, ...between])
  const name = (node: number): DrawnNode => ({
    uuid: graph.nodes.uuid(node),
    distance: walk.distance[node]!,
    via: nearestShown(node, walk, shown, graph),
    hidden: 0,
  })
  return { nodes: listed.map(name), between: between.map(name), edges: [] }
}

/** The next node on the way back to the root that the asker sees. */
function nearestShown(node: number, walk: Walk, shown: ReadonlySet<number>, graph: Graph): string | null {
  let at = walk.via[node]!
  while (at >= 0 && !shown.has(at)) at = walk.via[at]!
  return at < 0 ? null : graph.nodes.uuid(at)
}
