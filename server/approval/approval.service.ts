import type { EntityManager } from '@mikro-orm/postgresql'
import { because } from '../deployment/because.ts'
import type { Deployment } from '../deployment/deployment.entity.ts'
import { deploymentLifecycle } from '../deployment/deployment.lifecycle.ts'
import { deploymentFor } from '../deployment/load.ts'
import { approve, reject } from '../deployment/validation-moves.ts'
import { checkedText } from '../kernel/checked-text.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { IllegalTransition } from '../kernel/lifecycle.ts'
import { row } from '../kernel/sql.ts'
import type { ApprovalDecision } from '../release/approval-decision.ts'
import { Approval } from './approval.entity.ts'
import type { DeploymentApproveInput, DeploymentRejectInput } from './approval.inputs.ts'
import { DigestChanged, SeparationOfDuties } from './refusals.ts'

/** Signs what was validated: the deployment may be started, by a third person. */
export async function approveDeployment(
  em: EntityManager,
  viewer: Viewer,
  input: DeploymentApproveInput,
): Promise<Deployment> {
  const deployment = await decide(em, viewer, input, 'APPROVED')
  await approve(em, deployment, because(viewer, input.comment ?? input.reason))
  return deployment
}

/** Says no, with what has to become different; an earlier approval counts no more. */
export async function rejectDeployment(
  em: EntityManager,
  viewer: Viewer,
  input: DeploymentRejectInput,
): Promise<Deployment> {
  if (!input.comment.trim()) {
    throw new BadInput('Say what has to become different, so that the author can change it.', { field: ['comment'] })
  }
  const deployment = await decide(em, viewer, input, 'REJECTED')
  await reject(em, deployment, because(viewer, input.comment))
  return deployment
}

async function decide(
  em: EntityManager,
  viewer: Viewer,
  input: DeploymentApproveInput,
  decision: ApprovalDecision,
): Promise<Deployment> {
  const deployment = await deploymentFor(em, viewer, 'deployment.approve', input.id)
  const action = decision === 'APPROVED' ? 'approve' : 'reject'
  if (viewer.accountId === deployment.createdById) {
    throw new SeparationOfDuties(deployment, viewer.name, 'planned', action)
  }
  if (!deploymentLifecycle.next(deployment.state, action)) {
    throw new IllegalTransition(deploymentLifecycle, deployment.displayName, deployment.state, action)
  }
  const validation = await currentValidation(em, deployment.uuid)
  if (validation?.digest !== input.digest) throw new DigestChanged(deployment, input.digest, validation?.digest ?? null)
  em.persist(
    Object.assign(new Approval(), {
      deploymentId: deployment.uuid,
      authorId: deployment.createdById,
      validationId: validation.uuid,
      byId: viewer.accountId,
      decision,
      digest: input.digest,
      comment: input.comment ? checkedText(input.comment, 'comment') : null,
    }),
  )
  await em.flush()
  return deployment
}

interface CurrentValidation {
  uuid: string
  state: string
  digest: string | null
}

/** The validation that counts: the latest. Read as a row, because approval and validation stand side by side. */
export function currentValidation(em: EntityManager, deploymentId: string): Promise<CurrentValidation | null> {
  return row<CurrentValidation>(
    em,
    `select uuid, state, digest from validation where deployment_id = $1 order by created_at desc, uuid desc limit 1`,
    [deploymentId],
  )
}
