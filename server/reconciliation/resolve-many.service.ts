/** What a person decides by hand: many results at once, a pair to link, findings to ignore from now on. */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { requireReach } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { changed, expectVersion } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import type { ItemGate } from '../item/item.gate.ts'
import { becauseOf, lockItem, refuseDecommissioned } from '../item/item.service.ts'
import { requireChangeable } from '../item/protection.ts'
import { ReconciliationIgnoreRule } from './ignore-rule.entity.ts'
import { linkItems, lockPromotion } from './promote.ts'
import type { ReconciliationResult } from './reconciliation-result.entity.ts'
import { resolveEach } from './reconciliation.service.ts'
import type {
  ReconciliationIgnoreRuleSaveInput,
  ReconciliationLinkInput,
  ReconciliationResultsResolveInput,
} from './task.inputs.ts'

const MOST = 200

/** Decides all of them in one way, or none: the first that refuses undoes the others, and says which it is. */
export async function resolveResults(
  em: EntityManager,
  catalogue: Catalogue,
  input: ReconciliationResultsResolveInput,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<ReconciliationResult[]> {
  const ids = [...new Set(input.ids)]
  if (ids.length < 1 || ids.length > MOST) {
    throw new BadInput(`Give 1 to ${MOST} results; ${ids.length} were given.`, { field: ['ids'], rule: 'list size' })
  }
  const { action, itemAction, comment, reason } = input
  // In one order, so that two people who decide the same cannot wait for each other.
  const inputs = ids.toSorted().map((id) => ({ id, action, itemAction, comment, reason }))
  return resolveEach(em, catalogue, inputs, viewer, gates)
}

/** Links a pair that no rule could; what people authorized stays as it is. A person says what the item is, so it asks for a protected one. */
export async function linkByHand(
  em: EntityManager,
  catalogue: Catalogue,
  input: ReconciliationLinkInput,
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
  if (item.className !== actual.className) {
    throw refuse(
      `${item.name} is a ${item.className}, and ${actual.name} was seen as a ${actual.className}.`,
      'one class',
    )
  }
  const other = await row<{ name: string }>(em, 'select name from configuration_item where actual_item_id = $1', [uuid])
  if (other) throw refuse(`${actual.name} is linked with ${other.name} already.`, 'linked once')
  await requireChangeable(em, catalogue, gates, [item], viewer)
  const because = becauseOf(viewer, input.reason)
  await linkItems(em, [[actual, item.uuid]], because)
  return em.refreshOrFail(item)
}

/** Remembers what is not to be shown; takes effect with the next run of each task. */
export async function saveIgnoreRule(
  em: EntityManager,
  catalogue: Catalogue,
  input: ReconciliationIgnoreRuleSaveInput,
  viewer: Viewer,
): Promise<ReconciliationIgnoreRule> {
  const rule = input.id ? await lockRule(em, input.id) : new ReconciliationIgnoreRule()
  if (input.id) expectVersion(rule, input.expectedVersion)
  const itemId = input.configurationItemId
  const item = itemId ? await lockItem(em, itemId, viewer, 'item.promote', ['configurationItemId']) : null
  // A rule about no item of theirs would hide what others are to see.
  if (!item) requireReach(viewer, 'item.promote', { scopeIds: [], displayName: 'findings of the whole estate' })
  const reason = input.reason?.trim()
  if (!reason) throw new BadInput('Say why this is ignored.', { field: ['reason'], rule: 'reason' })
  const { kind = null, className = null, attribute = null } = input
  if (className && !catalogue.class(className)) {
    throw new BadInput(`There is no item class "${className}".`, { field: ['className'], rule: 'item class' })
  }
  const actualItemId = input.actualItemId == null ? null : uuidOf(input.actualItemId, 'act', ['actualItemId'])
  if (actualItemId && !(await row(em, 'select uuid from actual_item where uuid = $1', [actualItemId]))) {
    throw new NotFound('actual item', toNodeId('act', actualItemId), ['actualItemId'])
  }
  if (![kind, className, attribute, item, actualItemId].some(Boolean)) {
    throw new BadInput('A rule that names nothing would ignore everything. Name a kind, class, attribute or item.', {
      field: ['kind'],
      rule: 'ignore something',
    })
  }
  Object.assign(rule, {
    active: input.active ?? true,
    kind,
    className,
    attribute,
    configurationItemId: item?.uuid ?? null,
    actualItemId,
    reason,
    scopeIds: item?.scopeIds ?? [],
  })
  await changed(em, rule, input.id ? 'update' : 'create', becauseOf(viewer, reason))
  return rule
}

async function lockRule(em: EntityManager, id: string): Promise<ReconciliationIgnoreRule> {
  const uuid = uuidOf(id, 'rci')
  const rule = await em.findOne(ReconciliationIgnoreRule, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!rule) throw new NotFound('rule that ignores', id)
  return rule
}
