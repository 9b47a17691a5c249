import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services, Viewer } from '../kernel/context.ts'
import type { Refusal } from '../kernel/errors.ts'
import { IllegalTransition } from '../kernel/lifecycle.ts'
import { expectVersion, move } from '../kernel/move.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import { authorizedStates } from '../item/item.lifecycle.ts'
import { because } from './because.ts'
import type { Deployment } from './deployment.entity.ts'
import { deploymentLifecycle } from './deployment.lifecycle.ts'
import { wakeEngine } from './engine/wake.ts'
import { generalInstructions } from './instructions.ts'
import { deploymentFor, holdTask } from './load.ts'
import { recordPreviousVersions } from './previous-version.ts'
import { AlreadyStarted, NotDeployable, StartRefused, TargetNotUsable } from './refusals.ts'
import { supersedeEarlier } from './supersede.ts'

/**
 * The one click. In one transaction, with the deployment's row locked: what may refuse is asked, the state becomes QUEUED
 * and the job is there. Of two people who press at once, the second is told who was first.
 */
export async function startDeployment(
  em: EntityManager,
  services: Pick<Services, 'jobs' | 'startGates' | 'integrations'>,
  viewer: Viewer,
  input: MoveInput,
): Promise<Deployment> {
  const deployment = await deploymentFor(em, viewer, 'deployment.start', input.id)
  if (!deploymentLifecycle.next(deployment.state, 'start')) {
    if (!deployment.startedById)
      throw new IllegalTransition(deploymentLifecycle, deployment.displayName, deployment.state, 'start')
    throw new AlreadyStarted(deployment, await nameOf(em, deployment.startedById))
  }
  expectVersion(deployment, input.expectedVersion)
  const refusals = await usable(em, services, deployment)
  for (const gate of services.startGates) refusals.push(...(await gate.check(em, deployment, viewer)))
  if (refusals.length > 0) throw refusals.length === 1 ? refusals[0]! : new StartRefused(deployment, refusals)

  const why = because(viewer, input.reason)
  await recordPreviousVersions(em, deployment)
  deployment.startedById = viewer.accountId
  deployment.startedAt = new Date()
  deployment.finishedAt = null
  if (deployment.distribution === 'MANUAL') {
    deployment.instructions = await generalInstructions(em, services.integrations, deployment)
  }
  await move(em, deployment, deploymentLifecycle, 'start', why)
  await supersedeEarlier(em, deployment, why.by)
  if (deployment.distribution === 'MANUAL') await move(em, deployment, deploymentLifecycle, 'begin', { by: null })
  else await wakeEngine(em, services.jobs, deployment.uuid)
  return deployment
}

/**
 * What nobody may override: the package can be had, and every target that will be worked on is still an authorized item of
 * the task and reached through the product. The items stay locked until the start is committed.
 */
export async function usable(
  em: EntityManager,
  services: Pick<Services, 'integrations'>,
  deployment: Deployment,
): Promise<Refusal[]> {
  return [...(await sourceRefusals(em, services, deployment)), ...(await targetRefusals(em, deployment))]
}

async function sourceRefusals(
  em: EntityManager,
  services: Pick<Services, 'integrations'>,
  deployment: Deployment,
): Promise<Refusal[]> {
  const source = (await row<{ number: string; state: string; held: boolean; package: string }>(
    em,
    `select v.number, v.state, v.held, k.name as package from package_version v join package k on k.uuid = v.package_id
     where v.uuid = $1 for share of v`,
    [deployment.sourceId],
  ))!
  const name = `${source.package} ${source.number}`
  const facts = { itemId: toNodeId('pkv', deployment.sourceId), evidence: { state: source.state, held: source.held } }
  if (source.state !== 'AVAILABLE')
    return [new NotDeployable(`${name} is ${source.state} in the library.`, { ...facts, rule: 'source available' })]
  if (deployment.distribution === 'MANUAL') return []
  const kind = await row<{ kind: string }>(em, `select kind from management_product where uuid = $1`, [
    deployment.productId,
  ])
  if (services.integrations.get(kind?.kind ?? '')?.mode === 'automatic') return []
  const missing = `There is no integration module "${kind?.kind}" any more, through which ${name} was to go.`
  return [new NotDeployable(missing, { ...facts, rule: 'module present' })]
}

interface TargetCheck {
  uuid: string
  name: string
  state: string
  product_id: string | null
  native_key: string | null
  planned: boolean
}

async function targetRefusals(em: EntityManager, deployment: Deployment): Promise<Refusal[]> {
  await holdTask(em, deployment.taskId)
  const found = await rows<TargetCheck>(
    em,
    `select i.uuid, i.name, i.state, i.product_id, i.native_key,
       exists (select 1 from task_target k where k.task_id = $2 and k.item_id = i.uuid) as planned
     from deployment_target t join configuration_item i on i.uuid = t.item_id
     where t.deployment_id = $1 and t.state in ('PENDING', 'DEFERRED') order by i.uuid for share of i`,
    [deployment.uuid, deployment.taskId],
  )
  const refusals: Refusal[] = []
  for (const item of found) {
    const fault = faultOf(item, deployment)
    if (!fault) continue
    const [why, rule] = fault
    const evidence = { state: item.state, planned: item.planned }
    refusals.push(new TargetNotUsable(`${item.name} ${why}`, { itemId: toNodeId('ci', item.uuid), rule, evidence }))
  }
  if (found.length === 0) {
    const none = new NotDeployable(`${deployment.displayName} has no target left to work on.`, {
      rule: 'targets defined',
    })
    refusals.push(none)
  }
  return refusals
}

function faultOf(item: TargetCheck, deployment: Deployment): [why: string, rule: string] | null {
  if (!(authorizedStates as readonly string[]).includes(item.state)) {
    return [`is ${item.state}: only an authorized item can be a target.`, 'target authorized']
  }
  if (!item.planned) return ['is no target of the task any more.', 'target of the task']
  if (deployment.distribution === 'MANUAL') return null
  if (item.product_id !== deployment.productId || !item.native_key) {
    return ['is not reached through the product that the package is bound to.', 'target reached by the product']
  }
  return null
}

async function nameOf(em: EntityManager, accountId: string): Promise<string> {
  return (await row<{ name: string }>(em, `select name from account where uuid = $1`, [accountId]))?.name ?? 'somebody'
}
