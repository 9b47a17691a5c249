import type { GraphEdge, GraphNode } from './graph-layout.ts'

/** What stays strong while the rest fades. */
export interface Light {
  nodes: ReadonlySet<string>
  edges: ReadonlySet<GraphEdge>
}

/** The light on one node: itself, its edges with their other ends, and the way by which the root comes to it. */
export function lightAround(id: string, nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Light {
  const via = new Map(nodes.map((node) => [node.id, node.via]))
  const way = new Set<string>()
  for (let at: string | null | undefined = id; at && !way.has(at); at = via.get(at)) way.add(at)
  const isOnTheWay = ({ source, target }: GraphEdge) =>
    way.has(source) && way.has(target) && (via.get(target) === source || via.get(source) === target)
  const lit = edges.filter((edge) => edge.source === id || edge.target === id || isOnTheWay(edge))
  return { nodes: new Set([...way, ...lit.flatMap(({ source, target }) => [source, target])]), edges: new Set(lit) }
}

/** The light on a chosen node: everything that leads to it and everything it leads to. */
export function lightThrough(id: string, edges: readonly GraphEdge[]): Light {
  const reach = (from: 'source' | 'target', to: 'source' | 'target') => {
    const next = Map.groupBy(edges, (edge) => edge[from])
    const found = new Set([id])
    for (const at of found) for (const edge of next.get(at) ?? []) found.add(edge[to])
    return { found, edges: edges.filter((edge) => found.has(edge[from])) }
  }
  const [down, up] = [reach('source', 'target'), reach('target', 'source')]
  return { nodes: new Set([...down.found, ...up.found]), edges: new Set([...down.edges, ...up.edges]) }
}
