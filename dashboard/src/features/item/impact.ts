import type { GraphEdge, GraphNode } from '../../components/graph-layout.ts'
import type { ImpactViewQuery } from '../../gql/graphql.ts'
import { toneOf, wordsOf } from '../../graphql/states.ts'

export type Impact = NonNullable<ImpactViewQuery['configurationItem']>['impact']

/** The root with everything listed, the root first at distance 0. */
export function reachedOf(impact: Impact) {
  const listed = impact.nodes.filter(({ item }) => item.id !== impact.root.id)
  return [{ item: impact.root, distance: 0, hiddenCount: 0, viaId: null }, ...listed]
}

/** The answer as a graph from left to right: edges lead away from the root, whichever end the relationship calls source. */
export function graphOf(
  impact: Impact,
  titleOf: (className: string) => string,
): { nodes: GraphNode[]; edges: GraphEdge[] } {
  const reached = reachedOf(impact)
  const distance = new Map(reached.map((node) => [node.item.id, node.distance]))
  const nodes = reached.map(({ item, hiddenCount }) => ({
    id: item.id,
    label: item.name,
    note: titleOf(item.className),
    tone: toneOf(item.state),
    state: wordsOf(item.state),
    hidden: hiddenCount,
  }))
  const drawn = impact.edges.filter(({ sourceId, targetId }) => distance.has(sourceId) && distance.has(targetId))
  const edges = drawn.map(({ sourceId, targetId, type }) =>
    distance.get(sourceId)! <= distance.get(targetId)!
      ? { source: sourceId, target: targetId, label: type }
      : { source: targetId, target: sourceId, label: type },
  )
  return { nodes, edges }
}
