import type { EntityManager } from '@mikro-orm/postgresql'
import type { Topology } from '../../item/graph/topology.ts'
import type { Topic } from '../../kernel/events.ts'
import type { Plan } from '../plan.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** What predicates are read from. */
export interface World {
  em: EntityManager
  topology: Pick<Topology, 'dependantsOutside' | 'related'>
  plan: Plan
}

/**
 * Whose answers an event may change: those about its `subject`; about the `targets` of the deployment it tells of; about
 * these and their neighbours (`around`); about the `ends` of a relationship; those of validations of that task or release
 * (`ofTask`, `ofRelease`); all (`every`).
 */
export type Touch = 'subject' | 'targets' | 'around' | 'ends' | 'ofTask' | 'ofRelease' | 'every'

/**
 * One kind of thing that a validation may know about a subject. Everything rules know comes from here, so it can be
 * remembered, signed, and asked again: the answer must depend on the database and the plan alone.
 */
export interface Predicate<V extends Json = Json> {
  /** PREDICATE: a statement that holds or does not. FACT: a value. */
  kind: 'PREDICATE' | 'FACT'
  /** What the value says, as part of a sentence: 'authorized', 'the state of'. */
  title: string
  /** Kind of the subjects, for their names. */
  subject: 'item' | 'packageVersion' | 'deployment'
  /** Its values name other things than the subject, which whoever sees the subject may not see. */
  namesOthers?: true
  /** Events after which the answer may be another, and about which of the recorded subjects. */
  touchedBy: Partial<Record<Topic, Touch>>
  /** Answers for all subjects, in a number of statements that does not depend on theirs. */
  read(world: World, subjects: string[]): Promise<Map<string, V>>
}

/** Answers a column of a query by the subject's UUID; subjects without a row get `missing`. */
export function bySubject<V extends Json>(
  subjects: string[],
  found: { uuid: string; value: V }[],
  missing: V,
): Map<string, V> {
  const values = new Map(found.map(({ uuid, value }) => [uuid, value]))
  return new Map(subjects.map((uuid) => [uuid, values.get(uuid) ?? missing]))
}
