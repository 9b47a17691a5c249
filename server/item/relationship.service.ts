import type { EntityManager } from '@mikro-orm/postgresql'
import { requireReach, scopeCondition } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { lean } from '../kernel/lean.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import { lockContainment } from './containment.ts'
import { addRelationships, endRelationships } from './edges.ts'
import { relationshipType, relationshipTypes, type RelationshipRule } from './item-class.ts'
import type { ConfigurationItem } from './item.entity.ts'
import type { RelationshipCreateInput } from './item.inputs.ts'
import { becauseOf, itemsByUuid, lockItem, refuseProtected } from './item.service.ts'
import { Relationship } from './relationship.entity.ts'

/** Relates two items; refuses what the rules of the type forbid, naming the items and the rule. */
export async function createRelationship(
  em: EntityManager,
  input: RelationshipCreateInput,
  viewer: Viewer,
): Promise<Relationship> {
  const rule = relationshipType(input.type)
  if (!rule) {
    const names = relationshipTypes.map(({ name }) => name).join(', ')
    throw new BadInput(`There is no relationship type "${input.type}". The types are: ${names}.`, {
      field: ['type'],
      rule: 'relationship type',
    })
  }
  await lockContainment(em)
  const source = await lockItem(em, input.sourceId, viewer, 'item.edit', ['sourceId'])
  if (uuidOf(input.targetId, 'ci', ['targetId']) === source.uuid) {
    throw refusal(`${source.name} cannot be related to itself.`, source, 'no relationship to itself', ['targetId'])
  }
  const target = await visibleItem(em, input.targetId, viewer)
  refuseProtected(source)
  refuseProtected(target)
  refuseClasses(rule, source, target)
  await refuseTwin(em, rule, source, target)
  if (rule.containment && source.uuid !== target.uuid && target.scopeIds.includes(source.uuid)) {
    throw refusal(
      `${source.name} cannot be inside ${target.name}, because ${target.name} is inside ${source.name}.`,
      source,
      'no rings of containment',
      ['targetId'],
    )
  }
  const edge = { type: rule.name, sourceId: source.uuid, targetId: target.uuid }
  const [added] = await addRelationships(em, [edge], becauseOf(viewer, input.reason))
  return added!
}

/** Ends a relationship now; it stays readable at earlier times. */
export async function removeRelationship(
  em: EntityManager,
  input: { id: string; reason?: string | null },
  viewer: Viewer,
): Promise<Relationship> {
  const uuid = uuidOf(input.id, 'rel')
  const [relationship] = (await relationshipsByUuid(em, [uuid], viewer)).filter(({ validTo }) => validTo === null)
  if (!relationship) throw new NotFound('relationship', input.id)
  for (const item of await itemsByUuid(em, [relationship.sourceId], viewer)) {
    requireReach(viewer, 'item.edit', item)
    refuseProtected(item)
  }
  await endRelationships(em, [uuid], becauseOf(viewer, input.reason))
  return relationship
}

/** Relationships for reading; only those of which the viewer sees both ends (null: all). */
export async function relationshipsByUuid(
  em: EntityManager,
  uuids: readonly string[],
  viewer: Viewer | null,
): Promise<Relationship[]> {
  const values: unknown[] = [uuids]
  const scopes = viewer
    ? ['s', 't'].map((end) => scopeCondition(viewer, 'estate.read', `${end}.scope_ids`, values)).filter(Boolean)
    : []
  const found = await rows<object>(
    em,
    `select r.* from relationship r
       join configuration_item s on s.uuid = r.source_id join configuration_item t on t.uuid = r.target_id
     where ${['r.uuid = any($1::uuid[])', ...scopes].join(' and ')}`,
    values,
  )
  return lean(em, Relationship, found)
}

async function visibleItem(em: EntityManager, id: string, viewer: Viewer): Promise<ConfigurationItem> {
  const [item] = await itemsByUuid(em, [uuidOf(id, 'ci', ['targetId'])], viewer)
  if (!item) throw new NotFound('configuration item', id, ['targetId'])
  return item
}

function refuseClasses(rule: RelationshipRule, source: ConfigurationItem, target: ConfigurationItem): void {
  const says = `${source.name} (${source.className}) cannot be the source of ${rule.name}`
  if (!rule.sources.includes(source.className)) {
    throw refusal(`${says}: only ${rule.sources.join(', ')} can.`, source, 'classes of the relationship', ['sourceId'])
  }
  if (!rule.targets.includes(target.className)) {
    throw refusal(
      `${target.name} (${target.className}) cannot be the target of ${rule.name}: only ${rule.targets.join(', ')} can.`,
      target,
      'classes of the relationship',
      ['targetId'],
    )
  }
}

async function refuseTwin(
  em: EntityManager,
  rule: RelationshipRule,
  source: ConfigurationItem,
  target: ConfigurationItem,
): Promise<void> {
  const twin = await row<{ target_id: string; name: string }>(
    em,
    `select r.target_id, t.name from relationship r join configuration_item t on t.uuid = r.target_id
     where r.source_id = $1 and r.type = $2 and r.valid_to is null and ($3 or r.target_id = $4)
     order by r.target_id = $4 desc limit 1`,
    [source.uuid, rule.name, rule.single ?? false, target.uuid],
  )
  if (!twin) return
  if (twin.target_id === target.uuid) {
    throw refusal(`${source.name} ${rule.title} ${target.name} already.`, source, 'no duplicates', ['targetId'])
  }
  throw refusal(
    `${source.name} ${rule.title} ${twin.name} already, and it can have only one such relationship. Remove that one first.`,
    source,
    'only one of this type',
    ['targetId'],
  )
}

const refusal = (message: string, item: ConfigurationItem, rule: string, field: string[]) =>
  new BadInput(message, { itemId: item.id, rule, field })
