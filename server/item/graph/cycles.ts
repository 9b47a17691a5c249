/**
 * Items that depend on each other in a ring: the strongly connected components of the graph (Tarjan), without recursion.
 * A walk over the whole estate takes its time, so it hands over after each stretch.
 */
import type { Graph } from './graph.ts'
import type { Steps } from './walk.ts'

const STRETCH = 100_000 // steps, some 5 ms

/** The components of more than one node, largest first. */
export function* components(
  graph: Graph,
  steps: Steps,
  sees: (node: number) => boolean,
): Generator<void, number[][], void> {
  const { length, live } = graph.nodes
  const index = new Int32Array(length)
  const low = new Int32Array(length)
  const onStack = new Uint8Array(length)
  const next = new Int32Array(length)
  const stack: number[] = []
  const path: number[] = []
  const found: number[][] = []
  const successor = successors(graph, steps)
  let count = 0
  let done = 0
  for (let root = 0; root < length; root++) {
    if (index[root] !== 0 || live[root] === 0 || !sees(root)) continue
    path.push(root)
    while (path.length > 0) {
      if (++done % STRETCH === 0) yield
      const node = path.at(-1)!
      if (index[node] === 0) {
        index[node] = low[node] = ++count
        stack.push(node)
        onStack[node] = 1
      }
      const other = successor(node, next[node]!++)
      if (other === SKIP) continue
      if (other !== END) {
        if (live[other] === 0 || !sees(other)) continue
        if (index[other] === 0) path.push(other)
        else if (onStack[other]) low[node] = Math.min(low[node]!, index[other]!)
        continue
      }
      path.pop()
      const before = path.at(-1)
      if (before !== undefined) low[before] = Math.min(low[before]!, low[node]!)
      if (low[node] !== index[node]) continue
      const component: number[] = []
      for (let one = -1; one !== node;) {
        one = stack.pop()!
        onStack[one] = 0
        component.push(one)
      }
      if (component.length > 1) found.push(component)
    }
  }
  return found.sort((a, b) => b.length - a.length)
}

const SKIP = -1
const END = -2

/** The n-th step from a node: a node, SKIP where the walk does not go, END behind the last. Rows as they are now. */
function successors(graph: Graph, steps: Steps): (node: number, n: number) => number {
  const { out, into } = graph.edges
  return (node, n) => {
    const outFrom = out.start[node] ?? 0
    const outCount = (out.start[node + 1] ?? outFrom) - outFrom
    if (n < outCount) return steps.out[out.type[outFrom + n]!] === 1 ? out.other[outFrom + n]! : SKIP
    const intoFrom = into.start[node] ?? 0
    const intoCount = (into.start[node + 1] ?? intoFrom) - intoFrom
    const at = n - outCount
    if (at < intoCount) return steps.into[into.type[intoFrom + at]!] === 1 ? into.other[intoFrom + at]! : SKIP
    return late(graph, node, steps)[at - intoCount] ?? END
  }
}

function late(graph: Graph, node: number, steps: Steps): number[] {
  const found: number[] = []
  if (graph.edges.lateCount === 0) return found
  graph.edges.late(node, true, (other, type) => steps.out[type] === 1 && found.push(other))
  graph.edges.late(node, false, (other, type) => steps.into[type] === 1 && found.push(other))
  return found
}
