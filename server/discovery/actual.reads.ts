import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey, groupedBy } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { childPage, pageOf } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import type { RelationDirection } from '../item/relationship.entity.ts'
import { ActualItem } from './actual-item.entity.ts'
import { ActualRelationship, Observation, type ActualItemFilter, type ActualItemListArgs } from './actual.type.ts'
import { lastSeenOf } from './last-seen.ts'

/**
 * Who sees the whole estate sees all actual items; others those linked to a configuration item that they see, because
 * only promotion says where a thing belongs. `actual`: SQL of its UUID. Null: no condition needed.
 */
export function visibleActual(context: Context, actual: string, values: unknown[]): string | null {
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'c.scope_ids', values)
  return scope && `exists (select from configuration_item c where c.actual_item_id = ${actual} and ${scope})`
}

/** One actual item that the caller may see; batched over a level of the query. */
export function actualItemOf(context: Context, uuid: string): Promise<ActualItem | null> {
  return batch(context, 'actualItem', uuid, (uuids) => actualItems(context, uuids))
}

async function actualItems(context: Context, uuids: string[]): Promise<Map<string, ActualItem>> {
  const values: unknown[] = [uuids]
  const where = ['x.uuid = any($1::uuid[])', visibleActual(context, 'x.uuid', values)].filter(Boolean)
  const found = await rows<object>(
    context.em,
    `select x.*, ${lastSeenOf('x')} as last_seen_at from actual_item x where ${where.join(' and ')}`,
    values,
  )
  return byKey(lean(context.em, ActualItem, found), (one) => one.uuid)
}

export function actualItemPage(context: Context, { filter, ...page }: ActualItemListArgs): Promise<Page<ActualItem>> {
  const values: unknown[] = []
  const where = [...actualConditions(filter ?? {}, values), visibleActual(context, 'x.uuid', values)].filter(
    (one) => one !== null,
  )
  const query = {
    select: `x.*, ${lastSeenOf('x')} as last_seen_at`,
    from: 'actual_item x',
    where,
    values,
    order: [
      { column: 'x.name', cast: 'text' },
      { column: 'x.uuid', cast: 'uuid' },
    ],
  }
  return pageOf(context.em, query, page, (found) => lean(context.em, ActualItem, found))
}

function actualConditions(filter: ActualItemFilter, values: unknown[]): string[] {
  const where: string[] = []
  const add = (value: unknown, condition: (place: string) => string) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  if (filter.search) add(filter.search, (text) => `strpos(lower(x.name), lower(${text}::text)) > 0`)
  if (filter.classNames) add(filter.classNames, (names) => `x.class_name = any(${names}::text[])`)
  if (filter.states) add(filter.states, (states) => `x.state = any(${states}::text[])`)
  if (filter.productId) {
    const product = uuidOf(filter.productId, 'prd', ['filter', 'productId'])
    add(
      product,
      (id) =>
        `exists (select from observation o where o.actual_item_id = x.uuid and o.current and o.product_id = ${id}::uuid)`,
    )
  }
  if (filter.linked != null) {
    where.push(`exists (select from configuration_item l where l.actual_item_id = x.uuid) = ${filter.linked}`)
  }
  return where
}

/** What each source saw last, newest first. */
export async function observationsOf(context: Context, actualItemId: string): Promise<Observation[]> {
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

/** The relationships that discovery sees now, from both ends. */
export function actualRelationshipPage(
  context: Context,
  item: ActualItem,
  page: PageArgs,
): Promise<Page<ActualRelationship>> {
  const values: unknown[] = []
  const where = ['r.gone_at is null', visibleActual(context, 'o.uuid', values)].filter((one) => one !== null)
  return childPage(
    context,
    'actualRelationships',
    item.uuid,
    'r.of_id',
    {
      select: 'r.*',
      from: `(select *, source_id as of_id, target_id as other_id, 'OUT' as seen_from from actual_relationship
        union all select *, target_id, source_id, 'IN' from actual_relationship) r join actual_item o on o.uuid = r.other_id`,
      where,
      values,
      order: [
        { column: 'r.type', cast: 'text' },
        { column: 'o.name', cast: 'text' },
        { column: 'r.uuid', cast: 'uuid' },
      ],
    },
    page,
    (found) => (found as EdgeRow[]).map(actualRelationship),
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
export const actualItemNodeLoaders = { act: actualItems }
