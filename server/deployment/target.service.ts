import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services, Viewer } from '../kernel/context.ts'
import { IllegalTransition } from '../kernel/lifecycle.ts'
import { changed, expectVersion, move, type Because } from '../kernel/move.ts'
import type { IdInput, MoveInput } from '../kernel/mutation.ts'
import { rows } from '../kernel/sql.ts'
import { Attempt } from './attempt.entity.ts'
import { attemptLifecycle } from './attempt.lifecycle.ts'
import { because, withReason } from './because.ts'
import type { Deployment } from './deployment.entity.ts'
import type { TargetResolveInput } from './deployment.inputs.ts'
import { activeStates, deploymentLifecycle } from './deployment.lifecycle.ts'
import { concludeIfSettled, derivedConfirmation } from './engine/conclude.ts'
import { recordProgress, type ProgressRow } from './engine/progress.ts'
import { wakeConfirmation, wakeEngine } from './engine/wake.ts'
import { deploymentFor, targetFor, type NamedTarget } from './load.ts'
import { StartRefused } from './refusals.ts'
import { usable } from './start.service.ts'
import type { DeploymentTarget } from './target.entity.ts'
import { targetLifecycle, type TargetAction } from './target.lifecycle.ts'

type WakingServices = Pick<Services, 'jobs' | 'integrations'>

/** Leaves a target out of the plan: one that waits, or one that ended badly. */
export async function excludeTarget(em: EntityManager, viewer: Viewer, input: IdInput): Promise<DeploymentTarget> {
  const named = await targetFor(em, viewer, 'deployment.control', input.id)
  const why = withReason(viewer, input.reason)
  await moveTarget(em, named, 'exclude', why)
  await settleDeployment(em, named.deployment, why)
  return named.target
}

/** Tries a target again that ended badly, or whose success was contradicted by what was seen. */
export async function retryTarget(
  em: EntityManager,
  services: WakingServices,
  viewer: Viewer,
  input: IdInput,
): Promise<DeploymentTarget> {
  const named = await targetFor(em, viewer, 'deployment.control', input.id)
  const { target, deployment } = named
  if (target.state === 'REPORTED_OK' && target.confirmation !== 'CONTRADICTED') {
    throw new IllegalTransition(targetLifecycle, named.itemName, target.state, 'retry')
  }
  const why = because(viewer, input.reason)
  Object.assign(target, { confirmation: 'AWAITED', percent: 0, stepIndex: 0, cause: null, confirmAt: null })
  await moveTarget(em, named, 'retry', why)
  await goOn(em, services, deployment, why)
  return target
}

/** Tries all targets again that ended badly or were contradicted: new attempts for exactly these. */
export async function retryFailed(
  em: EntityManager,
  services: WakingServices,
  viewer: Viewer,
  input: MoveInput,
): Promise<Deployment> {
  const deployment = await deploymentFor(em, viewer, 'deployment.control', input.id)
  expectVersion(deployment, input.expectedVersion)
  const again = await rows<ProgressRow>(
    em,
    `update deployment_target set state = 'PENDING', confirmation = 'AWAITED', percent = 0, step_index = 0, cause = null,
       confirm_at = null, version = version + 1, updated_at = now()
     where deployment_id = $1 and (state in ('FAILED', 'TIMED_OUT') or (state = 'REPORTED_OK' and confirmation = 'CONTRADICTED'))
     returning idx, state, confirmation, percent, step_index`,
    [deployment.uuid],
  )
  if (again.length === 0) {
    throw new IllegalTransition(
      deploymentLifecycle,
      `${deployment.displayName} has no failed target; it`,
      deployment.state,
      'retryFailed',
    )
  }
  await recordProgress(em, deployment, again)
  await goOn(em, services, deployment, because(viewer, input.reason))
  return deployment
}

/** A person has looked at a target in doubt and says what became of it. */
export async function resolveTarget(
  em: EntityManager,
  services: Pick<Services, 'jobs'>,
  viewer: Viewer,
  input: TargetResolveInput,
): Promise<DeploymentTarget> {
  const named = await targetFor(em, viewer, 'deployment.control', input.id)
  const { target, deployment } = named
  const why = withReason(viewer, input.reason)
  const ok = input.outcome === 'OK'
  const verdict = foundIt(viewer, ok, why.reason)
  Object.assign(target, {
    cause: ok ? null : verdict,
    percent: ok ? 100 : target.percent,
    confirmation: ok ? 'AWAITED' : 'UNCONFIRMED',
    confirmAt: ok ? new Date() : null,
    confirmTries: 0,
    settledAt: new Date(),
  })
  await moveTarget(em, named, ok ? 'resolveOk' : 'resolveFailed', why)
  await settleAttempt(em, target, ok, verdict)
  await settleDeployment(em, deployment, why)
  if (ok) await wakeConfirmation(em, services.jobs, deployment.uuid)
  return target
}

/** What a person found at a target in doubt, as its cause. */
export const foundIt = (viewer: Viewer, ok: boolean, reason: string | null | undefined) =>
  `${viewer.name} found it ${ok ? 'done' : 'not done'}: ${reason}`

async function settleAttempt(em: EntityManager, target: DeploymentTarget, ok: boolean, verdict: string): Promise<void> {
  const attempt = await em.findOneOrFail(Attempt, { uuid: target.attemptId! }, { refresh: true })
  const to = attemptLifecycle.next(attempt.state, ok ? 'pass' : 'fail')
  if (!to) throw new IllegalTransition(attemptLifecycle, 'The attempt', attempt.state, ok ? 'pass' : 'fail')
  Object.assign(attempt, { state: to, finishedAt: new Date(), processId: null, deadlineAt: null, cause: verdict })
  await em.flush()
}

/** Moves one target by a person's hand, with history, and shows it in the grid. */
export async function moveTarget(
  em: EntityManager,
  { target, deployment, itemName }: NamedTarget,
  action: TargetAction,
  why: Because,
): Promise<void> {
  const from = target.state
  const to = targetLifecycle.next(from, action)
  if (!to) throw new IllegalTransition(targetLifecycle, itemName, from, action)
  target.state = to
  await changed(em, target, action, why, { noun: targetLifecycle.noun, from, to })
  const { idx, state, confirmation, percent, stepIndex } = target
  await recordProgress(em, deployment, [{ idx, state, confirmation, percent, step_index: stepIndex }])
}

/** After a change of one target: the deployment may have ended by it, and its confirmation may be another one. */
export async function settleDeployment(em: EntityManager, deployment: Deployment, why: Because): Promise<void> {
  await concludeIfSettled(em, deployment, why)
  const confirmation = await derivedConfirmation(em, deployment.uuid)
  if (deployment.startedById === null || confirmation === deployment.confirmation) return
  deployment.confirmation = confirmation
  await changed(em, deployment, 'confirm', { by: null }, { changes: { confirmation } })
}

/** There is something to do again: an ended deployment goes back to the queue, a running one is told. */
export async function goOn(
  em: EntityManager,
  services: WakingServices,
  deployment: Deployment,
  why: Because,
): Promise<void> {
  const refusals = await usable(em, services, deployment)
  if (refusals.length > 0) throw refusals.length === 1 ? refusals[0]! : new StartRefused(deployment, refusals)
  deployment.confirmation = 'AWAITED'
  deployment.finishedAt = null
  const running = (activeStates as readonly string[]).includes(deployment.state) && deployment.state !== 'INTERVENTION'
  if (running) await changed(em, deployment, 'retryTarget', why)
  else await move(em, deployment, deploymentLifecycle, 'retryFailed', why)
  if (deployment.distribution === 'AUTOMATIC') await wakeEngine(em, services.jobs, deployment.uuid)
  else if (deployment.state === 'QUEUED') await move(em, deployment, deploymentLifecycle, 'begin', { by: null })
}

/** The mutations that the state of a target allows now, by their verb: `exclude` stands for targetExclude. */
export function actionsOfTarget(
  target: DeploymentTarget,
  deployment: Deployment,
  may: (permission: string) => boolean,
): string[] {
  const can = (action: TargetAction) => targetLifecycle.next(target.state, action) !== null
  const contradicted = target.state !== 'REPORTED_OK' || target.confirmation === 'CONTRADICTED'
  const byHand = deployment.distribution === 'MANUAL' && ['RUNNING', 'INTERVENTION'].includes(deployment.state)
  const control = may('deployment.control')
  const sign = byHand && may('manual.confirm')
  return [
    ...(control && can('exclude') ? ['exclude'] : []),
    ...(control && can('retry') && contradicted ? ['retry'] : []),
    ...(control && can('resolveOk') ? ['resolve'] : []),
    ...(sign && can('confirm') ? ['confirm', 'fail'] : []),
  ]
}
