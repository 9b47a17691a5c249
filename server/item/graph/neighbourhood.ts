import type { Graph } from './graph.ts'
import { draw, stepsOf, type ImpactQuestion, type ImpactRules } from './impact.ts'
import { passing, seeing } from './node-filter.ts'

type NeighbourhoodQuestion = Required<Pick<ImpactQuestion, 'depth' | 'limit' | 'reach'>> &
  Pick<ImpactQuestion, 'types' | 'filter'>

/** What is around a node, whatever relates it; empty for an unknown one. */
export function neighbourhoodOf(
  graph: Graph,
  catalogue: ImpactRules,
  root: number | undefined,
  { types, depth, limit, filter, reach }: NeighbourhoodQuestion,
) {
  if (root === undefined) return { total: 0, truncated: false, hidden: 0, nodes: [], edges: [] }
  const steps = stepsOf(graph, catalogue, 'ANY', types)
  const sees = seeing(graph, reach)
  const passes = passing(graph, filter)
  return graph.withWalk((walk) => {
    // Only through what the asker sees: how it hangs together behind is not theirs to know.
    walk.run(graph, [root], steps, depth, sees)
    const found = Array.from(walk.queue.subarray(1, walk.length)).filter(passes)
    const listed = found.slice(0, limit)
    const { length: total } = found
    return { total, truncated: listed.length < total, ...draw(graph, walk, root, listed, steps, sees) }
  })
}
