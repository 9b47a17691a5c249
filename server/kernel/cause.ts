import type { EntityManager } from '@mikro-orm/postgresql'
import type { Because } from './move.ts'
import { rows } from './sql.ts'

/** What made a change of the graph: kept with every version of an item and of a relationship. */
export interface Cause {
  cause: 'MUTATION' | 'DISCOVERY' | 'RECONCILIATION' | 'DEPLOYMENT' | 'SYSTEM'
  /** UUID of the account; null for Waybill itself. */
  actor?: string | null
  reason?: string | null
  mutation?: string
  /** UUID of the audit entry. */
  auditId?: string
  /** Global id and number of the run or deployment. */
  originId?: string
  originNumber?: string
}

/**
 * Says for the rest of this transaction what its changes of items and relationships come from; triggers write it beside
 * them. Said a second time, what follows is a change of its own.
 */
export async function explain(em: EntityManager, cause: Cause): Promise<void> {
  await rows(
    em,
    `select set_config('waybill.because', (coalesce(nullif(current_setting('waybill.because', true), ''), '{}')::jsonb || $1::jsonb)::text, true),
       set_config('waybill.graph_change', '', true)`,
    [JSON.stringify(cause)],
  )
}

/**
 * Names the releases that permit what this transaction changes from here on; by whom, why and from where stays as said.
 */
export async function explainPermitted(em: EntityManager, releaseIds: readonly string[]): Promise<void> {
  await rows(
    em,
    `select set_config('waybill.because', (coalesce(nullif(current_setting('waybill.because', true), ''), '{}')::jsonb
         || jsonb_build_object('releaseIds', $1::uuid[]))::text, true),
       set_config('waybill.graph_change', '', true)`,
    [releaseIds],
  )
}

/** The same from who and why alone, where nothing more is known and nobody has said it before. */
export async function explainUnlessSaid(em: EntityManager, because: Because): Promise<void> {
  await rows(
    em,
    `select set_config('waybill.because', $1, true) where coalesce(current_setting('waybill.because', true), '') = ''`,
    [
      JSON.stringify({
        cause: because.by ? 'MUTATION' : 'SYSTEM',
        actor: because.by,
        reason: because.reason ?? null,
      }),
    ],
  )
}
