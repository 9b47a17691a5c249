import { isDeepStrictEqual } from 'node:util'
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { reaches, requireReach } from '../kernel/authorize.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { record } from '../kernel/events.ts'
import { IllegalTransition } from '../kernel/lifecycle.ts'
import { changed, expectVersion, move, type Because } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import type { ItemGate } from '../item/item.gate.ts'
import { becauseOf, lockItems, refuseDecommissioned } from '../item/item.service.ts'
import { requireChangeable } from '../item/protection.ts'
import { promoteItems } from './promote.ts'
import { RECONCILIATION_QUEUE } from './reconciliation.job.ts'
import { ReconciliationResult } from './reconciliation-result.entity.ts'
import { ReconciliationRun } from './reconciliation-run.entity.ts'
import { resultLifecycle, type ResultAction } from './reconciliation.lifecycle.ts'
import { taskToRun } from './task-to-run.ts'

/** Has the two sides of a task compared, in the background; one run at a time. */
export async function startReconciliation(
  em: EntityManager,
  services: Pick<Services, 'jobs'>,
  because: Because,
  { taskId, dryRun = false }: { taskId?: string | null; dryRun?: boolean } = {},
): Promise<ReconciliationRun> {
  const task = await taskToRun(em, taskId)
  const busy = await row<{ uuid: string; number: string }>(
    em,
    `select uuid, number from reconciliation_run where state in ('QUEUED', 'RUNNING')`,
  )
  if (busy) {
    throw new BadInput(`${busy.number} is under way already. Wait for it.`, {
      itemId: toNodeId('rcr', busy.uuid),
      rule: 'one run at a time',
    })
  }
  const next = await row<{ n: string }>(em, `select nextval('reconciliation_run_number') as n`)
  const run = Object.assign(new ReconciliationRun(), {
    number: `RCR-${next!.n}`,
    startedBy: because.by,
    taskId: task.uuid,
    dryRun,
  })
  await changed(em, run, 'create', because)
  await services.jobs.enqueue(em, RECONCILIATION_QUEUE, { runId: run.uuid })
  return run
}

export interface ResolveInput {
  id: string
  action: string
  comment?: string | null
  expectedVersion?: number | null
  reason?: string | null
}

/** What a person may do with a result; `acceptActual` where the authorized side can follow the actual one. */
export function actionsOn(result: ReconciliationResult): ResultAction[] {
  const canAccept = result.kind === 'MISMATCH' || result.kind === 'UNEXPECTED'
  return resultLifecycle
    .actionsFrom(result.state)
    .filter((action) => action !== 'close' && (action !== 'acceptActual' || canAccept))
}

/** Decides one result: takes over what was seen, resolves it otherwise, or ignores it. */
export async function resolveResult(
  em: EntityManager,
  catalogue: Catalogue,
  input: ResolveInput,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ReconciliationResult> {
  const [result] = await resolveEach(em, catalogue, [input], viewer, gates)
  return result!
}

/**
 * Decides all of them or none. What was seen is taken over into a protected item only under a release that lists it; the
 * other decisions change no item, and to take over what nobody expected is a promotion.
 */
export async function resolveEach(
  em: EntityManager,
  catalogue: Catalogue,
  inputs: readonly ResolveInput[],
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ReconciliationResult[]> {
  const decisions: Decision[] = []
  for (const input of inputs) decisions.push(await decisionOn(em, input, viewer))
  const following = decisions.filter(({ action, result }) => action === 'acceptActual' && result.kind === 'MISMATCH')
  const uuids = following.map(({ result }) => result.configurationItemId!)
  const items = new Map((await lockItems(em, [...new Set(uuids)])).map((item) => [item.uuid, item]))
  await requireChangeable(em, catalogue, gates, [...items.values()], viewer)
  for (const decision of decisions) await carryOut(em, catalogue, decision, items, viewer)
  return decisions.map(({ result }) => result)
}

interface Decision {
  input: ResolveInput
  result: ReconciliationResult
  action: ResultAction
}

async function decisionOn(em: EntityManager, input: ResolveInput, viewer: Viewer): Promise<Decision> {
  const uuid = uuidOf(input.id, 'rcn')
  const result = await em.findOne(ReconciliationResult, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!result || !reaches(viewer, 'estate.read', result.scopeIds)) throw new NotFound('reconciliation result', input.id)
  requireReach(viewer, 'item.promote', result)
  expectVersion(result, input.expectedVersion)
  const action = actionsOn(result).find((one) => one === input.action)
  if (!action) throw new IllegalTransition(resultLifecycle, result.displayName, result.state, input.action)
  return { input, result, action }
}

async function carryOut(
  em: EntityManager,
  catalogue: Catalogue,
  { input, result, action }: Decision,
  items: ReadonlyMap<string, ConfigurationItem>,
  viewer: Viewer,
): Promise<void> {
  const because = becauseOf(viewer, input.reason ?? input.comment)
  if (action === 'acceptActual') {
    if (result.kind === 'UNEXPECTED') await promoteActual(em, catalogue, result, viewer, because)
    else await acceptActual(em, result, items.get(result.configurationItemId!)!, because)
  }
  Object.assign(result, { comment: input.comment ?? null, resolvedBy: because.by, resolvedAt: new Date() })
  await move(em, result, resultLifecycle, action, because)
  const { runId, scopeIds } = result
  if (runId) await record(em, { topic: 'reconciliation.changed', subject: runId, scopeIds, actor: because.by })
}

async function promoteActual(
  em: EntityManager,
  catalogue: Catalogue,
  result: ReconciliationResult,
  viewer: Viewer,
  because: Because,
): Promise<void> {
  const actualItemIds = [toNodeId('act', result.actualItemId!)]
  await promoteItems(em, catalogue, { actualItemIds, reason: because.reason }, viewer)
}

async function acceptActual(
  em: EntityManager,
  result: ReconciliationResult,
  item: ConfigurationItem,
  because: Because,
): Promise<void> {
  const actual = await em.findOneOrFail(ActualItem, result.actualItemId!)
  refuseDecommissioned(item)
  if (item.actualItemId !== actual.uuid) {
    throw new BadInput(`${item.name} is not linked with ${actual.name} any more; reconcile again, then decide.`, {
      itemId: item.id,
      rule: 'still as compared',
    })
  }
  if (result.differences.length === 0) {
    throw new BadInput(
      `Only relationships of ${item.name} differ. Take them over on its page, or promote the item again.`,
      { itemId: item.id, rule: 'attributes to take' },
    )
  }
  const moved = result.differences.find(
    ({ attribute, actual: value }) => !isDeepStrictEqual(actual.attributes[attribute] ?? null, value),
  )
  if (moved) {
    throw new BadInput(
      `${moved.attribute} of ${item.name} was seen as ${JSON.stringify(actual.attributes[moved.attribute] ?? null)} since; reconcile again, then decide.`,
      { itemId: item.id, rule: 'still as compared', evidence: { ...moved } },
    )
  }
  const values = Object.fromEntries(result.differences.map(({ attribute, actual: value }) => [attribute, value]))
  item.attributes = { ...item.attributes, ...values }
  await changed(em, item, 'acceptActual', because, { changes: { attributes: values } })
}
