/** A person says which item it is that was seen, where no rule could; that answers every open result about it. */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { record } from '../kernel/events.ts'
import { move, type Because } from '../kernel/move.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import type { ItemGate } from '../item/item.gate.ts'
import { becauseOf, lockItem, refuseDecommissioned } from '../item/item.service.ts'
import { requireChangeable } from '../item/protection.ts'
import { linkItems, lockPromotion } from './promote.ts'
import { allMappings, fittingClasses, type ClassFit } from './promotion-mapping.ts'
import { ReconciliationResult } from './reconciliation-result.entity.ts'
import { resultLifecycle, type ResultAction } from './reconciliation.lifecycle.ts'
import { NOT_RELATED } from './relate-linked.ts'

export interface PairToLink {
  actualItemId: string
  itemId: string
  comment?: string | null
  reason?: string | null
}

/** Links a pair; what people authorized stays as it is. A person says what the item is, so it asks for a protected one. */
export async function linkByHand(
  em: EntityManager,
  catalogue: Catalogue,
  input: PairToLink,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ConfigurationItem> {
  await lockPromotion(em)
  const item = await lockItem(em, input.itemId, viewer, 'item.promote', ['itemId'])
  refuseDecommissioned(item)
  const uuid = uuidOf(input.actualItemId, 'act', ['actualItemId'])
  const actual = await em.findOne(ActualItem, uuid, { lockMode: LockMode.PESSIMISTIC_READ })
  if (!actual) throw new NotFound('actual item', input.actualItemId, ['actualItemId'])
  const refuse = (message: string, rule: string) => new BadInput(message, { itemId: item.id, rule, field: ['itemId'] })
  if (item.actualItemId) throw refuse(`${item.name} is linked with what was seen already.`, 'linked once')
  const fits = fittingClasses(catalogue, await allMappings(em))
  const isFit = (one: ClassFit) => one.seen === actual.className && one.item === item.className
  if (item.className !== actual.className && !fits.some(isFit)) {
    throw refuse(
      `${item.name} is a ${item.className}, and ${actual.name} was seen as a ${actual.className}. No promotion scope makes the one of the other.`,
      'one class',
    )
  }
  const other = await row<{ name: string }>(em, 'select name from configuration_item where actual_item_id = $1', [uuid])
  if (other) throw refuse(`${actual.name} is linked with ${other.name} already.`, 'linked once')
  await requireChangeable(em, catalogue, gates, [item], viewer)
  const because = becauseOf(viewer, input.reason ?? input.comment)
  await linkItems(em, [[actual, item.uuid]], because)
  const said = input.comment ?? `It was linked with ${item.name} by hand.`
  for (const result of await openAbout(em, uuid)) await settle(em, result, 'link', because, said)
  return em.refreshOrFail(item)
}

/** Of every task: that it is not linked is all that these say. */
const openAbout = (em: EntityManager, actualItemId: string) =>
  em.find(
    ReconciliationResult,
    {
      actualItemId,
      state: { $in: ['OPEN', 'IGNORED'] },
      $or: [{ kind: 'UNEXPECTED' }, { kind: 'LINK_FAILURE', code: { $ne: NOT_RELATED } }],
    },
    { orderBy: { uuid: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )

/** Moves a result with who said so and what. */
export async function settle(
  em: EntityManager,
  result: ReconciliationResult,
  action: ResultAction,
  because: Because,
  comment: string | null | undefined,
): Promise<void> {
  Object.assign(result, { comment: comment ?? null, resolvedBy: because.by, resolvedAt: new Date() })
  await move(em, result, resultLifecycle, action, because)
  const { runId, scopeIds } = result
  if (runId) await record(em, { topic: 'reconciliation.changed', subject: runId, scopeIds, actor: because.by })
}
