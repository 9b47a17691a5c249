import type { EntityManager } from '@mikro-orm/postgresql'
import { uuidv7 } from '../../kernel/noun.ts'
import { rows } from '../../kernel/sql.ts'
import type { HeldAttempt } from './orders.ts'
import type { ProgressRow } from './progress.ts'

const HELD = `a.uuid, a.target_id as "targetId", a.fence, a.state, a.item_id as "itemId", i.name as "itemName",
  i.native_key as "nativeKey", i.attributes, t.previous_version as "previousVersion"`

/** The targets of a deployment that may be claimed, each found by its own small index. */
const WAITING = {
  /** Nobody has tried them yet. */
  PENDING: `t.state = 'PENDING'`,
  /** Another deployment's attempt was at the item; it may have ended. */
  DEFERRED: `t.state = 'DEFERRED' and not exists (select 1 from attempt a where a.item_id = t.item_id
    and a.state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING', 'IN_DOUBT'))`,
} as const

/**
 * Reserves up to `limit` waiting targets of a deployment for this process: attempts in CLAIMED, each with a new fence. An
 * item at which an attempt of any deployment works is passed over and becomes DEFERRED; the partial unique index decides.
 */
export async function claim(
  em: EntityManager,
  me: string,
  deploymentId: string,
  limit: number,
  from: keyof typeof WAITING,
): Promise<{ claimed: HeldAttempt[]; changed: ProgressRow[] }> {
  if (limit <= 0) return { claimed: [], changed: [] }
  const found = await rows<HeldAttempt & ProgressRow & { target_state: string }>(
    em,
    `with open as (
       select t.*, row_number() over (order by t.idx) as place
       from (
         select uuid, item_id, idx, attempts from deployment_target t where t.deployment_id = $1 and ${WAITING[from]}
         order by t.idx limit $2 for update skip locked) t
     ), a as (
       insert into attempt (uuid, deployment_id, target_id, item_id, ordinal, state, process_id, started_by_id, deadline_at)
       select ($4::uuid[])[open.place], $1, open.uuid, open.item_id, open.attempts + 1, 'CLAIMED', $3,
         (select started_by_id from deployment where uuid = $1), now() + interval '1 minute'
       from open
       on conflict (item_id) where state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING', 'IN_DOUBT') do nothing
       returning *
     ), t as (
       update deployment_target t set state = case when a.uuid is null then 'DEFERRED' else 'RUNNING' end,
         attempt_id = coalesce(a.uuid, t.attempt_id), attempts = coalesce(a.ordinal, t.attempts), percent = 0,
         step_index = 0, cause = null, first_error = null, version = version + 1, updated_at = now()
       from open left join a on a.target_id = open.uuid where t.uuid = open.uuid
       returning t.*
     )
     select ${HELD}, t.idx, t.state as target_state, t.confirmation, t.percent, t.step_index
     from t join configuration_item i on i.uuid = t.item_id left join a on a.target_id = t.uuid order by t.idx`,
    [deploymentId, limit, me, Array.from({ length: limit }, () => uuidv7())],
  )
  return {
    claimed: found.filter(({ target_state }) => target_state === 'RUNNING'),
    changed: found.map((one) => ({ ...one, state: one.target_state })),
  }
}

/**
 * Commits the intent: from here on an effect is possible. Answers those that this process still holds; only these may be
 * delivered. STARTING is answered again: the answer to the first commit may have been lost, and nothing was delivered yet.
 */
export async function intend(em: EntityManager, me: string, attempts: string[], seconds: number): Promise<Set<string>> {
  const intended = await rows<{ uuid: string }>(
    em,
    `update attempt set state = 'STARTING', started_at = coalesce(started_at, now()), deadline_at = now() + make_interval(secs => $3)
     where uuid = any($1::uuid[]) and process_id = $2 and state in ('CLAIMED', 'STARTING') returning uuid`,
    [attempts, me, seconds],
  )
  return new Set(intended.map(({ uuid }) => uuid))
}

/**
 * Attempts of the deployment that nobody works on: their process is gone, or this process lost the answer to its claim.
 * What was only claimed is carried on; the rest becomes VERIFYING, and its targets are asked.
 */
export function adopt(
  em: EntityManager,
  me: string,
  deploymentId: string,
  known: readonly string[],
): Promise<HeldAttempt[]> {
  return rows<HeldAttempt>(
    em,
    `with a as (
       update attempt set process_id = $2, deadline_at = now() + interval '2 minutes',
         state = case state when 'CLAIMED' then 'CLAIMED' else 'VERIFYING' end
       where deployment_id = $1 and state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING')
         and (process_id is null or process_id = $2) and uuid <> all($3::uuid[])
       returning *)
     select ${HELD} from a join deployment_target t on t.uuid = a.target_id
       join configuration_item i on i.uuid = a.item_id`,
    [deploymentId, me, known],
  )
}

/** Those of this process's attempts of the deployment whose deadline is over, by the clock of the database. */
export async function overdue(em: EntityManager, me: string, deploymentId: string): Promise<string[]> {
  const late = await rows<{ uuid: string }>(
    em,
    `select uuid from attempt where process_id = $2 and deployment_id = $1 and deadline_at < now()
       and state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING')`,
    [deploymentId, me],
  )
  return late.map(({ uuid }) => uuid)
}

/** VERIFYING → STARTING: the same attempt is delivered again. Answers whether this process still holds it. */
export async function repeat(em: EntityManager, me: string, attempt: string, seconds: number): Promise<boolean> {
  const held = await rows(
    em,
    `update attempt set state = 'STARTING', deadline_at = now() + make_interval(secs => $3)
     where uuid = $1 and process_id = $2 and state in ('VERIFYING', 'STARTING') returning uuid`,
    [attempt, me, seconds],
  )
  return held.length > 0
}
