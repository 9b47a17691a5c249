import type { EntityManager } from '@mikro-orm/postgresql'
import { requireReach, scopeCondition } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { lean } from '../kernel/lean.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { lockContainment } from './containment.ts'
import { addRelationships, endRelationships } from './edges.ts'
import type { ConfigurationItem } from './item.entity.ts'
import type { ItemGate } from './item.gate.ts'
import type { RelationshipCreateInput } from './item.inputs.ts'
import { becauseOf, itemsByUuid, lockItem, refuseDecommissioned } from './item.service.ts'
import { lockNames } from './names.ts'
import { requireChangeable } from './protection.ts'
import { Relationship } from './relationship.entity.ts'
import { refuseBroken, rulesBrokenBy } from './relationship-rules.ts'
import { refuseTwinInside } from './twins.ts'
import { validAt } from './valid-at.ts'

/** Relates two items; refuses what the rules of the type forbid, naming the items and the rule. */
export async function createRelationship(
  em: EntityManager,
  catalogue: Catalogue,
  input: RelationshipCreateInput,
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<Relationship> {
  const rule = catalogue.relationshipType(input.type)
  if (!rule || rule.isRetired) {
    const names = catalogue.relationshipTypes.map(({ name }) => name).join(', ')
    throw new BadInput(`There is no relationship type "${input.type}". The types are: ${names}.`, {
      field: ['type'],
      rule: 'relationship type',
    })
  }
  await lockContainment(em)
  if (rule.containment) await lockNameOf(em, input.sourceId, viewer)
  const source = await lockItem(em, input.sourceId, viewer, 'item.edit', ['sourceId'])
  const target = await visibleItem(em, input.targetId, viewer)
  refuseDecommissioned(source)
  refuseDecommissioned(target)
  await requireChangeable(em, catalogue, gates, [source, target], viewer)
  const edge = { type: rule.name, sourceId: source.uuid, targetId: target.uuid }
  refuseBroken(await rulesBrokenBy(em, catalogue, [edge]))
  if (rule.containment) await refuseTwinInside(em, catalogue, source, target)
  const [added] = await addRelationships(em, [edge], becauseOf(viewer, input.reason))
  return added!
}

/** Ends a relationship now; it stays readable at earlier times. */
export async function removeRelationship(
  em: EntityManager,
  catalogue: Catalogue,
  input: { id: string; reason?: string | null },
  viewer: Viewer,
  gates: readonly ItemGate[] = [],
): Promise<Relationship> {
  const uuid = uuidOf(input.id, 'rel')
  const [relationship] = (await relationshipsByUuid(em, [uuid], viewer)).filter(({ validTo }) => validTo === null)
  if (!relationship) throw new NotFound('relationship', input.id)
  const ends = await itemsByUuid(em, [relationship.sourceId, relationship.targetId], viewer)
  const source = ends.find(({ uuid }) => uuid === relationship.sourceId)!
  requireReach(viewer, 'item.edit', source)
  // What is decommissioned at the other end must be possible to leave.
  refuseDecommissioned(source)
  await requireChangeable(em, catalogue, gates, ends, viewer)
  await endRelationships(em, [uuid], becauseOf(viewer, input.reason))
  return relationship
}

/** Relationships for reading; only those of which the viewer sees both ends (null: all), now or as they were at an instant. */
export async function relationshipsByUuid(
  em: EntityManager,
  uuids: readonly string[],
  viewer: Viewer | null,
  at?: Date,
): Promise<Relationship[]> {
  const values: unknown[] = at ? [at, uuids] : [uuids]
  const items = at ? 'configuration_item_version' : 'configuration_item'
  const scopes = viewer
    ? ['s', 't'].map((end) => scopeCondition(viewer, 'estate.read', `${end}.scope_ids`, values)).filter(Boolean)
    : []
  const found = await rows<object>(
    em,
    `select r.* from relationship r
       join ${items} s on s.uuid = r.source_id join ${items} t on t.uuid = r.target_id
     where ${[
       `r.uuid = any($${values.indexOf(uuids) + 1}::uuid[])`,
       ...(at ? ['r', 's', 't'].map(validAt) : []),
       ...scopes,
     ].join(' and ')}`,
    values,
  )
  return lean(em, Relationship, found)
}

/** Before the row is locked: who gives an item a name waits for its row with the name in hand. */
async function lockNameOf(em: EntityManager, id: string, viewer: Viewer): Promise<void> {
  const found = await itemsByUuid(em, [uuidOf(id, 'ci', ['sourceId'])], viewer)
  await lockNames(
    em,
    found.map(({ name }) => name),
  )
}

async function visibleItem(em: EntityManager, id: string, viewer: Viewer): Promise<ConfigurationItem> {
  const [item] = await itemsByUuid(em, [uuidOf(id, 'ci', ['targetId'])], viewer)
  if (!item) throw new NotFound('configuration item', id, ['targetId'])
  return item
}
