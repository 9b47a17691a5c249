import type { EntityManager } from '@mikro-orm/postgresql'
import { move, type Because } from '../kernel/move.ts'
import { row } from '../kernel/sql.ts'
import type { Deployment } from './deployment.entity.ts'
import { deploymentLifecycle } from './deployment.lifecycle.ts'

/**
 * What validation and approval, which stand above deployment, may do to one. The deployment must come from `load.ts`, so
 * that its row is locked. Each writes history and the event; each refuses where the lifecycle does not allow it.
 */

/** A validation that has not ended by then counts as lost. */
const VALIDATION_LIMIT = 5 * 60_000 // 5 min

/** A validation begins; also from VALIDATED and later, when somebody wants it checked again. */
export async function beginValidation(em: EntityManager, deployment: Deployment, because: Because): Promise<void> {
  deployment.deadlineAt = new Date(Date.now() + VALIDATION_LIMIT)
  await move(em, deployment, deploymentLifecycle, 'validate', because)
}

/** The validation has ended: VALIDATED, or BLOCKED when a finding forbids the deployment. */
export async function concludeValidation(
  em: EntityManager,
  deployment: Deployment,
  outcome: 'PASSED' | 'BLOCKED',
  because: Because,
): Promise<void> {
  deployment.deadlineAt = null
  await move(em, deployment, deploymentLifecycle, outcome === 'PASSED' ? 'pass' : 'block', because)
}

/** The validation came to no result (it broke, or its time was up): back to DRAFT. */
export async function abandonValidation(em: EntityManager, deployment: Deployment, because: Because): Promise<void> {
  deployment.deadlineAt = null
  await move(em, deployment, deploymentLifecycle, 'abandon', because)
}

/** Somebody has to approve: VALIDATED → AWAITING_APPROVAL. */
export function requestApproval(em: EntityManager, deployment: Deployment, because: Because): Promise<void> {
  return move(em, deployment, deploymentLifecycle, 'requestApproval', because)
}

/** Approved: AWAITING_APPROVAL → SCHEDULED, ready for Deploy. */
export function approve(em: EntityManager, deployment: Deployment, because: Because): Promise<void> {
  return move(em, deployment, deploymentLifecycle, 'approve', because)
}

/** Rejected: it must be changed or checked again before it can be approved. */
export function reject(em: EntityManager, deployment: Deployment, because: Because): Promise<void> {
  return move(em, deployment, deploymentLifecycle, 'reject', because)
}

/** What whoever sees only a part of the targets hears instead of the fact that is not true any more, which names an item. */
export const SOMETHING_CHANGED = 'Something that it read is not as it was.'

/**
 * A deployment `d` that still rests on its validation: nothing at a target has begun. One that was started waits for a
 * worker in QUEUED, or was PAUSED before one came; what was tried already is carried on whatever the world does.
 */
export const RESTS_ON_VALIDATION = `(d.state in ('VALIDATED', 'AWAITING_APPROVAL', 'SCHEDULED')
  or d.state in ('QUEUED', 'PAUSED') and d.distribution = 'AUTOMATIC'
    and not exists (select from attempt a where a.deployment_id = d.uuid))`

/** Whether what a validation read about the deployment still matters. */
export async function restsOnValidation(em: EntityManager, deployment: Deployment): Promise<boolean> {
  if (!deploymentLifecycle.next(deployment.state, 'invalidate')) return false
  return (
    (await row(em, `select 1 from deployment d where uuid = $1 and ${RESTS_ON_VALIDATION}`, [deployment.uuid])) !== null
  )
}

/** A recorded fact is not true any more. */
export function invalidate(em: EntityManager, deployment: Deployment, because: Because): Promise<void> {
  return takeBack(em, deployment, 'invalidate', because)
}

/** The time of the verdict is over. */
export function expire(em: EntityManager, deployment: Deployment, because: Because): Promise<void> {
  return takeBack(em, deployment, 'expire', because)
}

/** Whoever started it has started nothing: it is validated, approved and started anew. */
function takeBack(em: EntityManager, deployment: Deployment, action: 'invalidate' | 'expire', because: Because) {
  deployment.startedById = null
  deployment.startedAt = null
  return move(em, deployment, deploymentLifecycle, action, because)
}
