/** Versions of items, relationships that came and went, and the changes behind both. */
import { scopeCondition, viewerOf } from '../../kernel/authorize.ts'
import { batch, byKey } from '../../kernel/batch.ts'
import type { Page, PageArgs } from '../../kernel/connection.ts'
import type { Context } from '../../kernel/context.ts'
import { childPage } from '../../kernel/page.ts'
import { rows } from '../../kernel/sql.ts'
import {
  GraphChange,
  ItemVersion,
  RelationshipChange,
  type ItemFacts,
  type RelationshipChangeKind,
} from './history.types.ts'
import type { ConfigurationItem } from '../item.entity.ts'

/** The columns that are compared, as one JSON value; `alias` is a version of an item. */
export const factsOf = (alias: string) =>
  `jsonb_build_object('name', ${alias}.name, 'class_name', ${alias}.class_name, 'state', ${alias}.state, 'site_id', ${alias}.site_id,
    'product_id', ${alias}.product_id, 'native_key', ${alias}.native_key, 'actual_item_id', ${alias}.actual_item_id, 'attributes', ${alias}.attributes)`

/** Who, why and from where; batched over a level of the query. */
export function graphChangeOf(context: Context, uuid: string): Promise<GraphChange | null> {
  return batch(context, 'graphChange', uuid, async (uuids) => {
    const found = await rows<GraphChange>(
      context.em,
      `select g.uuid as id, g.at, g.cause, account.name as by, g.reason, g.mutation, e.seq as "auditSeq",
         g.origin_id as "originId", g.origin_number as "originNumber", g.release_ids::text[] as "releaseIds"
       from graph_change g left join account on account.uuid = g.actor left join audit_entry e on e.uuid = g.audit_id
       where g.uuid = any($1::uuid[])`,
      [uuids],
    )
    return byKey(
      found.map((one) => Object.assign(new GraphChange(), one)),
      ({ id }) => id,
    )
  })
}

interface VersionRow {
  uuid: string
  version: number
  valid_from: string
  valid_to: string | null
  change_id: string | null
  facts: ItemFacts
  before: ItemFacts | null
}

/** The versions of an item, newest first, each with the facts before it; only those in which the caller might see it. */
export function versionPage(context: Context, item: ConfigurationItem, page: PageArgs): Promise<Page<ItemVersion>> {
  const values: unknown[] = []
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'v.scope_ids', values)
  return childPage(
    context,
    'itemVersions',
    item.uuid,
    'v.uuid',
    {
      select: `v.uuid, v.version, v.valid_from, v.valid_to, v.change_id, ${factsOf('v')} as facts,
        (select ${factsOf('b')} from configuration_item_version b where b.uuid = v.uuid and b.valid_to = v.valid_from) as before`,
      from: 'configuration_item_version v',
      where: scope ? [scope] : [],
      values,
      order: [
        { column: 'v.valid_from', cast: 'timestamptz', descending: true },
        { column: 'v.uuid', cast: 'uuid' },
      ],
    },
    page,
    (found) => (found as VersionRow[]).map(itemVersion),
  )
}

export const versionId = (uuid: string, validFrom: Date) => `${uuid}@${validFrom.toISOString()}`

function itemVersion(row: VersionRow): ItemVersion {
  const validFrom = new Date(row.valid_from)
  return Object.assign(new ItemVersion(), {
    id: versionId(row.uuid, validFrom),
    itemId: row.uuid,
    version: row.version,
    validFrom,
    validTo: row.valid_to && new Date(row.valid_to),
    changeId: row.change_id,
    facts: row.facts,
    before: row.before,
    name: row.facts.name,
    state: row.facts.state,
    attributes: row.facts.attributes,
  })
}

export interface RelationshipChangeRow {
  uuid: string
  kind: RelationshipChangeKind
  at: string
  type: string
  source_id: string
  target_id: string
  change_id: string | null
}

/** Beginnings and ends of relationships as rows; those that a single change made and took back again are none. */
export const relationshipChanges = `(
  select uuid, 'ADDED' as kind, valid_from as at, type, source_id, target_id, change_id, valid_from, valid_to from relationship
    where valid_to is null or valid_to > valid_from
  union all
  select uuid, 'REMOVED', valid_to, type, source_id, target_id, end_change_id, valid_from, valid_to from relationship
    where valid_to > valid_from)`

export const relationshipChange = (row: RelationshipChangeRow) =>
  Object.assign(new RelationshipChange(), {
    id: `${row.uuid}:${row.kind}`,
    kind: row.kind,
    at: row.at,
    typeName: row.type,
    sourceId: row.source_id,
    targetId: row.target_id,
    changeId: row.change_id,
  })

/** The relationships of an item that came or went, newest first; only those of which the caller sees the other end now. */
export function relationshipChangePage(
  context: Context,
  item: ConfigurationItem,
  page: PageArgs,
): Promise<Page<RelationshipChange>> {
  const values: unknown[] = []
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'o.scope_ids', values)
  const ends = (of: string, other: string) =>
    `select r.*, ${of} as of_id, ${other} as other_id from ${relationshipChanges} r`
  return childPage(
    context,
    'relationshipChanges',
    item.uuid,
    'r.of_id',
    {
      select: 'r.uuid, r.kind, r.at, r.type, r.source_id, r.target_id, r.change_id',
      from: `(${ends('source_id', 'target_id')} union all ${ends('target_id', 'source_id')}) r
        join configuration_item o on o.uuid = r.other_id`,
      where: scope ? [scope] : [],
      values,
      order: [
        { column: 'r.at', cast: 'timestamptz', descending: true },
        { column: 'r.uuid', cast: 'uuid' },
        { column: 'r.kind', cast: 'text' },
      ],
    },
    page,
    (found) => (found as RelationshipChangeRow[]).map(relationshipChange),
  )
}
