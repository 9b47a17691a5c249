/**
 * The relationships in compressed sparse rows, both ways: those that leave node n stand in places `start[n]` to
 * `start[n + 1]` of `out`, those that arrive in `into`. What came after the last merge waits in `late`, found through
 * small lists for each node; merging puts it into new rows. A removed one keeps its place with the type `GONE`.
 */
import { larger } from './nodes.ts'
import { readUuid, writeUuid } from './uuid-words.ts'

export const GONE = 255

export interface Rows {
  start: Int32Array
  /** The node at the other end. */
  other: Int32Array
  type: Uint8Array
}

interface Late {
  count: number
  source: Int32Array
  target: Int32Array
  type: Uint8Array
  words: Uint32Array
}

/** So many steps of a merge are done in one go: some 5 ms. */
const STRETCH = 200_000

export class GraphEdges {
  out: Rows = emptyRows()
  into: Rows = emptyRows()
  count = 0
  #words = new Uint32Array(0)
  /** Place in `out` of each place of `into`. */
  #placeOf = new Int32Array(0)
  #late: Late = emptyLate()
  #lateOut = new Map<number, number[]>()
  #lateInto = new Map<number, number[]>()

  get lateCount(): number {
    return this.#late.count
  }

  get bytes(): number {
    const { out, into } = this
    const late = this.#late
    const arrays = [out.start, out.other, out.type, into.start, into.other, into.type, this.#words, this.#placeOf]
    return [...arrays, late.source, late.target, late.type, late.words].reduce((sum, one) => sum + one.byteLength, 0)
  }

  /** Before a merge that is to come: nobody can see it until then. */
  collect(words: Uint32Array, source: number, target: number, type: number): number {
    const late = this.#late
    if (late.count === late.source.length) this.#growLate()
    const at = late.count++
    late.source[at] = source
    late.target[at] = target
    late.type[at] = type
    late.words.set(words, at * 4)
    this.count++
    return at
  }

  /** Adds one that is not known yet. */
  add(uuid: string, source: number, target: number, type: number): void {
    const words = new Uint32Array(4)
    writeUuid(uuid, words, 0)
    const isKnown = this.#placesOf(source).some((place) => same(this.#words, place * 4, words))
    if (isKnown || this.#lateOf(source).some((at) => same(this.#late.words, at * 4, words))) return
    const at = this.collect(words, source, target, type)
    push(this.#lateOut, source, at)
    push(this.#lateInto, target, at)
  }

  /** Removes it from both rows. */
  remove(uuid: string, source: number): void {
    const words = new Uint32Array(4)
    writeUuid(uuid, words, 0)
    for (const at of this.#lateOf(source)) {
      if (!same(this.#late.words, at * 4, words)) continue
      this.#late.type[at] = GONE
      this.count--
      return
    }
    for (const place of this.#placesOf(source)) {
      if (!same(this.#words, place * 4, words)) continue
      const target = this.out.other[place]!
      this.out.type[place] = GONE
      for (let at = this.into.start[target]!; at < this.into.start[target + 1]!; at++) {
        if (this.#placeOf[at] === place) this.into.type[at] = GONE
      }
      this.count--
      return
    }
  }

  /** How many relationships a node has at most, removed ones included; or of those that leave, or arrive. */
  degree(node: number, only?: 'leaving' | 'arriving'): number {
    const inRows = ({ start }: Rows) => (start[node + 1] ?? 0) - (start[node] ?? 0)
    const late = (lists: Map<number, number[]>) => lists.get(node)?.length ?? 0
    const leaving = only === 'arriving' ? 0 : inRows(this.out) + late(this.#lateOut)
    return leaving + (only === 'leaving' ? 0 : inRows(this.into) + late(this.#lateInto))
  }

  /** The late ones of a node, as [other, type]; most often none. */
  late(node: number, isOut: boolean, visit: (other: number, type: number, at: number) => void): void {
    const { source, target, type } = this.#late
    for (const at of (isOut ? this.#lateOut : this.#lateInto).get(node) ?? []) {
      if (type[at] !== GONE) visit((isOut ? target : source)[at]!, type[at]!, at)
    }
  }

  /**
   * Every relationship of the node, or only those that leave, or arrive. `at` names one for `uuid`, until the next change.
   */
  each(
    node: number,
    visit: (other: number, type: number, isOut: boolean, at: number) => void,
    only?: 'leaving' | 'arriving',
  ): void {
    if (only !== 'arriving') {
      const { start, other, type } = this.out
      for (let at = start[node] ?? 0; at < (start[node + 1] ?? 0); at++) {
        if (type[at] !== GONE) visit(other[at]!, type[at]!, true, at)
      }
      this.late(node, true, (one, number, at) => visit(one, number, true, ~at))
    }
    if (only !== 'leaving') {
      const { start, other, type } = this.into
      for (let at = start[node] ?? 0; at < (start[node + 1] ?? 0); at++) {
        if (type[at] !== GONE) visit(other[at]!, type[at]!, false, this.#placeOf[at]!)
      }
      this.late(node, false, (one, number, at) => visit(one, number, false, ~at))
    }
  }

  /** The UUID of what `each` named. */
  uuid(at: number): string {
    return at >= 0 ? readUuid(this.#words, at * 4) : readUuid(this.#late.words, ~at * 4)
  }

  /** Puts everything into new rows; hands over after each stretch. Nothing may be added or removed until it is done. */
  *merge(nodes: number): Generator<void, void, void> {
    const outStart = new Int32Array(nodes + 1)
    const intoStart = new Int32Array(nodes + 1)
    yield* this.#every((source, target) => {
      outStart[source + 1]!++
      intoStart[target + 1]!++
    })
    for (let node = 0; node < nodes; node++) {
      outStart[node + 1]! += outStart[node]!
      intoStart[node + 1]! += intoStart[node]!
    }
    const count = outStart[nodes]!
    const out: Rows = { start: outStart, other: new Int32Array(count), type: new Uint8Array(count) }
    const into: Rows = { start: intoStart, other: new Int32Array(count), type: new Uint8Array(count) }
    const words = new Uint32Array(count * 4)
    const placeOf = new Int32Array(count)
    const nextOut = outStart.slice()
    const nextInto = intoStart.slice()
    yield* this.#every((source, target, type, from, at) => {
      const place = nextOut[source]!++
      out.other[place] = target
      out.type[place] = type
      for (let word = 0; word < 4; word++) words[place * 4 + word] = from[at * 4 + word]!
      const back = nextInto[target]!++
      into.other[back] = source
      into.type[back] = type
      placeOf[back] = place
    })
    Object.assign(this, { out, into, count })
    this.#words = words
    this.#placeOf = placeOf
    this.#late = emptyLate()
    this.#lateOut = new Map()
    this.#lateInto = new Map()
  }

  *#every(visit: (source: number, target: number, type: number, words: Uint32Array, at: number) => void) {
    let steps = 0
    const { start, other, type } = this.out
    for (let source = 0; source + 1 < start.length; source++) {
      for (let place = start[source]!; place < start[source + 1]!; place++) {
        if (type[place] !== GONE) visit(source, other[place]!, type[place]!, this.#words, place)
        if (++steps % STRETCH === 0) yield
      }
    }
    const late = this.#late
    for (let at = 0; at < late.count; at++) {
      if (late.type[at] !== GONE) visit(late.source[at]!, late.target[at]!, late.type[at]!, late.words, at)
      if (++steps % STRETCH === 0) yield
    }
  }

  #placesOf(source: number): number[] {
    const found: number[] = []
    for (let place = this.out.start[source] ?? 0; place < (this.out.start[source + 1] ?? 0); place++) {
      if (this.out.type[place] !== GONE) found.push(place)
    }
    return found
  }

  #lateOf(source: number): number[] {
    return (this.#lateOut.get(source) ?? []).filter((at) => this.#late.type[at] !== GONE)
  }

  #growLate(): void {
    const { source, target, type, words } = this.#late
    const length = source.length * 2
    this.#late.source = larger(source, new Int32Array(length))
    this.#late.target = larger(target, new Int32Array(length))
    this.#late.type = larger(type, new Uint8Array(length))
    this.#late.words = larger(words, new Uint32Array(length * 4))
  }
}

const emptyRows = (): Rows => ({ start: new Int32Array(1), other: new Int32Array(0), type: new Uint8Array(0) })

const emptyLate = (): Late => ({
  count: 0,
  source: new Int32Array(256),
  target: new Int32Array(256),
  type: new Uint8Array(256),
  words: new Uint32Array(1024),
})

const same = (words: Uint32Array, at: number, key: Uint32Array) =>
  words[at + 3] === key[3] && words[at + 2] === key[2] && words[at + 1] === key[1] && words[at] === key[0]

function push(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
