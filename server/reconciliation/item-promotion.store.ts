/** Through which promotion items came: written once, with the promotion, and read beside the item. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { rows } from '../kernel/sql.ts'
import type { ActualItem } from '../discovery/actual-item.entity.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import { ItemPromotion } from './item-promotion.type.ts'
import type { PromotionScope } from './promotion-scope.entity.ts'

/** What the promotion that is under way did to an item, by its UUID. */
export interface Promoted {
  itemId: string
  actual: Pick<ActualItem, 'className'>
  fate: ItemPromotion['fate']
}

/** The first promotion stays: an item that lost what was seen of it, and found it again, still came by that one. */
export async function keepPromotions(
  em: EntityManager,
  promoted: readonly Promoted[],
  scope: Pick<PromotionScope, 'uuid' | 'name'>,
): Promise<void> {
  if (promoted.length === 0) return
  await rows(
    em,
    `insert into item_promotion (item_id, change_id, scope_id, scope_name, seen_class, fate)
     select p.item, (select current_graph_change()), $1, $2, p.seen, p.fate from unnest($3::uuid[], $4::text[], $5::text[]) as p(item, seen, fate)
     on conflict do nothing`,
    [
      scope.uuid,
      scope.name,
      promoted.map(({ itemId }) => itemId),
      promoted.map(({ actual }) => actual.className),
      promoted.map(({ fate }) => fate),
    ],
  )
}

/** Null where there was none by then, and where the caller may not see the version of the item that it made. */
export function itemPromotionOf(context: Context, { uuid, asOf }: ConfigurationItem): Promise<ItemPromotion | null> {
  return batch(context, `itemPromotion@${asOf?.toISOString() ?? 'now'}`, uuid, async (uuids) => {
    const values: unknown[] = [uuids]
    const scope = scopeCondition(viewerOf(context), 'estate.read', 'v.scope_ids', values)
    if (asOf) values.push(asOf)
    const found = await rows<ItemPromotion>(
      context.em,
      `select p.item_id as "itemId", p.change_id as "changeId", p.scope_id as "scopeId", p.scope_name as "scopeName",
         p.seen_class as "actualClass", p.fate
       from item_promotion p join configuration_item_version v on v.uuid = p.item_id and v.change_id = p.change_id
       where p.item_id = any($1::uuid[])${scope ? ` and ${scope}` : ''}${asOf ? ` and v.valid_from <= $${values.length}` : ''}`,
      values,
    )
    return byKey(
      found.map((one) => Object.assign(new ItemPromotion(), one)),
      ({ itemId }) => itemId,
    )
  })
}
