/** The items in the order of their names and then of their UUIDs, as PostgreSQL puts them where it compares bytes. */
import { bytewise } from './bytewise.ts'

/** What the order is made of: names and UUIDs by ordinal. */
export interface Named {
  readonly names: readonly (string | undefined)[]
  uuid(ordinal: number): string
}

const LATE = 1_024 // at least so many may stand beside the order before they are merged into it

export class NameOrder {
  #of: Named
  #sorted = new Int32Array(1_024)
  #length = 0
  /** What came or was renamed since the last merge, in order. */
  #late: number[] = []
  /** What has left its place among the sorted, with the name that it had there. */
  #gone = new Map<number, string>()

  constructor(of: Named) {
    this.#of = of
  }

  /** Takes the next item of a list that is in order already. */
  append(ordinal: number): void {
    if (this.#length === this.#sorted.length) {
      const larger = new Int32Array(this.#length * 2)
      larger.set(this.#sorted)
      this.#sorted = larger
    }
    this.#sorted[this.#length++] = ordinal
  }

  /** An item came, or goes by another name now; `before`: the name that it had, if it was there. */
  place(ordinal: number, before: string | undefined): void {
    if (before === this.#of.names[ordinal]) return
    if (before !== undefined) this.remove(ordinal, before)
    this.#late.splice(this.#search(this.#late, this.#late.length, this.#key(ordinal)), 0, ordinal)
    if (this.#late.length > Math.max(LATE, this.#length >> 5)) this.#merge()
  }

  remove(ordinal: number, name: string): void {
    const late = this.#late.indexOf(ordinal)
    if (late >= 0) this.#late.splice(late, 1)
    else this.#gone.set(ordinal, name)
  }

  /** Items from the first, or from behind the one with this name and UUID; backwards from the last or from before it. */
  *walk(from: readonly [name: string, uuid: string] | null, forward: boolean): Generator<number> {
    const step = forward ? 1 : -1
    const start = (list: ArrayLike<number>, length: number) =>
      from === null ? (forward ? 0 : length - 1) : this.#search(list, length, from, forward) - (forward ? 0 : 1)
    let one = start(this.#sorted, this.#length)
    let late = start(this.#late, this.#late.length)
    for (;;) {
      while (this.#gone.has(this.#sorted[one]!) && one >= 0 && one < this.#length) one += step
      const a = one >= 0 && one < this.#length ? this.#sorted[one]! : -1
      const b = this.#late[late] ?? -1
      if (a < 0 && b < 0) return
      const isLate = a < 0 || (b >= 0 && this.#compare(b, this.#key(a)) * step < 0)
      yield isLate ? b : a
      if (isLate) late += step
      else one += step
    }
  }

  /** The first place whose item stands not before the key, or behind it when the key's own item is not wanted. */
  #search(list: ArrayLike<number>, length: number, key: readonly [string, string], behind = false): number {
    let [low, high] = [0, length]
    while (low < high) {
      const middle = (low + high) >> 1
      const order = this.#compare(list[middle]!, key, list !== this.#late)
      if (order < 0 || (behind && order === 0)) low = middle + 1
      else high = middle
    }
    return low
  }

  #compare(ordinal: number, [name, uuid]: readonly [string, string], sorted = false): number {
    const own = (sorted ? this.#gone.get(ordinal) : undefined) ?? this.#of.names[ordinal]!
    return bytewise(own, name) || bytewise(this.#of.uuid(ordinal), uuid)
  }

  #key(ordinal: number): [string, string] {
    return [this.#of.names[ordinal]!, this.#of.uuid(ordinal)]
  }

  #merge(): void {
    const merged = new Int32Array(Math.max(1_024, (this.#length + this.#late.length) * 1.1))
    let length = 0
    for (const ordinal of this.walk(null, true)) merged[length++] = ordinal
    this.#sorted = merged
    this.#length = length
    this.#late = []
    this.#gone.clear()
  }
}
