import type { Graph } from './graph.ts'
import type { Rows } from './edges.ts'

/** Which relationship types a walk follows, by number: from source to target, and from target to source. */
export interface Steps {
  out: Uint8Array
  into: Uint8Array
  /** Number of the type by which members belong to a group that needs only some of them; -1: no walk stops at groups. */
  membership: number
}

/** A redundancy group that a walk came to and did not pass, because enough of its members remain. */
export interface Held {
  node: number
  members: number
  affected: number
  minimum: number
}

/** Room for one breadth-first walk, used again: `mark[n] === stamp` says that this walk has been at n. */
export class Walk {
  queue = new Int32Array(0)
  distance = new Uint16Array(0)
  via = new Int32Array(0)
  /** How many nodes were reached, the roots included. */
  length = 0
  roots = 0
  #mark = new Uint32Array(0)
  #stamp = 0
  #seen = new Uint32Array(0)
  #seenStamp = 0
  /** Of the groups that were touched: members and how many of them are affected. */
  #groups = new Map<number, { members: number; affected: number }>()

  prepare(nodes: number): void {
    if (this.queue.length >= nodes) return
    this.queue = new Int32Array(nodes)
    this.distance = new Uint16Array(nodes)
    this.via = new Int32Array(nodes)
    this.#mark = new Uint32Array(nodes)
    this.#seen = new Uint32Array(nodes)
    this.#stamp = this.#seenStamp = 0
  }

  has(node: number): boolean {
    return this.#mark[node] === this.#stamp
  }

  /** Begins to tell nodes apart by `isFirst`. */
  forgetSeen(): void {
    this.#seenStamp++
  }

  isFirst(node: number): boolean {
    if (this.#seen[node] === this.#seenStamp) return false
    this.#seen[node] = this.#seenStamp
    return true
  }

  /** Walks breadth first from the roots, at most `depth` steps or until it comes to `goal`; `within` narrows where it may go. */
  run(
    graph: Graph,
    roots: readonly number[],
    steps: Steps,
    depth: number,
    within?: (node: number) => boolean,
    goal = -1,
  ): this {
    const { live, minimum } = graph.nodes
    const { edges } = graph
    this.#stamp++
    this.#groups.clear()
    this.length = 0
    for (const root of roots) if (!this.has(root)) this.#enter(root, -1, 0)
    this.roots = this.length
    const goesOut = steps.out.includes(1)
    const goesInto = steps.into.includes(1)
    const stopsAtGroups = steps.membership >= 0 && minimum.size > 0
    let node = 0
    let next = 0
    const go = (other: number, type: number): void => {
      if (this.#mark[other] === this.#stamp || live[other] === 0) return
      if (stopsAtGroups && type === steps.membership && !this.#breaks(graph, other, steps.membership)) return
      if (within && !within(other)) return
      this.#enter(other, node, next)
    }
    const along = ({ start, other, type }: Rows, goes: Uint8Array): void => {
      const end = start[node + 1] ?? 0
      for (let at = start[node] ?? 0; at < end; at++) if (goes[type[at]!] === 1) go(other[at]!, type[at]!)
    }
    const late = edges.lateCount > 0
    for (let at = 0; at < this.length; at++) {
      node = this.queue[at]!
      next = this.distance[node]! + 1
      if (next > depth || (goal >= 0 && this.has(goal))) break
      if (goesOut) along(edges.out, steps.out)
      if (goesInto) along(edges.into, steps.into)
      if (!late) continue
      if (goesOut) edges.late(node, true, (other, type) => steps.out[type] === 1 && go(other, type))
      if (goesInto) edges.late(node, false, (other, type) => steps.into[type] === 1 && go(other, type))
    }
    return this
  }

  /** The groups that were touched and still stand. */
  held(graph: Graph): Held[] {
    return [...this.#groups]
      .filter(([node]) => !this.has(node))
      .map(([node, group]) => ({ node, ...group, minimum: graph.nodes.minimum.get(node)! }))
  }

  #enter(node: number, via: number, distance: number): void {
    this.#mark[node] = this.#stamp
    this.via[node] = via
    this.distance[node] = distance
    this.queue[this.length++] = node
  }

  /** One more member of the group is affected: whether too few remain. */
  #breaks(graph: Graph, node: number, membership: number): boolean {
    const minimum = graph.nodes.minimum.get(node)
    if (minimum === undefined) return true
    const group = this.#groups.get(node) ?? { members: membersOf(graph, node, membership), affected: 0 }
    this.#groups.set(node, group)
    group.affected++
    return group.members - group.affected < minimum
  }
}

/** How many living members a group has. */
function membersOf(graph: Graph, group: number, membership: number): number {
  const { start, other, type } = graph.edges.into
  let members = 0
  const count = (node: number, of: number) => {
    if (of === membership && graph.nodes.live[node] === 1) members++
  }
  for (let at = start[group] ?? 0; at < (start[group + 1] ?? 0); at++) count(other[at]!, type[at]!)
  graph.edges.late(group, false, count)
  return members
}

/** Every relationship of a node along which the walk goes. */
export function eachStep(
  graph: Graph,
  node: number,
  steps: Steps,
  visit: (other: number, type: number, isOut: boolean) => void,
): void {
  for (const isOut of [true, false]) {
    const { start, other, type } = isOut ? graph.edges.out : graph.edges.into
    const goes = isOut ? steps.out : steps.into
    for (let at = start[node] ?? 0; at < (start[node + 1] ?? 0); at++) {
      if (goes[type[at]!] === 1) visit(other[at]!, type[at]!, isOut)
    }
    graph.edges.late(node, isOut, (other, type) => goes[type] === 1 && visit(other, type, isOut))
  }
}
