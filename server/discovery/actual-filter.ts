/** What a list of actual items is narrowed by, as SQL, now or as of an earlier time. */
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import type {} from '../catalogue/keeper.ts'
import { validAt } from '../item/valid-at.ts'
import type { ActualItemFilter } from './actual.type.ts'

/** A list as SQL over items `x`. */
export interface ActualList {
  from: string
  where: string[]
  values: unknown[]
}

/** SQL: configuration items `c` that are linked to the actual item, now or at the time `$1`. */
export const linkedTo = (actual: string, at: Date | undefined) =>
  at
    ? `configuration_item_version c where c.actual_item_id = ${actual} and ${validAt('c')}`
    : `configuration_item c where c.actual_item_id = ${actual}`

/**
 * SQL: what a source told `o` holds, or held at the time `$1`. What was replaced held until the next was told, what was taken
 * away without another until it was told last.
 */
export const toldAt = (at: Date | undefined) =>
  at
    ? `o.first_at <= $1::timestamptz and (o.current or o.last_at >= $1::timestamptz or exists (select from observation n
        where n.actual_item_id = o.actual_item_id and n.source = o.source and n.first_at > $1::timestamptz))`
    : 'o.current'

/**
 * Who sees the whole estate sees all actual items; others those linked to a configuration item that they see, because
 * only promotion says where a thing belongs. `actual`: SQL of its UUID. Null: no condition needed. With `at` it is `$1`.
 */
export function visibleActual(context: Context, actual: string, values: unknown[], at?: Date): string | null {
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'c.scope_ids', values)
  return scope && `exists (select from ${linkedTo(actual, at)} and ${scope})`
}

/** The items that the caller sees under the filter. */
export function actualList(context: Context, filter: ActualItemFilter, at: Date | undefined): ActualList {
  const values: unknown[] = at ? [at] : []
  const where = [...(at ? [validAt('x')] : []), ...conditions(context, filter, values, at)]
  const visible = visibleActual(context, 'x.uuid', values, at)
  if (visible) where.push(visible)
  return { from: `${at ? 'actual_item_version' : 'actual_item'} x`, where, values }
}

function conditions(context: Context, filter: ActualItemFilter, values: unknown[], at: Date | undefined): string[] {
  const where: string[] = []
  const add = (value: unknown, condition: (place: string) => string) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  if (filter.search) add(filter.search, (text) => `strpos(lower(x.name), lower(${text}::text)) > 0`)
  if (filter.classNames) {
    const names = context.services.catalogue.now.withSubclasses(filter.classNames)
    add(names, (names) => `x.class_name = any(${names}::text[])`)
  }
  if (filter.states) add(filter.states, (states) => `x.state = any(${states}::text[])`)
  const toldBy = (products: string) =>
    `exists (select from observation o where o.actual_item_id = x.uuid and o.product_id = any(${products}::uuid[]) and ${toldAt(at)})`
  if (filter.productId) add([uuidOf(filter.productId, 'prd', ['filter', 'productId'])], toldBy)
  if (filter.productIds) {
    add(
      filter.productIds.map((id) => uuidOf(id, 'prd', ['filter', 'productIds'])),
      toldBy,
    )
  }
  if (filter.siteIds) {
    const sites = filter.siteIds.map((id) => uuidOf(id, 'ci', ['filter', 'siteIds']))
    const inside = (sites: string) => `array_remove(c.scope_ids, c.uuid) && ${sites}::uuid[]`
    add(sites, (sites) => `exists (select from ${linkedTo('x.uuid', at)} and ${inside(sites)})`)
  }
  if (filter.linked != null) where.push(`exists (select from ${linkedTo('x.uuid', at)}) = ${filter.linked}`)
  return where
}
