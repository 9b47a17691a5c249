import canonicalize from 'canonicalize'
import type { PredicateName, ValueOf } from './predicates/catalogue.ts'
import type { Json } from './predicates/predicate.ts'
import type { Plan } from './plan.ts'

/** One thing that a validation read, as it was then. */
export interface Fact {
  predicate: string
  /** UUID. */
  subject: string
  value: Json
}

/** Answers a predicate for many subjects at once. */
export type Reader = (predicate: PredicateName, subjects: string[]) => Promise<Map<string, Json>>

/** Names of items by UUID, for sentences. */
export type Namer = (items: string[]) => Promise<Map<string, string>>

/**
 * The only way by which rules learn anything about the world: what they ask is remembered with its answer, so the verdict
 * can be signed and asked again (D9). A subject is read once, whoever asks.
 */
export class Recorder {
  private readonly known = new Map<string, Map<string, Json>>()

  constructor(
    /** What is checked. Part of what is signed, so it is not recorded. */
    readonly plan: Plan,
    private readonly read: Reader,
    /** Names change nothing about a verdict and are not recorded. */
    readonly namesOf: Namer,
  ) {}

  /** The answer for every subject, in the order given. */
  async ask<P extends PredicateName>(predicate: P, subjects: readonly string[]): Promise<Map<string, ValueOf<P>>> {
    let known = this.known.get(predicate)
    if (!known) this.known.set(predicate, (known = new Map()))
    const missing = [...new Set(subjects)].filter((subject) => !known.has(subject))
    if (missing.length > 0) {
      for (const [subject, value] of await this.read(predicate, missing)) known.set(subject, value)
    }
    return new Map(subjects.map((subject) => [subject, known.get(subject) as ValueOf<P>]))
  }

  async askOne<P extends PredicateName>(predicate: P, subject: string): Promise<ValueOf<P>> {
    return (await this.ask(predicate, [subject])).get(subject)!
  }

  /** Everything that was read, in an order that does not depend on who asked first. */
  facts(): Fact[] {
    return [...this.known]
      .flatMap(([predicate, values]) => [...values].map(([subject, value]) => ({ predicate, subject, value })))
      .sort((a, b) => compare(a.predicate, b.predicate) || compare(a.subject, b.subject))
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Whether two values are the same, whatever the order of their keys. */
export const sameValue = (a: Json, b: Json) => a === b || canonicalize(a) === canonicalize(b)
