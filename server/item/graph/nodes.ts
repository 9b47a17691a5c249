import { readUuid, UuidIndex, writeUuid } from './uuid-words.ts'

/** What the graph keeps of an item. */
export interface NodeFacts {
  uuid: string
  className: string
  scopeIds: readonly string[]
  name?: string
  /** Name of its state; a decommissioned item is not affected by anything. */
  state?: string
  /** UUID of its site. */
  siteId?: string | null
  /** Of a redundancy group: how many members it needs. */
  minimum?: number | null
}

/** Values that many items share, each kept once and known by a number. */
class Shared<T> {
  readonly values: T[] = []
  #numbers = new Map<string, number>()

  numberOf(key: string, value: () => T): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.values.length)
    return this.values.push(value()) - 1
  }
}

/** The items by their ordinal: small numbers in typed arrays, names as strings. */
export class GraphNodes {
  /** One more than the highest ordinal. */
  length = 0
  readonly classes = new Shared<string>()
  readonly states = new Shared<string>()
  readonly sites = new Shared<string>()
  readonly scopes = new Shared<readonly string[]>()
  /** Undefined for an ordinal without an item. */
  readonly names: (string | undefined)[] = []
  readonly minimum = new Map<number, number>()
  classOf = new Uint16Array(0)
  stateOf = new Uint8Array(0)
  siteOf = new Int32Array(0)
  scopesOf = new Int32Array(0)
  /** Whether it is there and not decommissioned. */
  live = new Uint8Array(0)
  #words = new Uint32Array(0)
  #index = new UuidIndex(() => this.#words)
  #key = new Uint32Array(4)

  get count(): number {
    return this.#index.size
  }

  get bytes(): number {
    const arrays = [this.classOf, this.stateOf, this.siteOf, this.scopesOf, this.live, this.#words]
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#index.bytes)
  }

  /** The ordinal, or -1. */
  find(uuid: string): number {
    writeUuid(uuid, this.#key, 0)
    return this.#index.find(this.#key)
  }

  findWords(words: Uint32Array, at = 0): number {
    return this.#index.find(words, at)
  }

  uuid(ordinal: number): string {
    return readUuid(this.#words, ordinal * 4)
  }

  className(ordinal: number): string {
    return this.classes.values[this.classOf[ordinal]!]!
  }

  state(ordinal: number): string {
    return this.states.values[this.stateOf[ordinal]!]!
  }

  /** UUID of its site. */
  site(ordinal: number): string | null {
    return this.sites.values[this.siteOf[ordinal]!] || null
  }

  scopeIds(ordinal: number): readonly string[] {
    return this.scopes.values[this.scopesOf[ordinal]!] ?? []
  }

  /** Makes room for so many, so that they can come in any order. */
  reserve(length: number): void {
    if (length > this.stateOf.length) this.#grow(length - 1)
    if (length > this.names.length) this.names.length = length
  }

  /** Adds an item or replaces what is known of it. */
  set(ordinal: number, facts: NodeFacts): void {
    writeUuid(facts.uuid, this.#key, 0)
    this.setWords(ordinal, this.#key, facts, facts.scopeIds.join())
  }

  /** The same with the UUID as words and the scopes as text, parted by commas. */
  setWords(ordinal: number, words: Uint32Array, facts: Omit<NodeFacts, 'uuid' | 'scopeIds'>, scopes: string): void {
    if (ordinal >= this.stateOf.length) this.#grow(ordinal)
    this.length = Math.max(this.length, ordinal + 1)
    if (this.#index.find(words) < 0) {
      this.#words.set(words.subarray(0, 4), ordinal * 4)
      this.#index.add(ordinal)
    }
    const { className, name = '', state = 'PRODUCTION', siteId, minimum } = facts
    this.names[ordinal] = name
    this.classOf[ordinal] = this.classes.numberOf(className, () => className)
    this.stateOf[ordinal] = this.states.numberOf(state, () => state)
    this.siteOf[ordinal] = this.sites.numberOf(siteId ?? '', () => siteId ?? '')
    this.scopesOf[ordinal] = this.scopes.numberOf(scopes, () => (scopes ? scopes.split(',') : []))
    this.live[ordinal] = state === 'DECOMMISSIONED' ? 0 : 1
    if (minimum == null) this.minimum.delete(ordinal)
    else this.minimum.set(ordinal, minimum)
  }

  /** The item is there no more; its ordinal is not used again. */
  remove(ordinal: number): void {
    this.live[ordinal] = 0
    this.names[ordinal] = undefined
    this.minimum.delete(ordinal)
  }

  #grow(ordinal: number): void {
    const length = Math.max(1024, ordinal + 1, Math.ceil(this.stateOf.length * 1.5))
    this.classOf = larger(this.classOf, new Uint16Array(length))
    this.stateOf = larger(this.stateOf, new Uint8Array(length))
    this.siteOf = larger(this.siteOf, new Int32Array(length))
    this.scopesOf = larger(this.scopesOf, new Int32Array(length))
    this.live = larger(this.live, new Uint8Array(length))
    this.#words = larger(this.#words, new Uint32Array(length * 4))
  }
}

/** Copies a typed array into a larger one. */
export function larger<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array>(from: T, into: T): T {
  into.set(from)
  return into
}
