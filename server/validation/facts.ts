import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import { predicateOf } from './predicates/catalogue.ts'
import type { Json, World } from './predicates/predicate.ts'
import { sameValue, type Fact } from './recorder.ts'

/** Keeps what a validation read, in one statement. */
export async function keepFacts(em: EntityManager, validationId: string, facts: readonly Fact[]): Promise<void> {
  await rows(
    em,
    `insert into validation_fact (validation_id, predicate, subject, value)
     select $1, predicate, subject, value from jsonb_to_recordset($2::jsonb) as fact(predicate text, subject uuid, value jsonb)`,
    [validationId, JSON.stringify(facts)],
  )
}

/** Everything a validation read, sorted as it was signed. */
export function factsOf(em: EntityManager, validationId: string): Promise<Fact[]> {
  return rows<Fact>(
    em,
    `select predicate, subject, value from validation_fact where validation_id = $1
     order by predicate collate "C", subject`,
    [validationId],
  )
}

/** A fact that is not true any more. */
export interface Untrue extends Fact {
  now: Json
}

/** Asks again about facts, in a fixed number of statements for each predicate; answers those that have another value. */
export async function untrueFacts(world: World, facts: readonly Fact[]): Promise<Untrue[]> {
  const byPredicate = new Map<string, Fact[]>()
  for (const fact of facts) {
    const group = byPredicate.get(fact.predicate)
    if (group) group.push(fact)
    else byPredicate.set(fact.predicate, [fact])
  }
  const untrue: Untrue[] = []
  for (const [name, group] of byPredicate) {
    // What this version cannot ask any more cannot be vouched for either.
    const answers =
      (await predicateOf(name)?.read(
        world,
        group.map(({ subject }) => subject),
      )) ?? new Map<string, Json>()
    for (const fact of group) {
      const now = answers.get(fact.subject) ?? null
      if (!sameValue(fact.value, now)) untrue.push({ ...fact, now })
    }
  }
  return untrue
}

/** `web-3 is no longer authorized (true → false).` Who reads it may not see more than the subject, so others are counted. */
export async function inWords(em: EntityManager, { predicate, subject, value, now }: Untrue): Promise<string> {
  const known = predicateOf(predicate)
  const name = (await nameOf(em, known?.subject, subject)) ?? subject
  const title = known?.title ?? predicate
  const say = (one: Json) => shown(known?.namesOthers && Array.isArray(one) ? one.length : one)
  return known?.kind === 'PREDICATE'
    ? `${name} ${now ? 'is now' : 'is no longer'} ${title} (${say(value)} → ${say(now)}).`
    : `${name}: ${title} ${say(value)} → ${say(now)}.`
}

const NAMES = {
  item: 'select name from configuration_item where uuid = $1',
  packageVersion: `select p.name || ' ' || v.number as name from package_version v join package p on p.uuid = v.package_id where v.uuid = $1`,
  deployment: 'select number as name from deployment where uuid = $1',
}

async function nameOf(
  em: EntityManager,
  kind: keyof typeof NAMES | undefined,
  uuid: string,
): Promise<string | undefined> {
  return kind && (await rows<{ name: string }>(em, NAMES[kind], [uuid]))[0]?.name
}

function shown(value: Json): string {
  if (value === null) return 'unknown'
  if (Array.isArray(value)) return value.length ? value.join(', ') : 'none'
  if (typeof value !== 'object') return String(value)
  if ('count' in value) return String(value.count)
  return Object.values(value).filter(Boolean).join(' ') || 'unknown'
}
