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
import { itemsByUuid, refuseDecommissioned } from '../item.service.ts'
import { rulesBrokenBy } from '../relationship-rules.ts'

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

/**
 * Refuses what cannot come back or go: an end that is gone, rules of the type as they are now, rights on the source.
 * Answers the items at their ends.
 */
export async function checkEnds(
  em: EntityManager,
  catalogue: Catalogue,
  item: ConfigurationItem,
  edges: readonly EdgeChange[],
  viewer: Viewer,
): Promise<ConfigurationItem[]> {
  if (edges.length === 0) return []
  const uuids = edges.flatMap(({ sourceId, targetId }) => [sourceId, targetId])
  const ends = new Map((await itemsByUuid(em, [...new Set(uuids)], null)).map((one) => [one.uuid, one]))
  const refusal = (
    edge: Edge,
    why: string,
    at: ConfigurationItem,
    rule: string,
    evidence?: Record<string, unknown>,
  ) => {
    const title = catalogue.relationshipType(edge.type)?.title ?? edge.type
    const says = `${ends.get(edge.sourceId)!.name} ${title} ${ends.get(edge.targetId)!.name} cannot come back`
    return new BadInput(`${says}: ${why} Nothing was restored.`, { itemId: at.id, rule, field: ['parts'], evidence })
  }
  const coming = edges.filter(({ kind }) => kind === 'ADDED')
  const going = edges.filter(({ kind }) => kind === 'REMOVED')
  for (const { sourceId } of edges) requireReach(viewer, 'item.edit', ends.get(sourceId)!)
  for (const { sourceId } of going) refuseDecommissioned(ends.get(sourceId)!)
  for (const edge of coming) {
    const other = ends.get(edge.sourceId === item.uuid ? edge.targetId : edge.sourceId)!
    if (other.state !== 'DECOMMISSIONED') continue
    throw refusal(edge, `${other.name} is DECOMMISSIONED.`, other, 'both ends must be there')
  }
  const ending = going.map(({ uuid }) => uuid)
  for (const { edge, message, rule, end, evidence } of await rulesBrokenBy(em, catalogue, coming, ending)) {
    throw refusal(edge, message, ends.get(end === 'source' ? edge.sourceId : edge.targetId)!, rule, evidence)
  }
  return [...ends.values()]
}

/** What the item comes back into: of what is inside it, each stands for itself. */
export function containersOf(
  catalogue: Catalogue,
  item: ConfigurationItem,
  edges: readonly EdgeChange[],
  ends: readonly ConfigurationItem[],
): ConfigurationItem[] {
  const inside = edges.filter(
    ({ kind, type, sourceId }) =>
      kind === 'ADDED' && sourceId === item.uuid && catalogue.relationshipType(type)?.containment,
  )
  return ends.filter(({ uuid }) => inside.some(({ targetId }) => targetId === uuid))
}
