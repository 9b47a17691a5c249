/** What a list of items is narrowed by, as SQL. */
import { uuidOf } from '../kernel/node-id.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { authorizedStates } from './item.lifecycle.ts'
import type { ConfigurationItemFilter } from './item.inputs.ts'

/** SQL conditions over `configuration_item x`; pushes onto `values`. */
export function itemConditions(catalogue: Catalogue, filter: ConfigurationItemFilter, values: unknown[]): string[] {
  const where: string[] = []
  const add = (value: unknown, condition: (place: string) => string) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  const targetable = catalogue.classes.filter((one) => one.isTargetable).map((one) => one.name)
  if (filter.search) add(filter.search, (text) => `strpos(lower(x.name), lower(${text}::text)) > 0`)
  if (filter.classNames)
    add(catalogue.withSubclasses(filter.classNames), (names) => `x.class_name = any(${names}::text[])`)
  if (filter.states) add(filter.states, (states) => `x.state = any(${states}::text[])`)
  const inside = (sites: string) =>
    `x.scope_ids && ${sites}::uuid[] and array_remove(x.scope_ids, x.uuid) && ${sites}::uuid[]`
  if (filter.siteId) add([uuidOf(filter.siteId, 'ci', ['filter', 'siteId'])], inside)
  if (filter.siteIds) {
    add(
      filter.siteIds.map((id) => uuidOf(id, 'ci', ['filter', 'siteIds'])),
      inside,
    )
  }
  const reachedThrough = (products: string) => `x.product_id = any(${products}::uuid[])`
  if (filter.productId) add([uuidOf(filter.productId, 'prd', ['filter', 'productId'])], reachedThrough)
  if (filter.productIds) {
    add(
      filter.productIds.map((id) => uuidOf(id, 'prd', ['filter', 'productIds'])),
      reachedThrough,
    )
  }
  if (filter.authorized != null) {
    add(authorizedStates, (states) => `(x.state = any(${states}::text[])) = ${filter.authorized}`)
  }
  if (filter.targetable != null) {
    add(targetable, (names) => `(x.class_name = any(${names}::text[])) = ${filter.targetable}`)
  }
  return where
}
