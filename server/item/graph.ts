/**
 * The items and their relationships as typed arrays (D10). Nodes are known by their ordinal, edges by their place in the
 * edge list. Two indexes (out and in) list the edges of every node in compressed sparse rows: the edges of node n stand in
 * `edges[start[n]] … edges[start[n + 1] - 1]`. What comes after the last build waits in small lists beside them, and the
 * rows are built anew when those have grown to an eighth of the whole.
 */
export class Graph {
  readonly uuids: string[] = []
  readonly classNames: string[] = []
  readonly scopeIds: (readonly string[])[] = []
  readonly types: string[] = []
  #ordinals = new Map<string, number>()
  #edgePlaces = new Map<string, number>()
  #sources = new Int32Array(1024)
  #targets = new Int32Array(1024)
  #typeOf = new Uint8Array(1024)
  #alive = new Uint8Array(1024)
  #count = 0
  #built = 0
  #out: Rows = { start: new Int32Array(1), edges: new Int32Array(0) }
  #in: Rows = { start: new Int32Array(1), edges: new Int32Array(0) }
  #late = { out: new Map<number, number[]>(), in: new Map<number, number[]>() }

  get nodeCount(): number {
    return this.#ordinals.size
  }

  get edgeCount(): number {
    return this.#edgePlaces.size
  }

  ordinalOf(uuid: string): number | undefined {
    return this.#ordinals.get(uuid)
  }

  /** Adds a node or replaces what is known of it. */
  setNode(ordinal: number, uuid: string, className: string, scopeIds: readonly string[]): void {
    this.uuids[ordinal] = uuid
    this.classNames[ordinal] = className
    this.scopeIds[ordinal] = scopeIds
    this.#ordinals.set(uuid, ordinal)
  }

  /** Adds an edge between two ordinals; one that is known already stays as it is. */
  addEdge(uuid: string, source: number, target: number, type: string): void {
    if (this.#edgePlaces.has(uuid)) return
    if (this.#count === this.#sources.length) this.#grow()
    const place = this.#count++
    this.#edgePlaces.set(uuid, place)
    this.#sources[place] = source
    this.#targets[place] = target
    this.#typeOf[place] = this.#typeNumber(type)
    this.#alive[place] = 1
    push(this.#late.out, source, place)
    push(this.#late.in, target, place)
    if (this.#count - this.#built > Math.max(1024, this.#built >> 3)) this.build()
  }

  removeEdge(uuid: string): void {
    const place = this.#edgePlaces.get(uuid)
    if (place === undefined) return
    this.#edgePlaces.delete(uuid)
    this.#alive[place] = 0
  }

  /** Calls `visit` with every edge of the node: the node at the other end, the type's number, and whether it goes out. */
  edgesOf(ordinal: number, visit: (other: number, type: number, isOut: boolean) => void): void {
    this.#visit(this.#out, this.#late.out, ordinal, (place) => visit(this.#targets[place]!, this.#typeOf[place]!, true))
    this.#visit(this.#in, this.#late.in, ordinal, (place) => visit(this.#sources[place]!, this.#typeOf[place]!, false))
  }

  /** Puts all living edges into the rows. */
  build(): void {
    this.#out = rowsOf(this.#sources, this.#alive, this.#count, this.uuids.length)
    this.#in = rowsOf(this.#targets, this.#alive, this.#count, this.uuids.length)
    this.#late = { out: new Map(), in: new Map() }
    this.#built = this.#count
  }

  #visit({ start, edges }: Rows, late: Map<number, number[]>, ordinal: number, visit: (place: number) => void): void {
    const end = ordinal + 1 < start.length ? start[ordinal + 1]! : 0
    for (let at = end ? start[ordinal]! : 0; at < end; at++) if (this.#alive[edges[at]!]) visit(edges[at]!)
    for (const place of late.get(ordinal) ?? []) if (this.#alive[place]) visit(place)
  }

  #typeNumber(type: string): number {
    const known = this.types.indexOf(type)
    return known >= 0 ? known : this.types.push(type) - 1
  }

  #grow(): void {
    const bigger = <T extends Int32Array | Uint8Array>(array: T, into: T) => (into.set(array), into)
    const length = this.#count * 2
    this.#sources = bigger(this.#sources, new Int32Array(length))
    this.#targets = bigger(this.#targets, new Int32Array(length))
    this.#typeOf = bigger(this.#typeOf, new Uint8Array(length))
    this.#alive = bigger(this.#alive, new Uint8Array(length))
  }
}

interface Rows {
  start: Int32Array
  edges: Int32Array
}

/** Counting sort of the living edges by the node at one end. */
function rowsOf(ends: Int32Array, alive: Uint8Array, count: number, nodes: number): Rows {
  const start = new Int32Array(nodes + 1)
  for (let place = 0; place < count; place++) if (alive[place]) start[ends[place]! + 1]!++
  for (let node = 0; node < nodes; node++) start[node + 1]! += start[node]!
  const edges = new Int32Array(start[nodes]!)
  const next = start.slice()
  for (let place = 0; place < count; place++) if (alive[place]) edges[next[ends[place]!]!++] = place
  return { start, edges }
}

function push(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
