import { randomInt } from 'node:crypto'

const FULL = 0.6

/**
 * The ids of a book, few bytes each however long they are, so that a book of a million elements fits: kept as hashes of
 * 64 bits with a seed of their own, not as text. Two ids of a million fall together once in some ten million books.
 */
export class IdTable {
  /** Number of ids. */
  size = 0
  private slots = new Int32Array(1024)
  private hashes = new Uint32Array(2 * 1024)
  /** Where the id was given. */
  lines = new Uint32Array(1024)
  /** Whatever the reader wants to know of it again. */
  tags = new Uint32Array(1024)
  private readonly seeds: [number, number]

  constructor(seeds: [number, number] = [randomInt(2 ** 32), randomInt(2 ** 32)]) {
    this.seeds = seeds
  }

  /** Number of the id, or -1. */
  find(id: string): number {
    const [one, two] = this.hash(id)
    return this.slots[this.slotOf(one, two)]! - 1
  }

  /** Adds an id that is not there yet; gives its number. */
  add(id: string, line: number, tag: number): number {
    if (this.size >= this.slots.length * FULL) this.grow()
    const [one, two] = this.hash(id)
    const number = this.size++
    this.slots[this.slotOf(one, two)] = number + 1
    this.hashes[2 * number] = one
    this.hashes[2 * number + 1] = two
    this.lines[number] = line
    this.tags[number] = tag
    return number
  }

  private slotOf(one: number, two: number): number {
    const mask = this.slots.length - 1
    for (let slot = one & mask; ; slot = (slot + 1) & mask) {
      const number = this.slots[slot]! - 1
      if (number < 0 || (this.hashes[2 * number] === one && this.hashes[2 * number + 1] === two)) return slot
    }
  }

  private grow(): void {
    const { hashes, lines, tags, size } = this
    const length = 2 * this.slots.length
    this.slots = new Int32Array(length)
    this.hashes = new Uint32Array(2 * length)
    this.lines = new Uint32Array(length)
    this.tags = new Uint32Array(length)
    this.hashes.set(hashes)
    this.lines.set(lines)
    this.tags.set(tags)
    for (let number = 0; number < size; number++) {
      this.slots[this.slotOf(this.hashes[2 * number]!, this.hashes[2 * number + 1]!)] = number + 1
    }
  }

  /** Two sums of the kind of MurmurHash's mixing steps. */
  private hash(id: string): [number, number] {
    let [one, two] = this.seeds
    for (let at = 0; at < id.length; at++) {
      const code = id.charCodeAt(at)
      one = Math.imul(one ^ code, 0x85ebca6b)
      one ^= one >>> 13
      two = Math.imul(two ^ code, 0xc2b2ae35)
      two ^= two >>> 16
    }
    one = Math.imul(one ^ id.length, 0xcc9e2d51)
    two = Math.imul(two ^ (two >>> 15), 0x1b873593)
    return [(one ^ (one >>> 16)) >>> 0, (two ^ (two >>> 13)) >>> 0]
  }
}
