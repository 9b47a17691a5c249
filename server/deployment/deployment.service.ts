import type { EntityManager } from '@mikro-orm/postgresql'
import { requireReach } from '../kernel/authorize.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { changed, expectVersion, move } from '../kernel/move.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { nextNumber } from '../kernel/next-number.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { because } from './because.ts'
import { Deployment } from './deployment.entity.ts'
import type { DeploymentCreateInput, DeploymentUpdateInput } from './deployment.inputs.ts'
import { deploymentLifecycle } from './deployment.lifecycle.ts'
import { cancelWaiting, concludeIfSettled } from './engine/conclude.ts'
import { recordProgress } from './engine/progress.ts'
import { wakeEngine } from './engine/wake.ts'
import { deploymentFor } from './load.ts'
import { setPace } from './pace.ts'
import { chosenItems, itemsFor, chosenSource, planOf, routeOf, type PlannedItem } from './plan.ts'
import { DeploymentTarget } from './target.entity.ts'
import { restsOnValidation } from './validation-moves.ts'

/** An attempt that has not obeyed by then is IN_DOUBT. */
const CANCEL_LIMIT = 60_000 // 1 min

/** Creates a draft out of a task that has a source and targets. */
export async function createDeployment(
  em: EntityManager,
  services: Pick<Services, 'integrations'>,
  viewer: Viewer,
  input: DeploymentCreateInput,
): Promise<Deployment> {
  const plan = await planOf(em, viewer, uuidOf(input.taskId, 'tsk', ['taskId']))
  const items = await itemsFor(em, viewer, plan, input)
  const sourceId = await chosenSource(em, plan, input.sourceId)
  const reach = viewer.reach('deployment.create')
  const deployment = Object.assign(new Deployment(), {
    number: `DPL-${await nextNumber(em, 'deployment_number')}`,
    title: checkedTitle(input.title),
    taskId: plan.taskId,
    releaseId: plan.releaseId,
    sourceId,
    createdById: viewer.accountId,
    ownScopeIds: reach === 'estate' ? [] : [...reach],
    ...(await routeOf(em, services.integrations, sourceId)),
  })
  setPace(deployment, input)
  await setTargets(em, viewer, deployment, items)
  await changed(em, deployment, 'create', because(viewer, input.reason))
  return deployment
}

/** Changes title, pace or targets before the start; what was validated or approved then counts no more. */
export async function updateDeployment(
  em: EntityManager,
  viewer: Viewer,
  input: DeploymentUpdateInput,
): Promise<Deployment> {
  const deployment = await deploymentFor(em, viewer, 'deployment.create', input.id)
  expectVersion(deployment, input.expectedVersion)
  if (input.title != null) deployment.title = checkedTitle(input.title)
  setPace(deployment, input)
  if (input.targetIds != null) {
    const items = chosenItems((await planOf(em, viewer, deployment.taskId)).items, input.targetIds)
    requireEditable(deployment)
    await em.nativeDelete(DeploymentTarget, { deploymentId: deployment.uuid })
    await setTargets(em, viewer, deployment, items)
  }
  await move(em, deployment, deploymentLifecycle, 'edit', because(viewer, input.reason))
  return deployment
}

/** Starts nothing new; what is in flight ends. */
export async function pauseDeployment(em: EntityManager, viewer: Viewer, input: MoveInput): Promise<Deployment> {
  const deployment = await deploymentFor(em, viewer, 'deployment.control', input.id)
  expectVersion(deployment, input.expectedVersion)
  await move(em, deployment, deploymentLifecycle, 'pause', because(viewer, input.reason))
  return deployment
}

export async function resumeDeployment(
  em: EntityManager,
  services: Pick<Services, 'jobs'>,
  viewer: Viewer,
  input: MoveInput,
): Promise<Deployment> {
  const deployment = await deploymentFor(em, viewer, 'deployment.control', input.id)
  expectVersion(deployment, input.expectedVersion)
  // What had not begun is looked at once more before it does.
  const action = deployment.state === 'PAUSED' && (await restsOnValidation(em, deployment)) ? 'requeue' : 'resume'
  await move(em, deployment, deploymentLifecycle, action, because(viewer, input.reason))
  await wakeEngine(em, services.jobs, deployment.uuid)
  return deployment
}

/**
 * Before the start: cancelled at once. After it: nothing new starts, what is in flight is asked to stop, and CANCELLED
 * comes when every module has said that it did.
 */
export async function cancelDeployment(
  em: EntityManager,
  services: Pick<Services, 'jobs'>,
  viewer: Viewer,
  input: MoveInput,
): Promise<Deployment> {
  const deployment = await deploymentFor(em, viewer, 'deployment.control', input.id)
  expectVersion(deployment, input.expectedVersion)
  const why = because(viewer, input.reason)
  deployment.cancelledById = viewer.accountId
  deployment.deadlineAt = null
  if (deploymentLifecycle.next(deployment.state, 'cancel') === 'CANCELLING') {
    deployment.deadlineAt = new Date(Date.now() + CANCEL_LIMIT)
  } else {
    deployment.finishedAt = new Date()
  }
  await move(em, deployment, deploymentLifecycle, 'cancel', why)
  await recordProgress(em, deployment, await cancelWaiting(em, deployment.uuid))
  if (deployment.state === 'CANCELLING') {
    await concludeIfSettled(em, deployment, why)
    await wakeEngine(em, services.jobs, deployment.uuid)
  }
  return deployment
}

async function setTargets(em: EntityManager, viewer: Viewer, deployment: Deployment, items: PlannedItem[]) {
  for (const [idx, item] of items.entries()) {
    requireReach(viewer, 'deployment.create', { scopeIds: item.scopeIds, displayName: item.name })
    em.persist(
      Object.assign(new DeploymentTarget(), {
        deploymentId: deployment.uuid,
        itemId: item.uuid,
        idx,
        scopeIds: item.scopeIds,
      }),
    )
  }
  deployment.targetTotal = items.length
  deployment.scopeIds = [
    ...new Set([...deployment.ownScopeIds, ...items.flatMap((item) => scopesOf(item, items.length))]),
  ]
}

/** Above this the scopes that a deployment has from its targets are those of their sites, or every event would carry them all. */
const MANY_TARGETS = 500

function scopesOf({ uuid, scopeIds }: PlannedItem, targets: number): string[] {
  return targets > MANY_TARGETS && scopeIds.length > 1 ? scopeIds.filter((scope) => scope !== uuid) : scopeIds
}

function requireEditable(deployment: Deployment): void {
  if (deploymentLifecycle.next(deployment.state, 'edit')) return
  throw new BadInput(`${deployment.displayName} is ${deployment.state}; its targets are fixed since it was started.`, {
    field: ['targetIds'],
    itemId: deployment.id,
    rule: 'plan is fixed',
  })
}

function checkedTitle(title: string): string {
  const trimmed = title.trim()
  if (trimmed.length >= 1 && trimmed.length <= 200) return trimmed
  throw new BadInput('A title has 1 to 200 characters.', { field: ['title'] })
}
