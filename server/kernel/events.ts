import type { EntityManager } from '@mikro-orm/postgresql'
import { row, rows } from './sql.ts'

/** What a move of a lifecycle says beside that something changed; for counting, nobody decides by it. */
export interface StateChange {
  /** That of the lifecycle: a scan tells of itself as a change of its repository. */
  noun: string
  from: string
  to: string
}

/**
 * Everything that can reach a subscriber: topic → payload. Subjects are UUIDs; a subscriber reloads what it shows, so a late
 * message is never stale. Only hot streams carry their data: columns of equal length, in batches.
 */
export interface Topics {
  'account.changed': StateChange | null
  'product.changed': StateChange | null
  'discovery.changed': StateChange | null
  'actualItem.changed': { count: number }
  /** A question of identity was put, answered or opened again. */
  'identity.changed': StateChange | null
  /** Classes, attributes or relationship types: every process loads the catalogue anew. */
  'catalogue.changed': null
  'item.changed': StateChange | null
  'relationship.changed': { type: string; sourceId: string; targetId: string; removed: boolean }
  'reconciliation.changed': StateChange | null
  'reconciliationResult.changed': StateChange | null
  'promotionScope.changed': null
  /** Somebody said something about a change that nobody planned. */
  'unplannedChange.changed': StateChange | null
  'repository.changed': StateChange | null
  'packageVersion.changed': StateChange | null
  'release.changed': StateChange | null
  'task.changed': StateChange | null
  'deployment.changed': StateChange | null
  /** Places of targets in the deployment's grid with their new values. */
  'deployment.progress': { idx: number[]; state: string[]; confirmation: string[]; percent: number[]; step: number[] }
  /** Log lines as written; `number` counts within the target. */
  'deployment.log': {
    lines: { targetId: string; attemptId: string; number: number; at: string; level: string; text: string }[]
  }
  'validation.changed': StateChange | null
  'validation.findings': { findingIds: string[] }
  /** Rights of an account became fewer: its sockets close. */
  'account.revoked': { sessionIds?: string[]; tokenIds?: string[] }
}

export type Topic = keyof Topics

export interface NewEvent<T extends Topic = Topic> {
  topic: T
  /** UUID of what it is about. */
  subject: string
  /** Version of the subject, so that clients can drop what is older than what they have. */
  version?: number
  /** Who may see it: containing items as on the subject; empty: only viewers of the whole estate. */
  scopeIds: readonly string[]
  payload?: Topics[T]
  /** Account UUID of who caused it, null for Waybill itself. */
  actor?: string | null
  /** One line for the activity feed. */
  summary?: string
}

/** Records an event in the inbox, in the transaction of the caller; the sequencer numbers it after the commit (D5). */
export async function record<T extends Topic>(em: EntityManager, event: NewEvent<T>): Promise<void> {
  if (!em.isInTransaction()) throw new Error(`${event.topic} was recorded outside a transaction`)
  // The setting lasts as long as the transaction; the mutation gate reads the last id from it.
  await row(
    em,
    `with recorded as (
       insert into event_inbox (topic, subject, version, scope_ids, payload, actor, summary)
       values ($1, $2, $3, $4::uuid[], $5::jsonb, $6, $7) returning id)
     select set_config('waybill.inbox_id', recorded.id::text, true) from recorded`,
    [
      event.topic,
      event.subject,
      event.version ?? 0,
      event.scopeIds,
      JSON.stringify(event.payload ?? null),
      event.actor ?? null,
      event.summary ?? null,
    ],
  )
}

/** Records many events in one statement, in their order. */
export async function recordMany(em: EntityManager, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  if (!em.isInTransaction()) throw new Error(`${events[0]!.topic} was recorded outside a transaction`)
  await rows(
    em,
    `with recorded as (
       insert into event_inbox (topic, subject, version, scope_ids, payload, actor, summary)
       select e->>'topic', (e->>'subject')::uuid, coalesce((e->>'version')::int, 0),
         array(select jsonb_array_elements_text(e->'scopeIds'))::uuid[], coalesce(e->'payload', 'null'), (e->>'actor')::uuid, e->>'summary'
       from jsonb_array_elements($1::jsonb) with ordinality as events(e, place) order by place returning id)
     select set_config('waybill.inbox_id', max(id)::text, true) from recorded`,
    [JSON.stringify(events)],
  )
}
