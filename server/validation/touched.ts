import type { EntityManager } from '@mikro-orm/postgresql'
import { RESTS_ON_VALIDATION } from '../deployment/validation-moves.ts'
import type { Topology } from '../item/graph/topology.ts'
import type { LoggedEvent } from '../kernel/event-log.ts'
import type { Topic, Topics } from '../kernel/events.ts'
import { rows } from '../kernel/sql.ts'
import { catalogue } from './predicates/catalogue.ts'
import type { Predicate, Touch } from './predicates/predicate.ts'
import type { Fact } from './recorder.ts'

const predicates = Object.entries(catalogue) as [string, Predicate][]

/** Everything that can make a recorded fact untrue. */
export const watchedTopics = [...new Set(predicates.flatMap(([, { touchedBy }]) => Object.keys(touchedBy)))] as Topic[]

/** Validations for which a fact that is not true any more still matters. */
const OPEN = `v.state = 'PASSED' and ${RESTS_ON_VALIDATION}`

/** Validations that a start, or a start that waits for its worker, still relies on. UUIDs. */
export async function openValidations(em: EntityManager): Promise<string[]> {
  const found = await rows<{ uuid: string }>(
    em,
    `select v.uuid from validation v join deployment d on d.uuid = v.deployment_id where ${OPEN}`,
  )
  return found.map(({ uuid }) => uuid)
}

/** Those of them whose time is over. UUIDs. */
export async function overdueValidations(em: EntityManager): Promise<string[]> {
  const found = await rows<{ uuid: string }>(
    em,
    `select v.uuid from validation v join deployment d on d.uuid = v.deployment_id where ${OPEN} and v.valid_until < now()`,
  )
  return found.map(({ uuid }) => uuid)
}

interface Condition {
  predicates: string[]
  sql: string
  uuids: string[]
}

/**
 * The recorded facts of open validations that a stretch of the log may have changed, by validation. One statement for the
 * stretch (and one for the targets of deployments that it tells of).
 */
export async function touchedFacts(
  em: EntityManager,
  topology: Pick<Topology, 'related'>,
  events: readonly LoggedEvent[],
): Promise<Map<string, Fact[]>> {
  const conditions = await conditionsOf(em, topology, events)
  if (conditions.length === 0) return new Map()
  const values: unknown[] = []
  const selects = conditions.map(({ predicates, sql, uuids }) => {
    values.push(predicates, uuids)
    const [names, ids] = [`$${values.length - 1}::text[]`, `$${values.length}::uuid[]`]
    return `select f.* from validation_fact f join validation v on v.uuid = f.validation_id
      join deployment d on d.uuid = v.deployment_id
      where ${OPEN} and f.predicate = any(${names}) and (${sql.replaceAll('?', ids)})`
  })
  const found = await rows<Fact & { validation_id: string }>(em, selects.join(' union '), values)
  const byValidation = new Map<string, Fact[]>()
  for (const { validation_id, predicate, subject, value } of found) {
    const facts = byValidation.get(validation_id) ?? []
    facts.push({ predicate, subject, value })
    byValidation.set(validation_id, facts)
  }
  return byValidation
}

const SQL: Record<Touch, string> = {
  subject: 'f.subject = any(?)',
  targets: 'f.subject = any(?)',
  around: 'f.subject = any(?)',
  ends: 'f.subject = any(?)',
  ofTask: 'd.task_id = any(?)',
  ofRelease: 'd.release_id = any(?)',
  every: 'cardinality(?) > 0',
}

async function conditionsOf(
  em: EntityManager,
  topology: Pick<Topology, 'related'>,
  events: readonly LoggedEvent[],
): Promise<Condition[]> {
  const conditions: Condition[] = []
  for (const topic of watchedTopics) {
    const ofTopic = events.filter((event) => event.topic === topic)
    if (ofTopic.length === 0) continue
    const touches = new Set(predicates.flatMap(([, { touchedBy }]) => touchedBy[topic] ?? []))
    for (const touch of touches) {
      const names = predicates.filter(([, { touchedBy }]) => touchedBy[topic] === touch).map(([name]) => name)
      const uuids = await uuidsOf(em, topology, touch, ofTopic)
      if (uuids.length > 0) conditions.push({ predicates: names, sql: SQL[touch], uuids })
    }
  }
  return conditions
}

async function uuidsOf(
  em: EntityManager,
  topology: Pick<Topology, 'related'>,
  touch: Touch,
  events: readonly LoggedEvent[],
): Promise<string[]> {
  const subjects = [...new Set(events.map(({ subject }) => subject))]
  if (touch === 'ends') {
    const ends = events.map(({ payload }) => payload as Topics['relationship.changed'])
    return [...new Set(ends.flatMap(({ sourceId, targetId }) => [sourceId, targetId]))]
  }
  if (touch !== 'targets' && touch !== 'around') return subjects
  const targets = await rows<{ item_id: string }>(
    em,
    'select distinct item_id from deployment_target where deployment_id = any($1::uuid[])',
    [subjects],
  )
  const items = targets.map(({ item_id }) => item_id)
  if (touch === 'targets') return items
  return [...new Set(items.flatMap((item) => [item, ...topology.related(item).map(({ uuid }) => uuid)]))]
}
