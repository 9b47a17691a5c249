import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import { boundedCounts, type BoundedCount } from '../kernel/bounded-count.ts'
import type { Page } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { instantOf } from '../kernel/moment.ts'
import { childPage, pageOf, type ListQuery } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import type {} from '../catalogue/keeper.ts'
import { itemOrder } from './item-order.ts'
import { ConfigurationItem } from './item.entity.ts'
import { itemConditions } from './item-filter.ts'
import type { ConfigurationItemFilter, ItemListArgs, RelationshipListArgs } from './item.inputs.ts'
import { itemsByUuid } from './item.service.ts'
import { Relationship, type RelationDirection } from './relationship.entity.ts'
import { relationshipsByUuid } from './relationship.service.ts'
import { validAt } from './valid-at.ts'

/** One item that the caller may see, now or as it was at an instant; batched over a level of the query. */
export function itemOf(context: Context, uuid: string, at?: Date): Promise<ConfigurationItem | null> {
  return batch(context, `item@${at?.toISOString() ?? 'now'}`, uuid, async (uuids) => {
    const found = at ? await itemsAt(context, uuids, at) : await itemsByUuid(context.em, uuids, viewerOf(context))
    return byKey(found, (item) => item.uuid)
  })
}

async function itemsAt(context: Context, uuids: string[], at: Date): Promise<ConfigurationItem[]> {
  const values: unknown[] = [at, uuids]
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
  const where = [validAt('x'), 'x.uuid = any($2::uuid[])', ...(scope ? [scope] : [])]
  const found = await rows<object>(
    context.em,
    `select x.* from configuration_item_version x where ${where.join(' and ')}`,
    values,
  )
  return asOf(lean(context.em, ConfigurationItem, found), at)
}

export function asOf<T extends { asOf?: Date }>(things: T[], at: Date | undefined): T[] {
  if (at) for (const thing of things) thing.asOf = at
  return things
}

/** The list of items, in the order that is asked for. */
export async function itemPage(context: Context, args: ItemListArgs): Promise<Page<ConfigurationItem>> {
  const { at: moment, filter, orderBy, ...page } = args
  const at = await instantOf(context, moment)
  const values: unknown[] = at ? [at] : []
  const table = at ? 'configuration_item_version' : 'configuration_item'
  const where = [...(at ? [validAt('x')] : []), ...itemConditions(context.services.catalogue.now, filter ?? {}, values)]
  const inScope = (alias: string) => scopeCondition(viewerOf(context), 'estate.read', `${alias}.scope_ids`, values)
  const scope = inScope('x')
  if (scope) where.push(scope)
  // A site that the caller does not see must not show through the order, nor in the cursor.
  const ofSite = orderBy?.field === 'SITE' && ['s.uuid = x.site_id', ...(at ? [validAt('s')] : []), inScope('s')]
  const query: ListQuery = {
    select: 'x.*',
    from: `${table} x${ofSite ? ` left join ${table} s on ${ofSite.filter(Boolean).join(' and ')}` : ''}`,
    where,
    values,
    ...itemOrder(orderBy ?? { field: 'NAME', direction: 'ASC' }),
  }
  return pageOf(context.em, query, page, (found) => asOf(lean(context.em, ConfigurationItem, found), at))
}

/** How many items there are of each filter, now. */
export function itemCounts(context: Context, filters: readonly ConfigurationItemFilter[]): Promise<BoundedCount[]> {
  const queries = filters.map((filter): ListQuery => {
    const values: unknown[] = []
    const where = itemConditions(context.services.catalogue.now, filter, values)
    const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
    if (scope) where.push(scope)
    return { select: 'x.*', from: 'configuration_item x', where, values, order: [] }
  })
  return boundedCounts(context.em, queries)
}

/** The relationships of one item, from both ends, of which the caller sees the other end. */
export function relationshipPage(
  context: Context,
  item: ConfigurationItem,
  args: RelationshipListArgs,
): Promise<Page<Relationship>> {
  const { types, direction, ...page } = args
  const { asOf: at } = item
  const values: unknown[] = at ? [at] : []
  const where = at ? [validAt('r'), validAt('o')] : ['r.valid_to is null']
  if (types) {
    values.push(types)
    where.push(`r.type = any($${values.length}::text[])`)
  }
  if (direction) {
    values.push(direction)
    where.push(`r.seen_from = $${values.length}`)
  }
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'o.scope_ids', values)
  if (scope) where.push(scope)
  return childPage(
    context,
    `relationships@${at?.toISOString() ?? 'now'}`,
    item.uuid,
    'r.of_id',
    {
      select: 'r.*',
      from: `(select *, source_id as of_id, target_id as other_id, 'OUT' as seen_from from relationship
        union all select *, target_id, source_id, 'IN' from relationship) r
        join ${at ? 'configuration_item_version' : 'configuration_item'} o on o.uuid = r.other_id`,
      where,
      values,
      order: [
        { column: 'r.type', cast: 'text' },
        { column: 'o.name', cast: 'text' },
        { column: 'r.uuid', cast: 'uuid' },
      ],
    },
    page,
    (found) => {
      const relationships = asOf(lean(context.em, Relationship, found), at)
      relationships.forEach((one, index) => {
        one.seenFrom = (found[index] as { seen_from: RelationDirection }).seen_from
      })
      return relationships
    },
  )
}

/** One relationship of which the caller sees both ends, as they are now or were at an instant; batched. */
export function relationshipOf(context: Context, uuid: string, at?: Date): Promise<Relationship | null> {
  return batch(context, `relationship@${at?.toISOString() ?? 'now'}`, uuid, async (uuids) =>
    byKey(asOf(await relationshipsByUuid(context.em, uuids, viewerOf(context), at), at), (one) => one.uuid),
  )
}

/** How many relationships stand of each type of which the caller sees both ends. One statement. */
export async function countByType(context: Context, names: readonly string[]): Promise<Map<string, number>> {
  const values: unknown[] = [names]
  const scopes = ['s', 't']
    .map((end) => scopeCondition(viewerOf(context), 'estate.read', `${end}.scope_ids`, values))
    .filter(Boolean)
  const ends = scopes.length
    ? `join configuration_item s on s.uuid = r.source_id join configuration_item t on t.uuid = r.target_id`
    : ''
  const counts = await rows<{ type: string; n: string }>(
    context.em,
    `select r.type, count(*) as n from relationship r ${ends}
     where ${['r.valid_to is null', 'r.type = any($1)', ...scopes].join(' and ')} group by 1`,
    values,
  )
  return new Map(counts.map(({ type, n }) => [type, Number(n)]))
}

/** For node(id): by prefix, what of these UUIDs the caller may see. */
export const itemNodeLoaders = {
  ci: async (context: Context, uuids: string[]) =>
    byKey(await itemsByUuid(context.em, uuids, viewerOf(context)), (item) => item.uuid),
  rel: async (context: Context, uuids: string[]) =>
    byKey(await relationshipsByUuid(context.em, uuids, viewerOf(context)), (one) => one.uuid),
}
