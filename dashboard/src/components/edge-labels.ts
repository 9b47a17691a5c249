import { nodeSize, type GraphEdge, type Placed } from './graph-layout.ts'

/** The name of an edge, centred on a point of its line. */
export interface EdgeLabel {
  edge: GraphEdge
  text: string
  x: number
  y: number
}

/** A graph with more edges than these is read by pointing at a node; names on all of them would be a wall of text. */
export const CALM = 40
const HEIGHT = 14
/** Of a letter in the smallest type, at most on average. */
const LETTER = 5.8
const LETTERS = 24
/** Where on an edge its name may stand, the best first: 0 is where it leaves, 1 where it arrives. */
const SPOTS = [0.5, 0.68, 0.32, 0.82, 0.18, 0.92, 0.08]
/** How far above or below it: two relationships between the same two items share one line. */
const LIFTS = [0, -HEIGHT, HEIGHT]

export const shortened = (text: string) => (text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text)
export const widthOf = (text: string) => shortened(text).length * LETTER

type Point = Placed['edges'][number]['points'][number]
type Box = { left: number; right: number; top: number; bottom: number }

/**
 * Places the names of edges so that none stands on another or on a node: a name that finds no room is left out. They read
 * from left to right, so an edge that leads to the left is named by its way back.
 */
export function placeLabels(edges: Placed['edges'], nodes: Placed['nodes']): EdgeLabel[] {
  const taken = nodes.map(({ x, y }): Box => {
    return { left: x, right: x + nodeSize.width, top: y, bottom: y + nodeSize.height }
  })
  const isFree = (box: Box) =>
    taken.every(
      (other) =>
        box.right <= other.left || box.left >= other.right || box.bottom <= other.top || box.top >= other.bottom,
    )
  return edges.flatMap((edge) => {
    const text = nameOf(edge)
    if (!text) return []
    const width = widthOf(text)
    const spots = LIFTS.flatMap((lift) =>
      segments(edge.points).flatMap(([from, to]) =>
        SPOTS.map((spot) => {
          const { x, y } = onCurve(from, to, spot, width)
          return { x, y: y + lift }
        }),
      ),
    )
    const free = spots.find((spot) => isFree(boxAt(spot, width)))
    if (!free) return []
    taken.push(boxAt(free, width))
    return [{ edge, text: shortened(text), ...free }]
  })
}

const boxAt = ({ x, y }: Point, width: number): Box => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - HEIGHT / 2,
  bottom: y + HEIGHT / 2,
})

function nameOf({ points, label, back }: Placed['edges'][number]): string | undefined {
  const leadsLeft = points.at(-1)!.x < points[0]!.x
  return leadsLeft ? (back ?? label) : label
}

/** The pieces between columns, the last one first: there the edges of one node have parted. */
function segments(points: readonly Point[]): [Point, Point][] {
  return points
    .slice(1)
    .map((to, at): [Point, Point] => [points[at]!, to])
    .toReversed()
}

/** A point of the soft line that graph-layout draws, moved so that a name of this width stays between the columns. */
function onCurve(from: Point, to: Point, t: number, width: number): Point {
  const u = 1 - t
  const middle = (from.x + to.x) / 2
  const x = u ** 3 * from.x + 3 * u * u * t * middle + 3 * u * t * t * middle + t ** 3 * to.x
  const y = (u ** 3 + 3 * u * u * t) * from.y + (3 * u * t * t + t ** 3) * to.y
  const [left, right] = [Math.min(from.x, to.x) + width / 2 + 3, Math.max(from.x, to.x) - width / 2 - 3]
  return { x: left > right ? middle : Math.min(Math.max(x, left), right), y }
}
