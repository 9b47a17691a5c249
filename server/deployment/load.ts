import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { reaches, requireReach } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { NotFound } from '../kernel/errors.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { requireWholeReach } from '../kernel/whole-reach.ts'
import { Deployment } from './deployment.entity.ts'
import { DeploymentTarget } from './target.entity.ts'

/** For the rule of `kernel/whole-reach.ts`: what was taken out of a deployment is not done anything to. */
export const deploymentTargetScopes = `select deployment_id as owner, scope_ids from deployment_target where state <> 'EXCLUDED'`

/** The deployment for writing, its row locked to the end of the transaction. Every change of state goes through here. */
export function lockDeployment(em: EntityManager, uuid: string): Promise<Deployment | null> {
  return em.findOne(Deployment, { uuid }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
}

/** The deployment that a mutation names, locked; refuses when the viewer does not see it or may not do this to it. */
export async function deploymentFor(
  em: EntityManager,
  viewer: Viewer,
  permission: string,
  id: string,
): Promise<Deployment> {
  const deployment = await lockDeployment(em, uuidOf(id, 'dpl'))
  if (!deployment || !reaches(viewer, 'deployment.read', deployment.scopeIds)) throw new NotFound('deployment', id)
  await requireWholeReach(em, viewer, permission, deployment, deploymentTargetScopes)
  return deployment
}

/**
 * Keeps the task and its release as they are to the end of the transaction. The release comes first, as for all writers:
 * what follows the estate locks them in this order too, and the other one would end in deadlocks.
 */
export async function holdTask(em: EntityManager, taskId: string): Promise<void> {
  await rows(em, `select 1 from release where uuid = (select release_id from task where uuid = $1) for share`, [taskId])
  await rows(em, `select 1 from task where uuid = $1 for share`, [taskId])
}

export interface NamedTarget {
  target: DeploymentTarget
  deployment: Deployment
  itemName: string
}

/** The target that a mutation names and its deployment, both locked, the deployment first (the order of all writers). */
export async function targetFor(
  em: EntityManager,
  viewer: Viewer,
  permission: string,
  id: string,
): Promise<NamedTarget> {
  const uuid = uuidOf(id, 'tgt')
  const [found] = await rows<{ deployment_id: string; name: string }>(
    em,
    `select t.deployment_id, i.name from deployment_target t join configuration_item i on i.uuid = t.item_id where t.uuid = $1`,
    [uuid],
  )
  const deployment = found && (await lockDeployment(em, found.deployment_id))
  const target =
    deployment &&
    (await em.findOne(DeploymentTarget, { uuid }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true }))
  if (!target || !reaches(viewer, 'deployment.read', target.scopeIds)) throw new NotFound('target', id)
  requireReach(viewer, permission, { scopeIds: target.scopeIds, displayName: found.name, id: target.id })
  return { target, deployment, itemName: found.name }
}
