import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import type { KnownItem } from './change-set.ts'

/**
 * What a product knows already, what others know under one of these strong identities, and what only a confirmation has
 * seen so far under a key of the product.
 */
export async function knownTo(
  em: EntityManager,
  productId: string,
  identities: readonly string[],
): Promise<KnownItem[]> {
  const found = await rows<{
    uuid: string
    class_name: string
    name: string
    identity: string | null
    state: KnownItem['state']
    attributes: Record<string, unknown>
    native_key: string | null
    observed: Record<string, unknown> | null
    seen_elsewhere: boolean
  }>(
    em,
    `select a.uuid, a.class_name, a.name, a.identity, a.state, a.attributes, coalesce(o.native_key, n.native_key) as native_key, o.attributes as observed,
       exists (select from observation e where e.actual_item_id = a.uuid and e.current and not e.missing
         and e.product_id is not null and e.product_id <> $1) as seen_elsewhere
     from actual_item a
     left join observation o on o.actual_item_id = a.uuid and o.current and o.source = $2
     left join actual_item n on n.uuid = a.uuid and n.product_id = $1
       and not exists (select from observation e where e.actual_item_id = a.uuid and e.product_id is not null)
     where o.uuid is not null or n.uuid is not null or a.identity = any($3::text[])`,
    [productId, sourceOf(productId), identities],
  )
  return found.map((one) => ({
    uuid: one.uuid,
    className: one.class_name,
    name: one.name,
    identity: one.identity,
    state: one.state,
    attributes: one.attributes,
    nativeKey: one.native_key,
    observed: one.observed,
    seenElsewhere: one.seen_elsewhere,
  }))
}

/** The name of a product as a source of observations. */
export const sourceOf = (productId: string) => `product:${productId}`
