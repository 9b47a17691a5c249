import type { EntityManager } from '@mikro-orm/postgresql'
import { requireReach, scopeCondition } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { lean } from '../kernel/lean.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import type { Catalogue, RelationshipTypeRule } from '../catalogue/catalogue.ts'
import { lockContainment } from './containment.ts'
import { addRelationships, endRelationships } from './edges.ts'
import type { ConfigurationItem } from './item.entity.ts'
import type { RelationshipCreateInput } from './item.inputs.ts'
import { becauseOf, itemsByUuid, lockItem, refuseProtected } from './item.service.ts'
import { Relationship } from './relationship.entity.ts'

/** Relates two items; refuses what the rules of the type forbid, naming the items and the rule. */
export async function createRelationship(
  em: EntityManager,
  catalogue: Catalogue,
  input: RelationshipCreateInput,
  viewer: Viewer,
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
  const source = await lockItem(em, input.sourceId, viewer, 'item.edit', ['sourceId'])
  if (uuidOf(input.targetId, 'ci', ['targetId']) === source.uuid) {
    throw refusal(`${source.name} cannot be related to itself.`, source, 'no relationship to itself', ['targetId'])
  }
  const target = await visibleItem(em, input.targetId, viewer)
  refuseProtected(source)
  refuseProtected(target)
  refuseClasses(catalogue, rule, source, target)
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

function refuseClasses(
  catalogue: Catalogue,
  rule: RelationshipTypeRule,
  source: ConfigurationItem,
  target: ConfigurationItem,
): void {
  if (catalogue.mayRelate(rule.name, source.className, target.className)) return
  const from = rule.pairs.filter((pair) => catalogue.isA(source.className, pair.source))
  const named = (names: string[]) => [...new Set(names)].join(', ')
  if (from.length === 0) {
    throw refusal(
      `${source.name} (${source.className}) cannot be the source of ${rule.name}: only ${named(rule.pairs.map((pair) => pair.source))} can.`,
      source,
      'classes of the relationship',
      ['sourceId'],
    )
  }
  throw refusal(
    `${target.name} (${target.className}) cannot be the target of ${rule.name} from a ${source.className}: only ${named(from.map((pair) => pair.target))} can.`,
    target,
    'classes of the relationship',
    ['targetId'],
  )
}

async function refuseTwin(
  em: EntityManager,
  rule: RelationshipTypeRule,
  source: ConfigurationItem,
  target: ConfigurationItem,
): Promise<void> {
  const [oneTarget, oneSource] = [rule.cardinality.endsWith('TO_ONE'), rule.cardinality.startsWith('ONE_')]
  const twin = await row<{ source_id: string; target_id: string; source: string; target: string }>(
    em,
    `select r.source_id, r.target_id, s.name as source, t.name as target from relationship r
       join configuration_item s on s.uuid = r.source_id join configuration_item t on t.uuid = r.target_id
     where r.type = $2 and r.valid_to is null
       and (r.source_id = $1 and ($3 or r.target_id = $4) or $5 and r.target_id = $4)
     order by r.source_id = $1 and r.target_id = $4 desc limit 1`,
    [source.uuid, rule.name, oneTarget, target.uuid, oneSource],
  )
  if (!twin) return
  if (twin.source_id === source.uuid && twin.target_id === target.uuid) {
    throw refusal(`${source.name} ${rule.title} ${target.name} already.`, source, 'no duplicates', ['targetId'])
  }
  if (twin.source_id === source.uuid) {
    throw refusal(
      `${source.name} ${rule.title} ${twin.target} already, and it can have only one such relationship. Remove that one first.`,
      source,
      'only one of this type',
      ['targetId'],
    )
  }
  throw refusal(
    `${target.name} ${rule.inverseTitle} ${twin.source} already, and it can have only one such relationship. Remove that one first.`,
    target,
    'only one of this type',
    ['targetId'],
  )
}

const refusal = (message: string, item: ConfigurationItem, rule: string, field: string[]) =>
  new BadInput(message, { itemId: item.id, rule, field })
