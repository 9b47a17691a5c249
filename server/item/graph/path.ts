import type { Graph } from './graph.ts'
import { eachStep, type Steps } from './walk.ts'

/** One item of a path with the relationship by which it was reached; of the first: none. */
export interface PathStep {
  uuid: string
  relationship: { uuid: string; direction: 'OUT' | 'IN' } | null
}

/** A shortest way from one node to another, both included; null when there is none of at most `depth` steps. */
export function pathBetween(
  graph: Graph,
  from: number,
  to: number,
  steps: Steps,
  depth: number,
  sees: (node: number) => boolean,
): PathStep[] | null {
  const nodes = graph.withWalk((walk) => {
    walk.run(graph, [from], { ...steps, membership: -1 }, depth, sees, to)
    if (!walk.has(to)) return null
    const back: number[] = []
    for (let at = to; at >= 0; at = walk.via[at]!) back.push(at)
    return back.reverse()
  })
  return (
    nodes?.map((node, index) => ({
      uuid: graph.nodes.uuid(node),
      relationship: index === 0 ? null : relationshipBetween(graph, nodes[index - 1]!, node, steps),
    })) ?? null
  )
}

function relationshipBetween(graph: Graph, from: number, to: number, steps: Steps): PathStep['relationship'] {
  let found: PathStep['relationship'] = null
  graph.edges.each(from, (other, type, isOut, at) => {
    if (other !== to || found || (isOut ? steps.out : steps.into)[type] !== 1) return
    found = { uuid: graph.edges.uuid(at), direction: isOut ? 'OUT' : 'IN' }
  })
  return found
}

/** A shortest ring through a node that stays within `inside`: its nodes in order, the first not repeated. */
export function ringThrough(graph: Graph, node: number, steps: Steps, inside: ReadonlySet<number>): number[] {
  return graph.withWalk((walk) => {
    walk.run(graph, [node], { ...steps, membership: -1 }, Infinity, (one) => inside.has(one))
    for (let at = 0; at < walk.length; at++) {
      const last = walk.queue[at]!
      let closes = false
      eachStep(graph, last, steps, (other) => (closes ||= other === node && last !== node))
      if (!closes) continue
      const ring: number[] = []
      for (let one = last; one >= 0; one = walk.via[one]!) ring.push(one)
      return ring.reverse()
    }
    return [node]
  })
}
