/** How many actual items there are of each class, state, source, site and link under a filter; one statement a facet. */
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { rows } from '../kernel/sql.ts'
import { classesOf, mostOf, named } from '../item/facets.reads.ts'
import type { ItemFacet } from '../item/facets.types.ts'
import { validAt } from '../item/valid-at.ts'
import { actualList, linkedTo, toldAt } from './actual-filter.ts'
import type { ActualItemFacets, ActualItemFilter } from './actual.type.ts'

/** A class counts what is of its subclasses too, because choosing it shows them too. */
export async function actualClassFacet(context: Context, facets: ActualItemFacets): Promise<ItemFacet> {
  return classesOf(context.services.catalogue.now, await counted(context, facets, { classNames: null }, 'x.class_name'))
}

export async function actualStateFacet(context: Context, facets: ActualItemFacets): Promise<ItemFacet> {
  const found = await counted(context, facets, { states: null }, 'x.state')
  return mostOf(found.map(({ value, n }) => ({ value, label: value, count: Number(n) })))
}

export async function actualLinkFacet(context: Context, facets: ActualItemFacets): Promise<ItemFacet> {
  const linked = `exists (select from ${linkedTo('x.uuid', facets.at)})::text`
  const found = await counted(context, facets, { linked: null }, linked)
  const label = (value: string) => (value === 'true' ? 'Authorized' : 'Not yet authorized')
  return mostOf(found.map(({ value, n }) => ({ value, label: label(value), count: Number(n) })))
}

/** An item counts for each product that tells of it. */
export async function actualProductFacet(context: Context, facets: ActualItemFacets): Promise<ItemFacet> {
  const { from, where, values } = listed(context, facets, { productId: null, productIds: null })
  return named(
    context,
    'prd',
    `select p.uuid, p.name, c.n from (
       select o.product_id, count(distinct x.uuid) as n from ${from} join observation o on o.actual_item_id = x.uuid
       where ${[...where, toldAt(facets.at)].join(' and ')} group by 1
     ) c join management_product p on p.uuid = c.product_id`,
    values,
  )
}

/** A site counts what is authorized inside it at any depth; sites that the caller does not see are no value. */
export async function actualSiteFacet(context: Context, facets: ActualItemFacets): Promise<ItemFacet> {
  const { from, where, values } = listed(context, facets, { siteIds: null })
  const { at } = facets
  const table = at ? 'configuration_item_version' : 'configuration_item'
  values.push(context.services.catalogue.now.withSubclasses(['Site']))
  const conditions = [
    `s.class_name = any($${values.length}::text[])`,
    ...(at ? [validAt('s')] : []),
    scopeCondition(viewerOf(context), 'estate.read', 's.scope_ids', values),
  ].filter(Boolean)
  return named(
    context,
    'ci',
    `with sites as materialized (select s.uuid, s.name from ${table} s where ${conditions.join(' and ')})
     select s.uuid, s.name, count(*) as n from ${from} join ${table} l on l.actual_item_id = x.uuid
       cross join lateral unnest(l.scope_ids) inside(uuid) join sites s on s.uuid = inside.uuid and s.uuid <> l.uuid
     where ${[...where, ...(at ? [validAt('l')] : [])].join(' and ') || 'true'} group by 1, 2`,
    values,
  )
}

/** `without` is the facet's own selection, which does not count. */
const listed = (context: Context, { filter, at }: ActualItemFacets, without: ActualItemFilter) =>
  actualList(context, { ...filter, ...without }, at)

function counted(context: Context, facets: ActualItemFacets, without: ActualItemFilter, value: string) {
  const { from, where, values } = listed(context, facets, without)
  return rows<{ value: string; n: string }>(
    context.em,
    `select ${value} as value, count(*) as n from ${from} where ${where.join(' and ') || 'true'} group by 1`,
    values,
  )
}
