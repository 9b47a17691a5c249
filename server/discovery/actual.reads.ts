import { batch, byKey, groupedBy } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { instantOf } from '../kernel/moment.ts'
import { childPage, pageOf } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { asOf } from '../item/item.reads.ts'
import type { RelationDirection } from '../item/relationship.entity.ts'
import { validAt } from '../item/valid-at.ts'
import { actualList, visibleActual } from './actual-filter.ts'
import { ActualItem } from './actual-item.entity.ts'
import { observationsAt, seenAt } from './actual-past.ts'
import { ActualRelationship, Observation, type ActualItemListArgs } from './actual.type.ts'
import { lastSeenOf } from './last-seen.ts'

/** One actual item that the caller may see, now or as it was at an instant; batched over a level of the query. */
export function actualItemOf(context: Context, uuid: string, at?: Date): Promise<ActualItem | null> {
  return batch(context, `actualItem@${at?.toISOString() ?? 'now'}`, uuid, (uuids) => actualItems(context, uuids, at))
}

/** Columns of `x`: of an earlier time what is not versioned comes from the item itself. */
const columnsOf = (at: Date | undefined) =>
  at
    ? `x.*, a.created_at, a.updated_at, a.version, a.scope_ids, a.first_seen_at, least(${lastSeenOf('a')}, $1) as last_seen_at`
    : `x.*, ${lastSeenOf('x')} as last_seen_at`
const joinOf = (at: Date | undefined) => (at ? ' join actual_item a on a.uuid = x.uuid' : '')

async function actualItems(context: Context, uuids: string[], at?: Date): Promise<Map<string, ActualItem>> {
  const { from, where, values } = actualList(context, {}, at)
  values.push(uuids)
  const found = await rows<object>(
    context.em,
    `select ${columnsOf(at)} from ${from}${joinOf(at)}
     where ${[`x.uuid = any($${values.length}::uuid[])`, ...where].join(' and ')}`,
    values,
  )
  return byKey(asOf(lean(context.em, ActualItem, found), at), (one) => one.uuid)
}

export async function actualItemPage(
  context: Context,
  { filter, at: moment, ...page }: ActualItemListArgs,
): Promise<Page<ActualItem>> {
  const at = await instantOf(context, moment)
  const { from, where, values } = actualList(context, filter ?? {}, at)
  const query = {
    select: columnsOf(at),
    from: `${from}${joinOf(at)}`,
    where,
    values,
    order: [
      { column: 'x.name', cast: 'text' },
      { column: 'x.uuid', cast: 'uuid' },
    ],
  }
  return pageOf(context.em, query, page, (found) => asOf(lean(context.em, ActualItem, found), at))
}

/** What each source saw last, newest first; of an item of an earlier time, by then. */
export async function observationsOf(context: Context, item: ActualItem): Promise<Observation[]> {
  const { uuid: actualItemId, asOf: at } = item
  if (at) return observationsAt(context, actualItemId, at)
  const found = await batch(context, 'observations', actualItemId, async (uuids) => {
    const all = await rows<Observation & { actualItemId: string }>(
      context.em,
      `select o.actual_item_id as "actualItemId", o.product_id as "productId", o.run_id as "runId", o.last_at as at, o.attributes
       from observation o where o.current and o.actual_item_id = any($1::uuid[]) order by o.last_at desc, o.uuid`,
      [uuids],
    )
    return groupedBy(
      all.map((one) => Object.assign(new Observation(), one)),
      (one) => one.actualItemId,
    )
  })
  return found ?? []
}

/** The relationships that discovery sees, or saw at the time of the item, from both ends. */
export function actualRelationshipPage(
  context: Context,
  item: ActualItem,
  page: PageArgs,
): Promise<Page<ActualRelationship>> {
  const { asOf: at } = item
  const values: unknown[] = at ? [at] : []
  const where = at ? [seenAt('r'), validAt('o')] : ['r.gone_at is null']
  const visible = visibleActual(context, 'o.uuid', values, at)
  if (visible) where.push(visible)
  return childPage(
    context,
    `actualRelationships@${at?.toISOString() ?? 'now'}`,
    item.uuid,
    'r.of_id',
    {
      select: 'r.*',
      from: `(select *, source_id as of_id, target_id as other_id, 'OUT' as seen_from from actual_relationship
        union all select *, target_id, source_id, 'IN' from actual_relationship) r
        join ${at ? 'actual_item_version' : 'actual_item'} o on o.uuid = r.other_id`,
      where,
      values,
      order: [
        { column: 'r.type', cast: 'text' },
        { column: 'o.name', cast: 'text' },
        { column: 'r.uuid', cast: 'uuid' },
      ],
    },
    page,
    (found) => asOf((found as EdgeRow[]).map(actualRelationship), at),
  )
}

interface EdgeRow {
  uuid: string
  type: string
  other_id: string
  seen_from: RelationDirection
}

/** Read from its two ends it is two objects, so the id says which. */
const actualRelationship = ({ uuid, type, other_id, seen_from }: EdgeRow) =>
  Object.assign(new ActualRelationship(), {
    id: `${uuid}:${seen_from}`,
    typeName: type,
    direction: seen_from,
    otherId: other_id,
  })

/** For node(id): by prefix, what of these UUIDs the caller may see. */
export const actualItemNodeLoaders = {
  act: (context: Context, uuids: string[]) => actualItems(context, uuids),
}
