/** Promotion: what discovery saw becomes, or is linked to, authorized configuration items. Done twice it makes nothing new. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { changedMany, type Because } from '../kernel/move.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { type ActualItem } from '../discovery/actual-item.entity.ts'
import { lockContainment } from '../item/containment.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { addItems, becauseOf, itemsByUuid, lockItems } from '../item/item.service.ts'
import { lockNames } from '../item/names.ts'
import { keepPromotions, type Promoted } from './item-promotion.store.ts'
import { candidatesFor } from './link.ts'
import { allMappings, becomes, fittingClasses } from './promotion-mapping.ts'
import { planOf, requirePromoter, type WhatToPromote } from './promotion-plan.ts'
import type { PromotionScope } from './promotion-scope.entity.ts'
import { relateLinked } from './relate-linked.ts'

export interface PromoteInput extends WhatToPromote {
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
  requirePromoter(viewer)
  await lockPromotion(em)
  // Before any item is locked, as everybody does who relates items.
  await lockContainment(em)
  const { scope, chosen, along } = await planOf(em, catalogue, input)
  return promote(em, catalogue, [...chosen, ...along], scope, becauseOf(viewer, input.reason), !input.everything)
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
  const linked = await linkedAmong(em, uuids)
  const fresh = actuals.filter(({ uuid }) => !linked.has(uuid))
  // Before it is looked whether somebody made one of them by hand.
  await lockNames(
    em,
    fresh.map(({ name }) => name),
  )
  const fits = fittingClasses(catalogue, await allMappings(em))
  const candidates = await candidatesFor(em, fresh, fits)
  if (isChosen) refuseAmbiguous(fresh, candidates)
  const claims = claimsOf(candidates)
  const pairs = fresh.flatMap((actual) => {
    const found = candidates.get(actual.uuid) ?? []
    return isOnly(found, claims) ? [[actual, found[0]!] as const] : []
  })
  await linkItems(em, pairs, because)
  const made = fresh
    .filter(({ uuid }) => !candidates.get(uuid)?.length)
    .map((actual) => ({ actual, item: authorizedFrom(catalogue, actual, scope) }))
  await addItems(
    em,
    made.map(({ item }) => item),
    because,
    'promote',
  )
  const promoted = [
    ...pairs.map(([actual, itemId]): Promoted => ({ itemId, actual, fate: 'LINK' })),
    ...made.map(({ actual, item }): Promoted => ({ itemId: item.uuid, actual, fate: 'CREATE' })),
  ]
  await keepPromotions(em, promoted, scope)
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

type Candidates = ReadonlyMap<string, readonly string[]>

/** Which of these actual items are linked, with what: UUID by UUID. */
export async function linkedAmong(em: EntityManager, uuids: readonly string[]): Promise<Map<string, string>> {
  const found = await rows<{ actual: string; item: string }>(
    em,
    'select actual_item_id as actual, uuid as item from configuration_item where actual_item_id = any($1::uuid[])',
    [uuids],
  )
  return new Map(found.map(({ actual, item }) => [actual, item]))
}

/** How many of what was seen could be each item. */
export function claimsOf(candidates: Candidates): Map<string, number> {
  const claims = new Map<string, number>()
  for (const items of candidates.values()) for (const item of items) claims.set(item, (claims.get(item) ?? 0) + 1)
  return claims
}

/** Whether it can be only that one item, and nothing else that was seen can be it. */
export const isOnly = (found: readonly string[], claims: ReadonlyMap<string, number>) =>
  found.length === 1 && claims.get(found[0]!) === 1

function refuseAmbiguous(fresh: readonly ActualItem[], candidates: Candidates): void {
  const claims = claimsOf(candidates)
  for (const actual of fresh) {
    const found = candidates.get(actual.uuid) ?? []
    if (found.length === 0 || isOnly(found, claims)) continue
    const others = fresh.filter(({ uuid }) => uuid !== actual.uuid && candidates.get(uuid)?.includes(found[0]!))
    const message =
      found.length > 1
        ? `${actual.name} could be any of ${found.length} configuration items of that name and class, so it was not linked.`
        : `${actual.name} (${actual.className}) and ${others[0]!.name} (${others[0]!.className}) could both be one configuration item, so neither was linked.`
    throw new BadInput(message, {
      itemId: actual.id,
      rule: 'one candidate',
      evidence: { candidates: found.map((uuid) => toNodeId('ci', uuid)) },
    })
  }
}

/** A new authorized item of the class and with the values that the scope gives it. */
function authorizedFrom(catalogue: Catalogue, actual: ActualItem, scope: PromotionScope): ConfigurationItem {
  const { name, nativeKey, productId } = actual
  const { className, state, attributes } = becomes(catalogue, actual, scope)
  const facts = { name, className, nativeKey, productId, attributes, actualItemId: actual.uuid, state }
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
