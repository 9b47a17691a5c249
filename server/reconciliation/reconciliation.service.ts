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
import { becauseOf, lockItems, refuseProtected } from '../item/item.service.ts'
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
): Promise<ReconciliationResult> {
  const uuid = uuidOf(input.id, 'rcn')
  const result = await em.findOne(ReconciliationResult, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!result || !reaches(viewer, 'estate.read', result.scopeIds)) throw new NotFound('reconciliation result', input.id)
  requireReach(viewer, 'item.promote', result)
  expectVersion(result, input.expectedVersion)
  const action = actionsOn(result).find((one) => one === input.action)
  if (!action) throw new IllegalTransition(resultLifecycle, result.displayName, result.state, input.action)
  const because = becauseOf(viewer, input.reason ?? input.comment)
  if (action === 'acceptActual') await acceptActual(em, catalogue, result, viewer, because)
  Object.assign(result, { comment: input.comment ?? null, resolvedBy: because.by, resolvedAt: new Date() })
  await move(em, result, resultLifecycle, action, because)
  const { runId, scopeIds } = result
  if (runId) await record(em, { topic: 'reconciliation.changed', subject: runId, scopeIds, actor: because.by })
  return result
}

async function acceptActual(
  em: EntityManager,
  catalogue: Catalogue,
  result: ReconciliationResult,
  viewer: Viewer,
  because: Because,
): Promise<void> {
  if (result.kind === 'UNEXPECTED') {
    await promoteItems(
      em,
      catalogue,
      { actualItemIds: [toNodeId('act', result.actualItemId!)], reason: because.reason },
      viewer,
    )
    return
  }
  const [item] = await lockItems(em, [result.configurationItemId!])
  const actual = await em.findOneOrFail(ActualItem, result.actualItemId!)
  refuseProtected(item!)
  if (item!.actualItemId !== actual.uuid) {
    throw new BadInput(`${item!.name} is not linked with ${actual.name} any more; reconcile again, then decide.`, {
      itemId: item!.id,
      rule: 'still as compared',
    })
  }
  if (result.differences.length === 0) {
    throw new BadInput(
      `Only relationships of ${item!.name} differ. Take them over on its page, or promote the item again.`,
      { itemId: item!.id, rule: 'attributes to take' },
    )
  }
  const moved = result.differences.find(
    ({ attribute, actual: value }) => !isDeepStrictEqual(actual.attributes[attribute] ?? null, value),
  )
  if (moved) {
    throw new BadInput(
      `${moved.attribute} of ${item!.name} was seen as ${JSON.stringify(actual.attributes[moved.attribute] ?? null)} since; reconcile again, then decide.`,
      { itemId: item!.id, rule: 'still as compared', evidence: { ...moved } },
    )
  }
  const values = Object.fromEntries(result.differences.map(({ attribute, actual: value }) => [attribute, value]))
  item!.attributes = { ...item!.attributes, ...values }
  await changed(em, item!, 'acceptActual', because, { changes: { attributes: values } })
}
