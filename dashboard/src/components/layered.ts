/**
 * Places a graph in columns from left to right, after Sugiyama: columns by the longest way, the order in them by the
 * mean of the neighbours, heights by least squares. Some milliseconds for some hundreds of nodes.
 */
export interface Size {
  width: number
  height: number
  /** Between columns. */
  across: number
  /** Between the nodes of one column. */
  apart: number
  margin: number
}
interface Point {
  x: number
  y: number
}
export interface Layered {
  /** Middle of each node, in the order of the input. */
  nodes: Point[]
  /** Middles through which each edge goes between its ends. */
  bends: Point[][]
  width: number
  height: number
}
/** A node, or a bend of an edge that passes through a column. */
interface Cell {
  column: number
  isBend: boolean
  /** Neighbours in the columns before and behind. */
  before: number[]
  behind: number[]
  y: number
}

const SWEEPS = 6

/** `edges` are pairs of indexes; the same input gives the same picture. */
export function placeInColumns(count: number, edges: readonly (readonly [number, number])[], size: Size): Layered {
  const columns = columnsOf(count, edges)
  const cells: Cell[] = columns.map((column) => ({ column, isBend: false, before: [], behind: [], y: 0 }))
  const link = (from: number, to: number) => {
    cells[from]!.behind.push(to)
    cells[to]!.before.push(from)
  }
  const bends = edges.map(([source, target]) => {
    const [from, to] = columns[source]! <= columns[target]! ? [source, target] : [target, source]
    const through: number[] = []
    for (let column = columns[from]! + 1; column < columns[to]!; column++)
      through.push(cells.push({ column, isBend: true, before: [], behind: [], y: 0 }) - 1)
    if (from !== to) [from, ...through, to].reduce((a, b) => (link(a, b), b))
    return from === source ? through : through.reverse()
  })
  const layers: number[][] = []
  cells.forEach(({ column }, at) => (layers[column] ??= []).push(at))
  order(layers, cells)
  settle(layers, cells, size)
  const top = cells.length ? Math.min(...cells.map(({ y }) => y)) : 0
  const middle = ({ column, y }: Cell): Point => ({
    x: size.margin + size.width / 2 + column * (size.width + size.across),
    y: size.margin + size.height / 2 + y - top,
  })
  const bottom = cells.length ? Math.max(...cells.map(({ y }) => y)) : 0
  return {
    nodes: cells.slice(0, count).map(middle),
    bends: bends.map((through) => through.map((at) => middle(cells[at]!))),
    width: count ? 2 * size.margin + layers.length * (size.width + size.across) - size.across : 0,
    height: count ? 2 * size.margin + size.height + bottom - top : 0,
  }
}

/** The column of each node: one behind the last of those that lead to it. An edge that closes a ring does not count. */
function columnsOf(count: number, edges: readonly (readonly [number, number])[]): number[] {
  const next: number[][] = Array.from({ length: count }, () => [])
  for (const [source, target] of edges) next[source]!.push(target)
  const [OPEN, DONE] = [1, 2]
  const marks = new Uint8Array(count)
  const ordered: number[] = []
  const forward: [number, number][] = []
  for (let root = 0; root < count; root++) {
    if (marks[root]) continue
    const stack: [node: number, at: number][] = [[root, 0]]
    marks[root] = OPEN
    while (stack.length) {
      const top = stack.at(-1)!
      const to = next[top[0]]![top[1]++]
      if (to === undefined) {
        marks[top[0]] = DONE
        ordered.push(top[0])
        stack.pop()
        continue
      }
      if (marks[to] === OPEN) continue
      forward.push([top[0], to])
      if (marks[to]) continue
      marks[to] = OPEN
      stack.push([to, 0])
    }
  }
  const columns = new Array<number>(count).fill(0)
  const ways = Map.groupBy(forward, ([source]) => source)
  for (const node of ordered.reverse())
    for (const [, to] of ways.get(node) ?? []) columns[to] = Math.max(columns[to]!, columns[node]! + 1)
  return columns
}

/** Orders each column by the mean place of the neighbours, there and back, and keeps the order with fewest crossings. */
function order(layers: number[][], cells: readonly Cell[]) {
  const place = new Float64Array(cells.length)
  const number = (layer: number[]) => layer.forEach((cell, at) => (place[cell] = at))
  layers.forEach(number)
  let best = layers.map((layer) => [...layer])
  let fewest = crossings(layers, cells, place)
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const onward = sweep % 2 === 0
    for (const layer of onward ? layers : layers.toReversed()) {
      const mean = new Map(layer.map((cell) => [cell, meanOf(neighbours(cells[cell]!, onward), place, place[cell]!)]))
      layer.sort((a, b) => mean.get(a)! - mean.get(b)! || place[a]! - place[b]!)
      number(layer)
    }
    const now = crossings(layers, cells, place)
    if (now >= fewest) continue
    fewest = now
    best = layers.map((layer) => [...layer])
  }
  best.forEach((layer, at) => (layers[at] = layer))
}

const neighbours = ({ before, behind }: Cell, onward: boolean) => (onward ? before : behind)
const meanOf = (of: readonly number[], values: Float64Array, otherwise: number) =>
  of.length ? of.reduce((sum, each) => sum + values[each]!, 0) / of.length : otherwise

/** How many pairs of edges cross between neighbouring columns. */
function crossings(layers: readonly number[][], cells: readonly Cell[], place: Float64Array): number {
  let found = 0
  for (const [at, layer] of layers.entries()) {
    const tree = new Int32Array((layers[at + 1]?.length ?? 0) + 1)
    let seen = 0
    for (const cell of layer) {
      const ends = cells[cell]!.behind.map((to) => place[to]!)
      for (const end of ends) {
        let notBelow = 0
        for (let i = end + 1; i > 0; i -= i & -i) notBelow += tree[i]!
        found += seen - notBelow
      }
      for (const end of ends) for (let i = end + 1; i < tree.length; i += i & -i) tree[i]!++
      seen += ends.length
    }
  }
  return found
}

/** Gives each cell its height: as near to the mean of its neighbours as its column has room. */
function settle(layers: readonly number[][], cells: readonly Cell[], { height, apart }: Size) {
  const half = (cell: number) => (cells[cell]!.isBend ? apart / 2 : (height + apart) / 2)
  /** How far each cell is at least from the first of its column. */
  const offsets = layers.map((layer) => {
    let sum = 0
    return layer.map((cell, at) => (at ? (sum += half(layer[at - 1]!) + half(cell)) : 0))
  })
  const ys = new Float64Array(cells.length)
  layers.forEach((layer, at) => layer.forEach((cell, i) => (ys[cell] = offsets[at]![i]! - offsets[at]!.at(-1)! / 2)))
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const onward = sweep % 2 === 0
    for (const [at, layer] of onward ? [...layers.entries()] : [...layers.entries()].reverse()) {
      const wanted = layer.map((cell, i) => {
        const { before, behind } = cells[cell]!
        const of = sweep === SWEEPS - 1 ? [...before, ...behind] : neighbours(cells[cell]!, onward)
        return meanOf(of.length ? of : [...before, ...behind], ys, ys[cell]!) - offsets[at]![i]!
      })
      rising(wanted).forEach((y, i) => (ys[layer[i]!] = y + offsets[at]![i]!))
    }
  }
  cells.forEach((cell, at) => (cell.y = ys[at]!))
}

/** The rising sequence that is nearest to the values: neighbours that would fall share their mean. */
function rising(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = []
  const mean = ({ sum, count }: { sum: number; count: number }) => sum / count
  for (const value of values) {
    let block = { sum: value, count: 1 }
    for (let last = blocks.at(-1); last && mean(last) >= mean(block); last = blocks.at(-1)) {
      block = { sum: last.sum + block.sum, count: last.count + block.count }
      blocks.pop()
    }
    blocks.push(block)
  }
  return blocks.flatMap((block) => new Array<number>(block.count).fill(mean(block)))
}
