import { widthOf } from './edge-labels.ts'
import { placeInColumns } from './layered.ts'
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
  /** What it means, read from its source. */
  label?: string
  /** The same, read from its target. */
  back?: string
}
export interface Placed {
  nodes: (GraphNode & { x: number; y: number })[]
  edges: (GraphEdge & { path: string; points: readonly Point[] })[]
  width: number
  height: number
}

export const nodeSize = { width: 196, height: 40 }

const SPACE = { ...nodeSize, across: 64, apart: 14, margin: 8 }
const MOST_ACROSS = 152

/** Between columns there is room for the names of edges. */
const acrossFor = (edges: readonly GraphEdge[]) =>
  Math.min(
    edges.reduce((most, { label }) => Math.max(most, label ? widthOf(label) + 14 : 0), SPACE.across),
    MOST_ACROSS,
  )

/** Places nodes in layers from left to right; the same input gives the same picture. */
export function placeGraph(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Placed {
  const places = new Map(nodes.map(({ id }, at) => [id, at]))
  const drawn = edges.filter(({ source, target }) => places.has(source) && places.has(target))
  const reached = new Set(drawn.map(({ target }) => target))
  /** What was reached by a way that is not drawn stands behind the node nearest to it on that way. */
  const apart = nodes.filter(({ id, via }) => via && places.has(via) && !reached.has(id))
  const pairs = [...drawn.map(({ source, target }) => [source, target]), ...apart.map(({ id, via }) => [via!, id])]
  const placed = placeInColumns(
    nodes.length,
    pairs.map(([source, target]) => [places.get(source!)!, places.get(target!)!]),
    { ...SPACE, across: acrossFor(drawn) },
  )
  const middle = (id: string) => placed.nodes[places.get(id)!]!
  return {
    nodes: nodes.map((node, at) => {
      const { x, y } = placed.nodes[at]!
      return { ...node, x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 }
    }),
    edges: drawn.map((edge, at) => {
      const [from, to] = [middle(edge.source), middle(edge.target)]
      const points = betweenSides([from, ...placed.bends[at]!, to])
      return { ...edge, points, path: curve(points) }
    }),
    width: placed.width,
    height: placed.height,
  }
}

type Point = { x: number; y: number }

/** An edge leaves at the middle of a side and arrives at the middle of the other one. */
function betweenSides(points: readonly Point[]): readonly Point[] {
  const [from, to] = [points[0]!, points.at(-1)!]
  const half = (nodeSize.width / 2) * Math.sign(to.x - from.x)
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
