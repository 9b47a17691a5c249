/** The items and their relationships in memory, as typed arrays (D10). Nodes are known by their ordinal. */
import { GraphEdges } from './edges.ts'
import { NameOrder } from './name-order.ts'
import { GraphNodes, type NodeFacts } from './nodes.ts'
import { Walk } from './walk.ts'

export class Graph {
  readonly nodes = new GraphNodes()
  readonly edges = new GraphEdges()
  /** The items by name, each that is there once. */
  readonly order = new NameOrder(this.nodes)
  /** Names of the relationship types by their number. */
  readonly types: string[] = []
  /** Whether PostgreSQL orders names by their bytes, so that an order made here is the same as there. */
  isBytewise = true
  /** Grows with every change. */
  version = 0
  #walks: Walk[] = []

  /** The ordinal of an item, or undefined. */
  ordinalOf(uuid: string): number | undefined {
    const found = this.nodes.find(uuid)
    return found < 0 ? undefined : found
  }

  setNode(ordinal: number, facts: NodeFacts): void {
    const before = this.nodes.names[ordinal]
    this.nodes.set(ordinal, facts)
    this.order.place(ordinal, before)
  }

  removeNode(ordinal: number): void {
    const before = this.nodes.names[ordinal]
    this.nodes.remove(ordinal)
    if (before !== undefined) this.order.remove(ordinal, before)
  }

  addEdge(uuid: string, source: number, target: number, type: string): void {
    this.edges.add(uuid, source, target, this.typeNumber(type))
  }

  typeNumber(type: string): number {
    const known = this.types.indexOf(type)
    return known >= 0 ? known : this.types.push(type) - 1
  }

  /** Whether so much came since the last merge that the lists beside the rows begin to cost. */
  get wantsMerge(): boolean {
    return this.edges.lateCount > Math.max(4_096, this.edges.count >> 5)
  }

  /** Puts all relationships into the rows at once. */
  build(): void {
    for (const _ of this.edges.merge(this.nodes.length));
  }

  /** Lends room for a walk, so that a question does not pay for clearing arrays as long as the estate. */
  withWalk<T>(work: (walk: Walk) => T): T {
    const walk = this.#walks.pop() ?? new Walk()
    walk.prepare(this.nodes.length)
    try {
      return work(walk)
    } finally {
      this.#walks.push(walk)
    }
  }
}
