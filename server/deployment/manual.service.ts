import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { changed, type Because } from '../kernel/move.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { row, rows } from '../kernel/sql.ts'
import { because } from './because.ts'
import { chosenFor, requirePossible, tell } from './chosen-targets.ts'
import type { Deployment } from './deployment.entity.ts'
import type {
  ManualTargetConfirmInput,
  ManualTargetFailInput,
  ManualTargetsConfirmInput,
  ManualTargetsFailInput,
  TargetsInput,
} from './deployment.inputs.ts'
import { recordProgress, type ProgressRow } from './engine/progress.ts'
import { Evidence } from './evidence.entity.ts'
import { targetFor, type NamedTarget } from './load.ts'
import { WrongDistribution } from './refusals.ts'
import { moveTarget, settleDeployment } from './target.service.ts'
import type { DeploymentTarget } from './target.entity.ts'

/** How evidence by a person's word is marked. */
export const SIGNED_STATEMENT = 'signed statement'

/** A person says with their name that a target has what was intended: reported and confirmed at once. */
export async function confirmManually(
  em: EntityManager,
  viewer: Viewer,
  input: ManualTargetConfirmInput,
): Promise<DeploymentTarget> {
  const named = await manualTarget(em, viewer, input.id)
  const { target, deployment } = named
  const statement = said(input.statement, 'statement')
  const source = await intendedBy(em, deployment)
  em.persist(
    Object.assign(new Evidence(), {
      targetId: target.uuid,
      at: new Date(),
      method: SIGNED_STATEMENT,
      intendedVersion: source.number,
      intendedDigest: source.digest,
      verdict: 'CONFIRMED',
      detail: statement,
      byName: viewer.name,
      byId: viewer.accountId,
    }),
  )
  Object.assign(target, { confirmation: 'CONFIRMED', percent: 100, cause: null, touched: true, settledAt: new Date() })
  const why = because(viewer, input.reason ?? statement)
  await moveTarget(em, named, 'confirm', why)
  await settleDeployment(em, deployment, why)
  return target
}

/** A person says that it went wrong. */
export async function failManually(
  em: EntityManager,
  viewer: Viewer,
  input: ManualTargetFailInput,
): Promise<DeploymentTarget> {
  const named = await manualTarget(em, viewer, input.id)
  const cause = said(input.cause, 'cause')
  Object.assign(named.target, { cause, confirmation: 'UNCONFIRMED', touched: true, settledAt: new Date() })
  const why = because(viewer, input.reason ?? cause)
  await moveTarget(em, named, 'fail', why)
  await settleDeployment(em, named.deployment, why)
  return named.target
}

/** A person says with their name that exactly these targets have what was intended: all of them or none. */
export async function confirmManyManually(
  em: EntityManager,
  viewer: Viewer,
  input: ManualTargetsConfirmInput,
): Promise<Deployment> {
  const { deployment, chosen } = await manualTargets(em, viewer, input, 'confirm')
  const statement = said(input.statement, 'statement')
  const uuids = chosen.map(({ uuid }) => uuid)
  const source = await intendedBy(em, deployment)
  await rows(
    em,
    `insert into evidence (uuid, created_at, target_id, at, method, intended_version, intended_digest, verdict, detail, by_name, by_id)
     select e.id, now(), e.target, now(), $3, $4, $5, 'CONFIRMED', $6, $7, $8 from unnest($1::uuid[], $2::uuid[]) as e(id, target)`,
    [
      uuids.map(() => uuidv7()),
      uuids,
      SIGNED_STATEMENT,
      source.number,
      source.digest,
      statement,
      viewer.name,
      viewer.accountId,
    ],
  )
  const done = await rows<ProgressRow>(
    em,
    `update deployment_target set state = 'REPORTED_OK', confirmation = 'CONFIRMED', percent = 100, cause = null, touched = true,
       settled_at = now(), version = version + 1, updated_at = now()
     where uuid = any($1::uuid[]) returning idx, state, confirmation, percent, step_index`,
    [uuids],
  )
  const why = because(viewer, input.reason ?? statement)
  await tell(em, chosen, 'confirm', 'REPORTED_OK', why)
  await endMany(em, deployment, done, 'confirmTargets', why)
  return deployment
}

/** A person says that it went wrong at exactly these targets, for the same cause: all of them or none. */
export async function failManyManually(
  em: EntityManager,
  viewer: Viewer,
  input: ManualTargetsFailInput,
): Promise<Deployment> {
  const { deployment, chosen } = await manualTargets(em, viewer, input, 'fail')
  const cause = said(input.cause, 'cause')
  const failed = await rows<ProgressRow>(
    em,
    `update deployment_target set state = 'FAILED', confirmation = 'UNCONFIRMED', cause = $2, touched = true,
       settled_at = now(), version = version + 1, updated_at = now()
     where uuid = any($1::uuid[]) returning idx, state, confirmation, percent, step_index`,
    [chosen.map(({ uuid }) => uuid), cause],
  )
  const why = because(viewer, input.reason ?? cause)
  await tell(em, chosen, 'fail', 'FAILED', why)
  await endMany(em, deployment, failed, 'failTargets', why)
  return deployment
}

async function endMany(
  em: EntityManager,
  deployment: Deployment,
  ended: readonly ProgressRow[],
  action: string,
  why: Because,
): Promise<void> {
  await recordProgress(em, deployment, ended)
  await changed(em, deployment, action, why, { changes: { targets: ended.length } })
  await settleDeployment(em, deployment, why)
}

/** What the targets of a deployment are to have. */
async function intendedBy(em: EntityManager, deployment: Deployment): Promise<{ number: string; digest: string }> {
  const asked = `select number, digest from package_version where uuid = $1`
  return (await row<{ number: string; digest: string }>(em, asked, [deployment.sourceId]))!
}

async function manualTargets(em: EntityManager, viewer: Viewer, input: TargetsInput, action: 'confirm' | 'fail') {
  const named = await chosenFor(em, viewer, 'manual.confirm', input)
  requireByHand(named.deployment, `Each target of ${named.deployment.displayName}`, input.id)
  requirePossible(named.chosen, action)
  return named
}

async function manualTarget(em: EntityManager, viewer: Viewer, id: string): Promise<NamedTarget> {
  const named = await targetFor(em, viewer, 'manual.confirm', id)
  requireByHand(named.deployment, named.itemName, id)
  return named
}

/** `what` is said to be served by a module, where one serves it. */
function requireByHand(deployment: Deployment, what: string, itemId: string): void {
  const evidence = { distribution: deployment.distribution, state: deployment.state }
  if (deployment.distribution !== 'MANUAL') {
    const message = `${what} is served by a module; what became of it is found by looking, not by a statement.`
    throw new WrongDistribution(message, { itemId, rule: 'manual distribution', evidence })
  }
  if (deployment.state === 'RUNNING' || deployment.state === 'INTERVENTION') return
  const message = `${deployment.displayName} is ${deployment.state}; statements are taken while it is RUNNING.`
  throw new WrongDistribution(message, { itemId, rule: 'manual distribution', evidence })
}

function said(text: string, field: string): string {
  const trimmed = text.trim()
  if (trimmed.length >= 3 && trimmed.length <= 2000) return trimmed
  throw new BadInput('Say it in 3 to 2,000 characters.', { field: [field] })
}
