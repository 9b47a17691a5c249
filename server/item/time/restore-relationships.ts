/** Which relationships come and go when an item is restored, and whether they still can. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { requireReach, scopeCondition } from '../../kernel/authorize.ts'
import type { Viewer } from '../../kernel/context.ts'
import { BadInput } from '../../kernel/errors.ts'
import { rows } from '../../kernel/sql.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import type { Edge } from '../edges.ts'
import type { RelationshipChangeKind } from './history.types.ts'
import type { ConfigurationItem } from '../item.entity.ts'
import { itemsByUuid, refuseProtected } from '../item.service.ts'

export interface EdgeChange extends Edge {
  /** Of the relationship that ends, or of the one of then that comes back. */
  uuid: string
  kind: RelationshipChangeKind
}

/** The difference from now to then; only of relationships of which the viewer sees the other end, others stay. */
export async function relationshipsBetween(
  em: EntityManager,
  item: ConfigurationItem,
  at: Date,
  viewer: Viewer,
): Promise<EdgeChange[]> {
  const values: unknown[] = [item.uuid, at]
  const scope = scopeCondition(viewer, 'estate.read', 'o.scope_ids', values)
  const found = await rows<Edge & { uuid: string; now: boolean; then: boolean }>(
    em,
    `select r.uuid, r.type, r.source_id as "sourceId", r.target_id as "targetId", r.valid_to is null as now,
       r.valid_from <= $2::timestamptz and (r.valid_to is null or r.valid_to > $2::timestamptz) as "then"
     from relationship r join configuration_item o on o.uuid = case when r.source_id = $1 then r.target_id else r.source_id end
     where (r.source_id = $1 or r.target_id = $1)${scope ? ` and ${scope}` : ''} order by r.type, r.uuid`,
    values,
  )
  const key = ({ type, sourceId, targetId }: Edge) => `${type} ${sourceId} ${targetId}`
  const [now, then] = [found.filter((one) => one.now), found.filter((one) => one.then)]
  const [keysNow, keysThen] = [new Set(now.map(key)), new Set(then.map(key))]
  return [
    ...now.filter((one) => !keysThen.has(key(one))).map((one): EdgeChange => ({ ...one, kind: 'REMOVED' })),
    ...then.filter((one) => !keysNow.has(key(one))).map((one): EdgeChange => ({ ...one, kind: 'ADDED' })),
  ]
}

/** Refuses what cannot come back or go: an end that is gone, rules of the type, rights on the source. */
export async function checkEnds(
  em: EntityManager,
  catalogue: Catalogue,
  item: ConfigurationItem,
  edges: readonly EdgeChange[],
  viewer: Viewer,
): Promise<void> {
  if (edges.length === 0) return
  const uuids = edges.flatMap(({ sourceId, targetId }) => [sourceId, targetId])
  const ends = new Map((await itemsByUuid(em, [...new Set(uuids)], null)).map((one) => [one.uuid, one]))
  for (const edge of edges) {
    const [source, target] = [ends.get(edge.sourceId)!, ends.get(edge.targetId)!]
    requireReach(viewer, 'item.edit', source)
    if (edge.kind === 'REMOVED') refuseProtected(source)
    else refuseGone(catalogue, edge, item, source, target)
  }
  await refuseSecondOfSingle(em, catalogue, edges, ends)
}

function refuseGone(
  catalogue: Catalogue,
  edge: Edge,
  item: ConfigurationItem,
  source: ConfigurationItem,
  target: ConfigurationItem,
): void {
  const other = source.uuid === item.uuid ? target : source
  const rule = catalogue.relationshipType(edge.type)
  const says = `${source.name} ${rule?.title ?? edge.type} ${target.name} cannot come back`
  if (!rule || rule.isRetired)
    throw refusal(`${says}: there is no relationship type ${edge.type} any more.`, other, 'relationship type')
  if (!catalogue.mayRelate(rule.name, source.className, target.className)) {
    throw refusal(
      `${says}: no rule of ${rule.name} joins a ${source.className} with a ${target.className} any more.`,
      other,
      'classes of the relationship',
    )
  }
  if (other.state === 'DECOMMISSIONED') {
    throw refusal(`${says}: ${other.name} is DECOMMISSIONED.`, other, 'both ends must be there')
  }
  if (rule.containment && target.scopeIds.includes(source.uuid)) {
    throw refusal(`${says}: ${target.name} is inside ${source.name} now.`, other, 'no rings of containment')
  }
}

/** A source may have got another relationship of a type of which it can have only one. */
async function refuseSecondOfSingle(
  em: EntityManager,
  catalogue: Catalogue,
  edges: readonly EdgeChange[],
  ends: ReadonlyMap<string, ConfigurationItem>,
): Promise<void> {
  const singles = edges.filter(
    ({ kind, type }) => kind === 'ADDED' && catalogue.relationshipType(type)?.cardinality.endsWith('TO_ONE'),
  )
  if (singles.length === 0) return
  const going = edges.filter(({ kind }) => kind === 'REMOVED').map(({ uuid }) => uuid)
  const taken = await rows<Edge & { name: string }>(
    em,
    `select r.type, r.source_id as "sourceId", r.target_id as "targetId", t.name
     from relationship r join configuration_item t on t.uuid = r.target_id
       join jsonb_to_recordset($1::jsonb) as w(type text, source uuid) on w.type = r.type and w.source = r.source_id
     where r.valid_to is null and r.uuid <> all($2::uuid[]) limit 1`,
    [JSON.stringify(singles.map(({ type, sourceId }) => ({ type, source: sourceId }))), going],
  )
  const [one] = taken
  if (!one) return
  const source = ends.get(one.sourceId)!
  throw refusal(
    `${source.name} ${catalogue.relationshipType(one.type)!.title} ${one.name} now, and it can have only one such relationship. Remove that one first.`,
    source,
    'only one of this type',
  )
}

const refusal = (message: string, item: ConfigurationItem, rule: string) =>
  new BadInput(`${message} Nothing was restored.`, { itemId: item.id, rule, field: ['parts'] })
