import dagre from '@dagrejs/dagre'
import type { Tone } from './tones.ts'

export interface GraphNode {
  id: string
  label: string
  note?: string
  tone: Tone
  /** The state in words, for those who do not see the shape. */
  state?: string
  /** Neighbours that are not drawn: "+312 more" is a control. */
  hidden?: number
  /** The node through which the way from the root comes to it. */
  via?: string | null
  /** Stands here only because the way to others leads through it. */
  pale?: boolean
}
export interface GraphEdge {
  source: string
  target: string
  label?: string
}
export interface Placed {
  nodes: (GraphNode & { x: number; y: number })[]
  edges: (GraphEdge & { path: string; labelAt: { x: number; y: number } })[]
  width: number
  height: number
}

export const nodeSize = { width: 196, height: 40 }

/** Places nodes in layers from left to right; the same input gives the same picture. */
export function placeGraph(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Placed {
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 64, marginx: 8, marginy: 8 })
  graph.setDefaultEdgeLabel(() => ({}))
  const known = new Set(nodes.map(({ id }) => id))
  for (const { id } of nodes) graph.setNode(id, { ...nodeSize })
  const drawn = edges.filter(({ source, target }) => known.has(source) && known.has(target))
  drawn.forEach(({ source, target }, at) => graph.setEdge(source, target, {}, String(at)))
  dagre.layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  return {
    nodes: nodes.map((node) => {
      const { x, y } = graph.node(node.id)
      return { ...node, x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 }
    }),
    edges: drawn.map((edge, at) => {
      const { points } = graph.edge({ v: edge.source, w: edge.target, name: String(at) })
      const way = betweenSides(points, graph.node(edge.source), graph.node(edge.target))
      return { ...edge, path: curve(way), labelAt: points[Math.floor(points.length / 2)]! }
    }),
    width,
    height,
  }
}

type Point = { x: number; y: number }

/** An edge that leads on leaves at the middle of the right side and arrives at the middle of the left one. */
function betweenSides(points: readonly Point[], from: Point, to: Point): readonly Point[] {
  if (from.x >= to.x) return points
  const half = nodeSize.width / 2
  return [{ x: from.x + half, y: from.y }, ...points.slice(1, -1), { x: to.x - half, y: to.y }]
}

/** A soft line through the points of an edge. */
function curve(points: readonly { x: number; y: number }[]) {
  const [first, ...rest] = points
  if (!first) return ''
  let path = `M${first.x} ${first.y}`
  let from = first
  for (const to of rest) {
    const middle = (from.x + to.x) / 2
    path += ` C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`
    from = to
  }
  return path
}

/** Where an arrow key leads: right and left along the edges, up and down among those in the same layer. */
export function walk(key: string, from: string, { nodes, edges }: Placed): string | null {
  const here = nodes.find(({ id }) => id === from)
  if (!here) return null
  if (key === 'ArrowRight') return edges.find(({ source }) => source === from)?.target ?? null
  if (key === 'ArrowLeft') return edges.find(({ target }) => target === from)?.source ?? null
  const layer = nodes.filter(({ x }) => Math.abs(x - here.x) < 4).sort((a, b) => a.y - b.y)
  const at = layer.findIndex(({ id }) => id === from)
  if (key === 'ArrowDown') return layer[at + 1]?.id ?? null
  if (key === 'ArrowUp') return layer[at - 1]?.id ?? null
  return null
}
