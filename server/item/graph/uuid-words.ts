/** UUIDs as four words of 32 bits in typed arrays: 16 bytes where a string takes 72. */

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Writes a UUID's words at `at`. */
export function writeUuid(uuid: string, words: Uint32Array, at: number): void {
  const hex = uuid.replaceAll('-', '')
  for (let word = 0; word < 4; word++) words[at + word] = parseInt(hex.slice(word * 8, word * 8 + 8), 16)
}

export function readUuid(words: Uint32Array, at: number): string {
  const a = hexOf(words[at]!)
  const b = hexOf(words[at + 1]!)
  const c = hexOf(words[at + 2]!)
  return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${hexOf(words[at + 3]!)}`
}

const hexOf = (word: number) =>
  HEX[word >>> 24]! + HEX[(word >>> 16) & 255]! + HEX[(word >>> 8) & 255]! + HEX[word & 255]!

/** From UUID to a number from 0: open addressing over the words of `words`, which the caller fills. */
export class UuidIndex {
  #table = new Int32Array(2048).fill(-1)
  #count = 0
  readonly #words: () => Uint32Array

  constructor(words: () => Uint32Array) {
    this.#words = words
  }

  get size(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#table.byteLength
  }

  /** The number of the UUID at `at` of `key`, or -1. */
  find(key: Uint32Array, at = 0): number {
    const words = this.#words()
    const mask = this.#table.length - 1
    for (let slot = hash(key, at) & mask; ; slot = (slot + 1) & mask) {
      const found = this.#table[slot]!
      if (found < 0) return -1
      const place = found * 4
      if (
        words[place] === key[at] &&
        words[place + 1] === key[at + 1] &&
        words[place + 2] === key[at + 2] &&
        words[place + 3] === key[at + 3]
      ) {
        return found
      }
    }
  }

  /** Adds a number whose words are in place and whose UUID is not known yet. */
  add(number: number): void {
    if (++this.#count * 2 > this.#table.length) this.#grow()
    this.#put(number)
  }

  #put(number: number): void {
    const mask = this.#table.length - 1
    let slot = hash(this.#words(), number * 4) & mask
    while (this.#table[slot]! >= 0) slot = (slot + 1) & mask
    this.#table[slot] = number
  }

  #grow(): void {
    const old = this.#table
    this.#table = new Int32Array(old.length * 2).fill(-1)
    for (const number of old) if (number >= 0) this.#put(number)
  }
}

function hash(words: Uint32Array, at: number): number {
  let mixed =
    words[at + 3]! ^ Math.imul(words[at + 2]!, 0x9e3779b1) ^ Math.imul(words[at + 1]!, 0x85ebca6b) ^ words[at]!
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
