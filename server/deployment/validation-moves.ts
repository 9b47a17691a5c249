import type { EntityManager } from '@mikro-orm/postgresql'
import { move, type Because } from '../kernel/move.ts'
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

/** Whether a recorded fact that became untrue still matters: nothing has been started yet. */
export function canBeInvalidated(deployment: Deployment): boolean {
  return deploymentLifecycle.next(deployment.state, 'invalidate') !== null
}

/** A recorded fact is not true any more. */
export function invalidate(em: EntityManager, deployment: Deployment, because: Because): Promise<void> {
  return move(em, deployment, deploymentLifecycle, 'invalidate', because)
}
