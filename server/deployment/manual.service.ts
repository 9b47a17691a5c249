import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { row } from '../kernel/sql.ts'
import { because } from './because.ts'
import { Evidence } from './evidence.entity.ts'
import type { ManualTargetConfirmInput, ManualTargetFailInput } from './deployment.inputs.ts'
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
  const source = (await row<{ number: string; digest: string }>(
    em,
    `select number, digest from package_version where uuid = $1`,
    [deployment.sourceId],
  ))!
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

async function manualTarget(em: EntityManager, viewer: Viewer, id: string): Promise<NamedTarget> {
  const named = await targetFor(em, viewer, 'manual.confirm', id)
  const { deployment, itemName } = named
  const evidence = { distribution: deployment.distribution, state: deployment.state }
  if (deployment.distribution !== 'MANUAL') {
    const message = `${itemName} is served by a module; what became of it is found by looking, not by a statement.`
    throw new WrongDistribution(message, { itemId: id, rule: 'manual distribution', evidence })
  }
  if (deployment.state === 'RUNNING' || deployment.state === 'INTERVENTION') return named
  const message = `${deployment.displayName} is ${deployment.state}; statements are taken while it is RUNNING.`
  throw new WrongDistribution(message, { itemId: id, rule: 'manual distribution', evidence })
}

function said(text: string, field: string): string {
  const trimmed = text.trim()
  if (trimmed.length >= 3 && trimmed.length <= 2000) return trimmed
  throw new BadInput('Say it in 3 to 2,000 characters.', { field: [field] })
}
