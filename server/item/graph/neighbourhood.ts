import type { Graph } from './graph.ts'
import { draw, listing } from './drawn.ts'
import { countByClass, stepsOf, type ImpactQuestion, type ImpactRules } from './impact.ts'
import { passing, seeing } from './node-filter.ts'

type NeighbourhoodQuestion = Required<Pick<ImpactQuestion, 'depth' | 'limit' | 'reach'>> &
  Pick<ImpactQuestion, 'types' | 'filter' | 'withWay'>

/** What is around a node, whatever relates it; empty for an unknown one. */
export function neighbourhoodOf(
  graph: Graph,
  catalogue: ImpactRules,
  root: number | undefined,
  { types, depth, limit, filter, reach, withWay }: NeighbourhoodQuestion,
) {
  if (root === undefined)
    return { total: 0, truncated: false, hidden: 0, nodes: [], between: [], edges: [], groups: [] }
  const steps = stepsOf(graph, catalogue, 'ANY', types)
  const sees = seeing(graph, reach)
  const passes = passing(graph, filter)
  return graph.withWalk((walk) => {
    // Only through what the asker sees: how it hangs together behind is not theirs to know.
    walk.run(graph, [root], steps, depth, sees)
    const found = Array.from(walk.queue.subarray(1, walk.length)).filter(passes)
    const { length: total } = found
    const list = listing(walk, limit, sees, withWay)
    found.forEach(list.add)
    return {
      total,
      truncated: list.listed.length < total,
      ...draw(graph, walk, root, list, steps, (node) => sees(node) && passes(node)),
      groups: countByClass(graph, found),
    }
  })
}
