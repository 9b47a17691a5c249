import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { reaches, requireReach } from '../kernel/authorize.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { IllegalTransition } from '../kernel/lifecycle.ts'
import { changed, expectVersion, type Because } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { lockContainment } from '../item/containment.ts'
import type { ItemGate } from '../item/item.gate.ts'
import { becauseOf } from '../item/item.service.ts'
import { acceptEach } from './accept.ts'
import { keepApartByRule } from './keep-apart.ts'
import { linkByHand, settle } from './link-by-hand.ts'
import { MATCHES } from './matches.ts'
import { lockPromotion, promoteItems } from './promote.ts'
import { NOT_RELATED } from './relate-linked.ts'
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
  itemAction?: string | null
  itemId?: string | null
  comment?: string | null
  expectedVersion?: number | null
  reason?: string | null
}

/** What a person may do with a result: what its kind gives sense to, as far as its state allows it. */
export function actionsOn(result: ReconciliationResult): ResultAction[] {
  const isLeftOut = result.code === NOT_RELATED
  const isUnlinked = result.kind === 'UNEXPECTED' || (result.kind === 'LINK_FAILURE' && !isLeftOut)
  const makesSense: Partial<Record<ResultAction, boolean>> = {
    acceptActual: isLeftOut || ['MISMATCH', 'MISSING', 'UNEXPECTED'].includes(result.kind),
    link: isUnlinked,
    keepApart: result.kind === 'LINK_FAILURE',
    close: false,
  }
  return resultLifecycle.actionsFrom(result.state).filter((action) => makesSense[action] ?? true)
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
  // Before any row is locked, as everybody does who promotes or relates items.
  if (inputs.some(({ action }) => action === 'acceptActual' || action === 'link')) {
    await lockPromotion(em)
    await lockContainment(em)
  }
  const decisions: Decision[] = []
  for (const input of inputs) decisions.push(await decisionOn(em, input, viewer))
  const following = decisions.filter(({ action, result }) => action === 'acceptActual' && result.kind !== 'UNEXPECTED')
  const acceptances = following.map(({ result, input }) => ({
    result,
    because: becauseOf(viewer, input.reason ?? input.comment),
    itemAction: input.itemAction,
  }))
  await acceptEach(em, catalogue, acceptances, viewer, gates)
  for (const decision of decisions) await carryOut(em, catalogue, decision, viewer, gates)
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
  if (!result) await refuseMatch(em, uuid, viewer)
  if (!result || !reaches(viewer, 'estate.read', result.scopeIds)) throw new NotFound('reconciliation result', input.id)
  requireReach(viewer, 'item.promote', result)
  expectVersion(result, input.expectedVersion)
  const action = actionsOn(result).find((one) => one === input.action)
  if (!action) throw new IllegalTransition(resultLifecycle, result.displayName, result.state, input.action)
  return { input, result, action }
}

/** A match is listed as a result, and nothing about it can be decided. */
async function refuseMatch(em: EntityManager, uuid: string, viewer: Viewer): Promise<void> {
  const match = await row<{ message: string; scopes: string[] }>(
    em,
    `select m.message, m.scope_ids::text[] as scopes from ${MATCHES} m where m.uuid = $1`,
    [uuid],
  )
  if (!match || !reaches(viewer, 'estate.read', match.scopes)) return
  throw new BadInput(`${match.message} There is nothing to decide about a match.`, {
    itemId: toNodeId('rcn', uuid),
    rule: 'something to decide',
  })
}

async function carryOut(
  em: EntityManager,
  catalogue: Catalogue,
  { input, result, action }: Decision,
  viewer: Viewer,
  gates: readonly ItemGate[],
): Promise<void> {
  const because = becauseOf(viewer, input.reason ?? input.comment)
  if (action === 'acceptActual' && result.kind === 'UNEXPECTED') {
    const actualItemIds = [toNodeId('act', result.actualItemId!)]
    await promoteItems(em, catalogue, { actualItemIds, reason: because.reason }, viewer)
  }
  // To link a pair answers this result with all others about what was seen.
  if (action === 'link') return void (await linkByHand(em, catalogue, pairOf(result, input), viewer, gates))
  if (action === 'keepApart') await keepApartByRule(em, result, because)
  await settle(em, result, action, because, input.comment)
}

function pairOf(result: ReconciliationResult, { itemId, comment, reason }: ResolveInput) {
  if (itemId) return { actualItemId: toNodeId('act', result.actualItemId!), itemId, comment, reason }
  throw new BadInput('Say with which configuration item it is linked: give itemId.', {
    field: ['itemId'],
    itemId: result.id,
    rule: 'which item',
  })
}
