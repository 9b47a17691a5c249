/**
 * Communities of the graph: items that have more to do with each other than with the rest (Louvain's method: each node
 * moves to the neighbouring community where modularity gains most, then communities become nodes, and so on). Whatever
 * relates two items counts once. Hands over after each stretch.
 */
import type { Graph } from './graph.ts'
import { GONE } from './edges.ts'

const STRETCH = 50_000 // nodes or relationships, some 5 ms
const PASSES = 6
const LEVELS = 4

interface Weighted {
  start: Int32Array
  other: Int32Array
  weight: Float64Array
}

/** The community of each node, numbered from 0; a node without a neighbour is alone in its own. */
export function* communitiesOf(graph: Graph): Generator<void, Int32Array, void> {
  let level = yield* undirected(graph)
  const community = Int32Array.from({ length: graph.nodes.length }, (_, node) => node)
  for (let depth = 0; depth < LEVELS; depth++) {
    const { of, count } = yield* moveNodes(level)
    for (let node = 0; node < community.length; node++) community[node] = of[community[node]!]!
    const nodes = level.start.length - 1
    if (count === nodes || count < 2) break
    level = yield* folded(level, of, count)
  }
  return community
}

function* undirected(graph: Graph): Generator<void, Weighted, void> {
  const { length, live } = graph.nodes
  const { out, into } = graph.edges
  const start = new Int32Array(length + 1)
  const other: number[] = []
  for (let node = 0; node < length; node++) {
    if (node % STRETCH === 0) yield
    for (const rows of [out, into]) {
      const end = rows.start[node + 1] ?? 0
      for (let at = rows.start[node] ?? 0; at < end; at++) {
        if (rows.type[at] !== GONE && live[node] === 1 && live[rows.other[at]!] === 1) other.push(rows.other[at]!)
      }
      graph.edges.late(node, rows === out, (end) => {
        if (live[node] === 1 && live[end] === 1) other.push(end)
      })
    }
    start[node + 1] = other.length
  }
  return { start, other: Int32Array.from(other), weight: new Float64Array(other.length).fill(1) }
}

function* moveNodes({ start, other, weight }: Weighted): Generator<void, { of: Int32Array; count: number }, void> {
  const nodes = start.length - 1
  const of = Int32Array.from({ length: nodes }, (_, node) => node)
  const degree = new Float64Array(nodes)
  for (let node = 0; node < nodes; node++) {
    for (let at = start[node]!; at < start[node + 1]!; at++) degree[node]! += weight[at]!
  }
  const total = degree.slice()
  const all = degree.reduce((sum, one) => sum + one, 0) || 1
  const towards = new Float64Array(nodes)
  for (let pass = 0; pass < PASSES; pass++) {
    let moves = 0
    for (let node = 0; node < nodes; node++) {
      if (node % STRETCH === 0) yield
      const touched: number[] = []
      for (let at = start[node]!; at < start[node + 1]!; at++) {
        const there = of[other[at]!]!
        if (other[at] === node) continue
        if (towards[there] === 0) touched.push(there)
        towards[there]! += weight[at]!
      }
      const home = of[node]!
      total[home]! -= degree[node]!
      let best = home
      let most = towards[home]! - (degree[node]! * total[home]!) / all
      for (const there of touched) {
        const gain = towards[there]! - (degree[node]! * total[there]!) / all
        if (gain > most + 1e-9) [best, most] = [there, gain]
      }
      total[best]! += degree[node]!
      if (best !== home) moves++
      of[node] = best
      for (const there of touched) towards[there] = 0
    }
    if (moves < nodes / 100) break
  }
  const numbers = new Map<number, number>()
  for (let node = 0; node < nodes; node++) {
    if (!numbers.has(of[node]!)) numbers.set(of[node]!, numbers.size)
    of[node] = numbers.get(of[node]!)!
  }
  return { of, count: numbers.size }
}

/** Communities as nodes, with the weights between them summed up; what is within one is a loop. */
function* folded({ start, other, weight }: Weighted, of: Int32Array, count: number): Generator<void, Weighted, void> {
  const sums = Array.from({ length: count }, () => new Map<number, number>())
  for (let node = 0; node + 1 < start.length; node++) {
    if (node % STRETCH === 0) yield
    const row = sums[of[node]!]!
    for (let at = start[node]!; at < start[node + 1]!; at++) {
      const there = of[other[at]!]!
      row.set(there, (row.get(there) ?? 0) + weight[at]!)
    }
  }
  const next: Weighted = {
    start: new Int32Array(count + 1),
    other: Int32Array.from(sums.flatMap((row) => [...row.keys()])),
    weight: Float64Array.from(sums.flatMap((row) => [...row.values()])),
  }
  sums.forEach((row, node) => (next.start[node + 1] = next.start[node]! + row.size))
  return next
}
