import type { EntityManager } from '@mikro-orm/postgresql'
import { move, type Because } from '../../kernel/move.ts'
import { row, rows } from '../../kernel/sql.ts'
import type { Confirmation } from '../confirmation.ts'
import type { Deployment } from '../deployment.entity.ts'
import { deploymentLifecycle, type DeploymentAction } from '../deployment.lifecycle.ts'
import type { ProgressRow } from './progress.ts'

/** How many targets are how far; each is in exactly one. */
export interface Tally {
  open: number
  good: number
  bad: number
  doubt: number
  cancelled: number
}

/** How a deployment ends whose targets are all settled; null while it has not, or when it stays as it is. */
export function ending(state: string, wasCancelled: boolean, tally: Tally): DeploymentAction | null {
  if (tally.open > 0) return null
  if (tally.doubt > 0) return state === 'INTERVENTION' ? null : 'intervene'
  if (wasCancelled && (tally.cancelled > 0 || tally.bad > 0)) return 'settle'
  if (tally.good > 0) return tally.bad > 0 ? 'endPartly' : 'succeed'
  return wasCancelled ? 'settle' : 'fail'
}

/**
 * Ends a deployment when all its targets are settled: good, bad, left out or in doubt. Its row must be locked, so that two
 * who settle the last targets at once do not both think that the other one will do it. Answers whether it is settled.
 */
export async function concludeIfSettled(em: EntityManager, deployment: Deployment, because: Because): Promise<boolean> {
  await em.flush()
  const tally = (await row<Tally>(
    em,
    `select count(*) filter (where state in ('PENDING', 'DEFERRED', 'RUNNING'))::int as open,
       count(*) filter (where state = 'REPORTED_OK')::int as good,
       count(*) filter (where state in ('FAILED', 'TIMED_OUT'))::int as bad,
       count(*) filter (where state = 'IN_DOUBT')::int as doubt,
       count(*) filter (where state = 'CANCELLED')::int as cancelled
     from deployment_target where deployment_id = $1`,
    [deployment.uuid],
  ))!
  const action = ending(deployment.state, deployment.cancelledById !== null, tally)
  if (!action || !deploymentLifecycle.next(deployment.state, action)) return tally.open === 0
  deployment.confirmation = await derivedConfirmation(em, deployment.uuid)
  deployment.deadlineAt = null
  deployment.finishedAt = action === 'intervene' ? null : new Date()
  await move(em, deployment, deploymentLifecycle, action, because)
  return true
}

/** CONFIRMED only if every target that is not left out is; CONTRADICTED if one is; UNCONFIRMED if nothing more will come. */
export async function derivedConfirmation(em: EntityManager, deploymentId: string): Promise<Confirmation> {
  const counted = (await row<{ planned: number; confirmed: number; contradicted: number; awaited: number }>(
    em,
    `select count(*)::int as planned,
       count(*) filter (where confirmation = 'CONFIRMED')::int as confirmed,
       count(*) filter (where confirmation = 'CONTRADICTED')::int as contradicted,
       count(*) filter (where confirmation = 'AWAITED' and state in ('PENDING', 'DEFERRED', 'RUNNING', 'IN_DOUBT', 'REPORTED_OK'))::int as awaited
     from deployment_target where deployment_id = $1 and state not in ('EXCLUDED', 'CANCELLED')`,
    [deploymentId],
  ))!
  if (counted.contradicted > 0) return 'CONTRADICTED'
  if (counted.planned > 0 && counted.confirmed === counted.planned) return 'CONFIRMED'
  return counted.awaited > 0 ? 'AWAITED' : 'UNCONFIRMED'
}

/** Targets at which nobody has begun are cancelled at once. */
export function cancelWaiting(em: EntityManager, deploymentId: string): Promise<ProgressRow[]> {
  return rows<ProgressRow>(
    em,
    `update deployment_target set state = 'CANCELLED', settled_at = now(), version = version + 1, updated_at = now()
     where deployment_id = $1 and state in ('PENDING', 'DEFERRED')
     returning idx, state, confirmation, percent, step_index`,
    [deploymentId],
  )
}
