/** What is other at the second of two times than at the first, as pages of items and of relationships. */
import { scopeCondition, viewerOf } from '../../kernel/authorize.ts'
import type { Page, PageArgs } from '../../kernel/connection.ts'
import type { Context } from '../../kernel/context.ts'
import { toNodeId } from '../../kernel/node-id.ts'
import { pageOf } from '../../kernel/page.ts'
import { row } from '../../kernel/sql.ts'
import { factsOf, relationshipChange, type RelationshipChangeRow } from './history.reads.ts'
import {
  ItemDifference,
  type DifferenceCounts,
  type GraphDifference,
  type ItemChangeKind,
  type ItemFacts,
  type RelationshipChange,
} from './history.types.ts'

const at = (alias: string, place: string) =>
  `${alias}.valid_from <= ${place}::timestamptz and (${alias}.valid_to is null or ${alias}.valid_to > ${place}::timestamptz)`

const compared = (alias: string) =>
  ['name', 'class_name', 'state', 'site_id', 'product_id', 'native_key', 'actual_item_id', 'attributes']
    .map((column) => `${alias}.${column}`)
    .join(', ')

/**
 * Items with a version that began between the times and holds at the second. Of what the caller could not see at the first
 * time it is not told what it was: such an item is new to them.
 */
function itemQuery(context: Context, { from, to, itemId, siteId }: GraphDifference) {
  const values: unknown[] = [from, to]
  const add = (value: unknown) => `$${values.push(value)}`
  const touched = ['valid_from > $1::timestamptz', 'valid_from <= $2::timestamptz']
  if (itemId) touched.push(`uuid = ${add(itemId)}::uuid`)
  const where = [`(b.uuid is null or (${compared('b')}) is distinct from (${compared('a')}))`]
  if (siteId) {
    const site = add([siteId])
    where.push(`(a.scope_ids @> ${site}::uuid[] or b.scope_ids @> ${site}::uuid[])`)
  }
  const viewer = viewerOf(context)
  const afterScope = scopeCondition(viewer, 'estate.read', 'a.scope_ids', values)
  const beforeScope = scopeCondition(viewer, 'estate.read', 'v.scope_ids', values)
  if (afterScope) where.push(afterScope)
  const source = `(
    select a.uuid, a.name, a.class_name, ${factsOf('a')} as after, case when b.uuid is not null then ${factsOf('b')} end as before,
      case when b.uuid is null then 'CREATED'
        when a.state = 'DECOMMISSIONED' and b.state <> 'DECOMMISSIONED' then 'RETIRED' else 'CHANGED' end as kind
    from (select distinct uuid from configuration_item_version where ${touched.join(' and ')}) t
      join configuration_item_version a on a.uuid = t.uuid and ${at('a', '$2')}
      left join lateral (select v.* from configuration_item_version v
        where v.uuid = t.uuid and ${at('v', '$1')}${beforeScope ? ` and ${beforeScope}` : ''}) b on true
    where ${where.join(' and ')}) x`
  return { source, values }
}

interface DifferenceRow {
  uuid: string
  name: string
  class_name: string
  kind: ItemChangeKind
  before: ItemFacts | null
  after: ItemFacts
  changes: string[]
  change_count: number
}

/** The changes of one item that are named at most, newest first. */
const NAMED = 10

export function itemDifferences(
  context: Context,
  difference: GraphDifference,
  page: PageArgs,
): Promise<Page<ItemDifference>> {
  const { source, values } = itemQuery(context, difference)
  const changes = `from configuration_item_version c where c.uuid = x.uuid and c.valid_from > $1::timestamptz and c.valid_from <= $2::timestamptz`
  const query = {
    select: `x.*, (select count(*)::int ${changes}) as change_count, array(select c.change_id::text ${changes}
      and c.change_id is not null order by c.valid_from desc limit ${NAMED}) as changes`,
    from: source,
    values,
    order: [
      { column: 'x.name', cast: 'text' },
      { column: 'x.uuid', cast: 'uuid' },
    ],
  }
  return pageOf(context.em, query, page, (found) =>
    (found as DifferenceRow[]).map(({ uuid, kind, before, after, changes: changeIds, change_count: changeCount }) =>
      Object.assign(new ItemDifference(), {
        id: `${toNodeId('ci', uuid)}:${kind}`,
        itemId: uuid,
        kind,
        name: after.name,
        className: after.class_name,
        before,
        after,
        changeIds,
        changeCount,
      }),
    ),
  )
}

/** Relationships that hold at one of the times and not at the other; what went and came back between them is none. */
function relationshipQuery(context: Context, { from, to, itemId, siteId }: GraphDifference) {
  const values: unknown[] = [from, to]
  const add = (value: unknown) => `$${values.push(value)}`
  const held = (place: string) =>
    `exists (select from relationship h where h.source_id = r.source_id and h.type = r.type and h.target_id = r.target_id and ${at('h', place)})`
  const where = [
    `r.at > $1::timestamptz and r.at <= $2::timestamptz`,
    `case r.kind when 'ADDED' then (${at('r', '$2')}) and not ${held('$1')} else (${at('r', '$1')}) and not ${held('$2')} end`,
  ]
  if (itemId) {
    const item = add(itemId)
    where.push(`(r.source_id = ${item}::uuid or r.target_id = ${item}::uuid)`)
  }
  if (siteId) {
    const site = add([siteId])
    where.push(`(s.scope_ids @> ${site}::uuid[] or t.scope_ids @> ${site}::uuid[])`)
  }
  for (const end of ['s', 't']) {
    const scope = scopeCondition(viewerOf(context), 'estate.read', `${end}.scope_ids`, values)
    if (scope) where.push(scope)
  }
  // The planner does not look for times inside the union by itself.
  const changed = `(
    select uuid, 'ADDED' as kind, valid_from as at, type, source_id, target_id, change_id, valid_from, valid_to from relationship
      where valid_from > $1::timestamptz and valid_from <= $2::timestamptz and (valid_to is null or valid_to > valid_from)
    union all
    select uuid, 'REMOVED', valid_to, type, source_id, target_id, end_change_id, valid_from, valid_to from relationship
      where valid_to > $1::timestamptz and valid_to <= $2::timestamptz and valid_to > valid_from)`
  const source = `${changed} r
    join configuration_item_version s on s.uuid = r.source_id and ${at('s', '$2')}
    join configuration_item_version t on t.uuid = r.target_id and ${at('t', '$2')}`
  return { source, where, values }
}

export function relationshipDifferences(
  context: Context,
  difference: GraphDifference,
  page: PageArgs,
): Promise<Page<RelationshipChange>> {
  const { source, where, values } = relationshipQuery(context, difference)
  const query = {
    select: 'r.uuid, r.kind, r.at, r.type, r.source_id, r.target_id, r.change_id',
    from: source,
    where,
    values,
    order: [
      { column: 'r.type', cast: 'text' },
      { column: 's.name', cast: 'text' },
      { column: 'r.uuid', cast: 'uuid' },
      { column: 'r.kind', cast: 'text' },
    ],
  }
  return pageOf(context.em, query, page, (found) => (found as RelationshipChangeRow[]).map(relationshipChange))
}

export async function differenceCounts(context: Context, difference: GraphDifference): Promise<DifferenceCounts> {
  const items = itemQuery(context, difference)
  const edges = relationshipQuery(context, difference)
  const counted = await row<{ created: number; changed: number; retired: number }>(
    context.em,
    `select count(*) filter (where x.kind = 'CREATED')::int as created, count(*) filter (where x.kind = 'CHANGED')::int as changed,
       count(*) filter (where x.kind = 'RETIRED')::int as retired from ${items.source}`,
    items.values,
  )
  const related = await row<{ added: number; removed: number }>(
    context.em,
    `select count(*) filter (where r.kind = 'ADDED')::int as added, count(*) filter (where r.kind = 'REMOVED')::int as removed
     from ${edges.source} where ${edges.where.join(' and ')}`,
    edges.values,
  )
  return { ...counted!, relationshipsAdded: related!.added, relationshipsRemoved: related!.removed }
}
