/** How many items there are of each class, state, site and product under a filter; one statement a facet. */
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { toNodeId, type NodePrefix } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type {} from '../catalogue/keeper.ts'
import type { ItemFacet, ItemFacets, ItemFacetValue } from './facets.types.ts'
import { itemConditions } from './item-filter.ts'
import type { ConfigurationItemFilter } from './item.inputs.ts'
import { validAt } from './valid-at.ts'

/** How many values a facet tells. */
const MOST = 50

/** A class counts what is of its subclasses too, because choosing it shows them too. */
export async function classFacet(context: Context, facets: ItemFacets): Promise<ItemFacet> {
  const query = listed(context, facets, { classNames: null })
  const found = await rows<{ value: string; n: string }>(
    context.em,
    `select x.class_name as value, count(*) as n from ${query.from} where ${query.where} group by 1`,
    query.values,
  )
  return classesOf(context.services.catalogue.now, found)
}

/** The counts of classes by themselves as a facet. */
export function classesOf(catalogue: Catalogue, counted: readonly { value: string; n: string }[]): ItemFacet {
  const own = new Map(counted.map(({ value, n }) => [value, Number(n)]))
  const count = (name: string) => catalogue.withSubclasses([name]).reduce((sum, one) => sum + (own.get(one) ?? 0), 0)
  const values = [...own.keys()].map((name) => ({
    value: name,
    label: catalogue.class(name)?.title ?? name,
    count: count(name),
  }))
  return mostOf(values)
}

export async function stateFacet(context: Context, facets: ItemFacets): Promise<ItemFacet> {
  const query = listed(context, facets, { states: null })
  const found = await rows<{ value: string; n: string }>(
    context.em,
    `select x.state as value, count(*) as n from ${query.from} where ${query.where} group by 1`,
    query.values,
  )
  return mostOf(found.map(({ value, n }) => ({ value, label: value, count: Number(n) })))
}

/** A site counts what is inside it at any depth, as the filter does; sites that the caller does not see are no value. */
export async function siteFacet(context: Context, facets: ItemFacets): Promise<ItemFacet> {
  const query = listed(context, facets, { siteId: null, siteIds: null })
  query.values.push(context.services.catalogue.now.withSubclasses(['Site']))
  const conditions = [
    `s.class_name = any($${query.values.length}::text[])`,
    ...(facets.at ? [validAt('s')] : []),
    scopeCondition(viewerOf(context), 'estate.read', 's.scope_ids', query.values),
  ].filter(Boolean)
  return named(
    context,
    'ci',
    `with sites as materialized (select s.uuid, s.name from ${query.table} s where ${conditions.join(' and ')})
     select s.uuid, s.name, count(*) as n from ${query.from} cross join lateral unnest(x.scope_ids) inside(uuid)
       join sites s on s.uuid = inside.uuid and s.uuid <> x.uuid
     where ${query.where} group by 1, 2`,
    query.values,
  )
}

export async function productFacet(context: Context, facets: ItemFacets): Promise<ItemFacet> {
  const query = listed(context, facets, { productId: null, productIds: null })
  return named(
    context,
    'prd',
    `select p.uuid, p.name, c.n from (
       select x.product_id, count(*) as n from ${query.from} where ${query.where} group by 1
     ) c join management_product p on p.uuid = c.product_id`,
    query.values,
  )
}

/** The items that the caller sees under the filter; `without` is the facet's own selection, which does not count. */
function listed(context: Context, { filter, at }: ItemFacets, without: ConfigurationItemFilter) {
  const values: unknown[] = at ? [at] : []
  const table = at ? 'configuration_item_version' : 'configuration_item'
  const conditions = itemConditions(context.services.catalogue.now, { ...filter, ...without }, values)
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
  const where = [...(at ? [validAt('x')] : []), ...conditions, ...(scope ? [scope] : [])].join(' and ') || 'true'
  return { table, from: `${table} x`, where, values }
}

/** A facet of things with ids; `counts` is SQL of `uuid`, `name` and `n`. */
export async function named(
  context: Context,
  prefix: NodePrefix,
  counts: string,
  values: unknown[],
): Promise<ItemFacet> {
  const found = await rows<{ uuid: string; name: string; n: string; all: string }>(
    context.em,
    `select c.*, count(*) over () as all from (${counts}) c order by c.n desc, c.name, c.uuid limit ${MOST}`,
    values,
  )
  return {
    values: found.map(({ uuid, name, n }) => ({ value: toNodeId(prefix, uuid), label: name, count: Number(n) })),
    others: found.length === 0 ? 0 : Number(found[0]!.all) - found.length,
  }
}

export function mostOf(values: ItemFacetValue[]): ItemFacet {
  const sorted = values.toSorted((a, b) => b.count - a.count || a.label.localeCompare(b.label))
  return { values: sorted.slice(0, MOST), others: Math.max(0, sorted.length - MOST) }
}
