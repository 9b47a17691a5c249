import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import type { StepReceipt } from '../../integrations/integration.ts'
import { attemptLifecycle } from '../attempt.lifecycle.ts'
import { targetLifecycle } from '../target.lifecycle.ts'
import type { Verdict } from './decide.ts'
import type { ProgressRow } from './progress.ts'

/** An attempt that has ended here and is not written yet. */
export interface Settlement extends Verdict {
  attemptId: string
  fence: string
  steps: StepReceipt[]
}

/**
 * Writes the ends of attempts, all in one statement. Fenced: an attempt that another process has taken over, or that is
 * settled already (the answer to the commit was lost), is left as it is.
 */
export async function settle(em: EntityManager, me: string, ended: readonly Settlement[]): Promise<ProgressRow[]> {
  if (ended.length === 0) return []
  const input = ended.map((one) => ({
    attempt_id: one.attemptId,
    fence: one.fence,
    // From VERIFYING the actions lead to the same states as from RUNNING.
    attempt_state: attemptLifecycle.next('VERIFYING', one.attempt),
    target_state: targetLifecycle.next('RUNNING', one.target),
    cause: one.cause,
    touched: one.touched,
    steps: one.steps,
  }))
  return rows<ProgressRow>(
    em,
    `with input as (
       select * from jsonb_to_recordset($1::jsonb) as i(attempt_id uuid, fence bigint, attempt_state text,
         target_state text, cause text, touched boolean, steps jsonb)
     ), done as (
       update attempt a set state = i.attempt_state, cause = i.cause, step_receipts = i.steps, process_id = null,
         deadline_at = null, finished_at = case when i.attempt_state = 'IN_DOUBT' then null else now() end
       from input i
       where a.uuid = i.attempt_id and a.fence = i.fence and a.process_id = $2
         and a.state in ('CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING')
       returning a.target_id, i.*
     )
     update deployment_target t set state = d.target_state, cause = d.cause, touched = t.touched or d.touched,
       percent = case d.target_state when 'REPORTED_OK' then 100 when 'PENDING' then 0 else t.percent end,
       confirmation = case when d.target_state in ('FAILED', 'TIMED_OUT') then 'UNCONFIRMED' else 'AWAITED' end,
       confirm_at = case when d.target_state = 'REPORTED_OK' then now() end, confirm_tries = 0,
       settled_at = case when d.target_state <> 'PENDING' then now() end, version = version + 1, updated_at = now()
     from done d where t.uuid = d.target_id and t.state = 'RUNNING'
     returning t.idx, t.state, t.confirmation, t.percent, t.step_index`,
    [JSON.stringify(input), me],
  )
}
