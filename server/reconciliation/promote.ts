/** Promotion: what discovery saw becomes, or is linked to, authorized configuration items. Done twice it makes nothing new. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, Forbidden, NotFound } from '../kernel/errors.ts'
import { lean } from '../kernel/lean.ts'
import { changedMany, type Because } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { lockContainment } from '../item/containment.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { addItems, becauseOf, itemsByUuid, lockItems } from '../item/item.service.ts'
import { lockNames } from '../item/names.ts'
import { candidatesFor } from './link.ts'
import { PromotionScope } from './promotion-scope.entity.ts'
import { relateLinked } from './relate-linked.ts'

export interface PromoteInput {
  actualItemIds?: string[] | null
  everything?: boolean | null
  scopeId?: string | null
  reason?: string | null
}

/** Linking and promoting happen one after the other, so that no item is made twice. */
const PROMOTION_LOCK = 7_296_032

export const lockPromotion = (em: EntityManager) => rows(em, 'select pg_advisory_xact_lock($1)', [PROMOTION_LOCK])

/** Answers the configuration items of all that was asked for, new or known before. */
export async function promoteItems(
  em: EntityManager,
  catalogue: Catalogue,
  input: PromoteInput,
  viewer: Viewer,
): Promise<ConfigurationItem[]> {
  if (viewer.reach('item.promote') !== 'estate') {
    throw new Forbidden(
      `${viewer.name} may promote only within a scope, but what discovery saw is in none before it is promoted. It takes item.promote for the whole estate.`,
      { rule: 'item.promote' },
    )
  }
  await lockPromotion(em)
  // Before any item is locked, as everybody does who relates items.
  await lockContainment(em)
  const scope = await scopeOf(em, input.scopeId)
  const roots = await rootsOf(em, catalogue, input, scope)
  const all = scope.includesRelated ? [...roots, ...(await relatedTo(em, roots))] : roots
  return promote(em, catalogue, all, scope, becauseOf(viewer, input.reason), !input.everything)
}

async function scopeOf(em: EntityManager, scopeId?: string | null): Promise<PromotionScope> {
  const found = await row<object>(
    em,
    `select * from promotion_scope where $1::uuid is null or uuid = $1 order by created_at, uuid limit 1`,
    [scopeId == null ? null : uuidOf(scopeId, 'psc', ['scopeId'])],
  )
  if (!found) throw new NotFound('promotion scope', scopeId ?? 'at all', ['scopeId'])
  return lean(em, PromotionScope, [found])[0]!
}

async function rootsOf(
  em: EntityManager,
  catalogue: Catalogue,
  input: PromoteInput,
  scope: PromotionScope,
): Promise<ActualItem[]> {
  if (input.everything) {
    const found = await rows<object>(em, `select * from actual_item where class_name = any($1) and state = 'PRESENT'`, [
      catalogue.withSubclasses([scope.className]),
    ])
    return lean(em, ActualItem, found)
  }
  const ids = input.actualItemIds ?? []
  if (ids.length === 0) {
    throw new BadInput('Say what to promote: give actualItemIds, or everything: true.', { field: ['actualItemIds'] })
  }
  const uuids = ids.map((id) => uuidOf(id, 'act', ['actualItemIds']))
  const found = lean(
    em,
    ActualItem,
    await rows<object>(em, 'select * from actual_item where uuid = any($1::uuid[])', [uuids]),
  )
  for (const uuid of uuids) {
    const item = found.find((one) => one.uuid === uuid)
    if (!item) throw new NotFound('actual item', toNodeId('act', uuid), ['actualItemIds'])
    refuseUnfit(catalogue, item, input.scopeId == null ? null : scope)
  }
  return found
}

function refuseUnfit(catalogue: Catalogue, item: ActualItem, scope: PromotionScope | null): void {
  if (item.state !== 'PRESENT') {
    throw new BadInput(`${item.name} is ${item.state}: discovery does not see it now, so it cannot be promoted.`, {
      field: ['actualItemIds'],
      itemId: item.id,
      rule: 'present',
    })
  }
  if (scope && !catalogue.isA(item.className, scope.className)) {
    throw new BadInput(
      `${item.name} is a ${item.className}, and the scope "${scope.name}" is for ${scope.className}.`,
      {
        field: ['actualItemIds'],
        itemId: item.id,
        rule: 'class of the scope',
      },
    )
  }
}

/** Where the items are, and the software on them. */
async function relatedTo(em: EntityManager, roots: readonly ActualItem[]): Promise<ActualItem[]> {
  const uuids = roots.map(({ uuid }) => uuid)
  const found = await rows<object>(
    em,
    `select * from actual_item where state = 'PRESENT' and uuid <> all($1::uuid[]) and uuid in (
       select target_id from actual_relationship where gone_at is null and type = 'locatedIn' and source_id = any($1::uuid[])
       union
       select source_id from actual_relationship where gone_at is null and type = 'runsOn' and target_id = any($1::uuid[]))`,
    [uuids],
  )
  return lean(em, ActualItem, found)
}

async function promote(
  em: EntityManager,
  catalogue: Catalogue,
  actuals: readonly ActualItem[],
  scope: PromotionScope,
  because: Because,
  isChosen: boolean,
): Promise<ConfigurationItem[]> {
  const uuids = actuals.map(({ uuid }) => uuid)
  const linked = await rows<{ actual_item_id: string }>(
    em,
    'select actual_item_id from configuration_item where actual_item_id = any($1::uuid[])',
    [uuids],
  )
  const isLinked = new Set(linked.map((one) => one.actual_item_id))
  const fresh = actuals.filter(({ uuid }) => !isLinked.has(uuid))
  // Before it is looked whether somebody made one of them by hand.
  await lockNames(
    em,
    fresh.map(({ name }) => name),
  )
  const candidates = await candidatesFor(em, fresh)
  const ambiguous = fresh.find(({ uuid }) => (candidates.get(uuid)?.length ?? 0) > 1)
  if (ambiguous && isChosen) {
    const names = candidates.get(ambiguous.uuid)!.length
    throw new BadInput(
      `${ambiguous.name} could be any of ${names} configuration items of that name and class, so it was not linked.`,
      {
        itemId: ambiguous.id,
        rule: 'one candidate',
        evidence: { candidates: candidates.get(ambiguous.uuid)!.map((uuid) => toNodeId('ci', uuid)) },
      },
    )
  }
  const one = (actual: ActualItem) => candidates.get(actual.uuid)?.length === 1
  await linkItems(
    em,
    fresh.filter(one).map((actual) => [actual, candidates.get(actual.uuid)![0]!]),
    because,
  )
  const made = fresh
    .filter(({ uuid }) => !candidates.get(uuid)?.length)
    .map((actual) => authorizedFrom(catalogue, actual, scope))
  await addItems(em, made, because, 'promote')
  await relateLinked(em, catalogue, uuids, because)
  const items = await rows<{ uuid: string }>(
    em,
    'select uuid from configuration_item where actual_item_id = any($1::uuid[])',
    [uuids],
  )
  return itemsByUuid(
    em,
    items.map(({ uuid }) => uuid),
    null,
  )
}

/** A new authorized item with the values that the scope copies. */
function authorizedFrom(catalogue: Catalogue, actual: ActualItem, scope: PromotionScope): ConfigurationItem {
  const { name, className, nativeKey, productId } = actual
  const wanted = catalogue.isA(className, scope.className) && scope.attributes.length > 0 ? scope.attributes : null
  const copied = catalogue.attributesOf(className).filter((rule) => (wanted ? wanted.includes(rule.name) : rule.copied))
  const attributes = Object.fromEntries(
    copied.filter((rule) => rule.name in actual.attributes).map((rule) => [rule.name, actual.attributes[rule.name]]),
  )
  const facts = {
    name,
    className,
    nativeKey,
    productId,
    attributes,
    actualItemId: actual.uuid,
    state: 'PRODUCTION' as const,
  }
  return Object.assign(new ConfigurationItem(), facts)
}

/** Links pairs of actual and configuration item; what people authorized stays as it is. */
export async function linkItems(
  em: EntityManager,
  pairs: readonly (readonly [ActualItem, string])[],
  because: Because,
): Promise<void> {
  const items = new Map(
    (
      await lockItems(
        em,
        pairs.map(([, uuid]) => uuid),
      )
    ).map((item) => [item.uuid, item]),
  )
  for (const [actual, uuid] of pairs) {
    const item = items.get(uuid)!
    item.actualItemId = actual.uuid
    item.productId ??= actual.productId
    item.nativeKey ??= actual.nativeKey
  }
  await changedMany(em, [...items.values()], 'link', because)
}
