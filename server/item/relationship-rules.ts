/**
 * The rules of relationships, for whoever adds some: by hand, many at once, at promotion, at a restore. They are asked about
 * all that comes and goes in one change together, so that two which are fine each cannot break a rule between them.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { BadInput } from '../kernel/errors.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import type { Catalogue, RelationshipTypeRule } from '../catalogue/catalogue.ts'
import { containersAbove, type Containers } from './containers.ts'
import { lockContainment } from './containment.ts'
import type { Edge } from './edges.ts'

/** A relationship that may not be, and why. */
export interface BrokenRule {
  edge: Edge
  rule:
    | 'relationship type'
    | 'no relationship to itself'
    | 'classes of the relationship'
    | 'no duplicates'
    | 'only one of this type'
    | 'no rings of containment'
  /** Which end is at fault. */
  end: 'source' | 'target'
  /** One sentence that names both items, or what stands against them. */
  message: string
  evidence: Record<string, unknown>
}

interface End {
  uuid: string
  name: string
  class_name: string
}

/** Waits until nobody else changes relationships, then says which of the wanted may be added; until the end of the transaction it stays so. */
export async function rulesBrokenBy(
  em: EntityManager,
  catalogue: Catalogue,
  wanted: readonly Edge[],
  ending: readonly string[] = [],
): Promise<BrokenRule[]> {
  if (wanted.length === 0) return []
  await lockContainment(em)
  return rulesBrokenNow(em, catalogue, wanted, ending)
}

/** An item that is not there yet. */
export interface ComingItem {
  uuid: string
  name: string
  className: string
}

/**
 * As things stand at this moment. Of two of the wanted that exclude each other the earlier one may be. `ending` are UUIDs
 * of relationships that end in the same change, `coming` are items that it would make. A fixed number of statements.
 */
export async function rulesBrokenNow(
  em: EntityManager,
  catalogue: Catalogue,
  wanted: readonly Edge[],
  ending: readonly string[] = [],
  coming: readonly ComingItem[] = [],
): Promise<BrokenRule[]> {
  if (wanted.length === 0) return []
  const ends = await endsOf(em, wanted)
  for (const { uuid, name, className } of coming) ends.set(uuid, { uuid, name, class_name: className })
  const taken = await rivalsOf(em, catalogue, wanted, ending)
  const inside = wanted.filter(({ type }) => catalogue.relationshipType(type)?.containment)
  const containers = await containersAbove(em, new Set(inside.map(({ targetId }) => targetId)), ending)
  return wanted.flatMap((edge) => {
    const [source, target] = [ends.get(edge.sourceId)!, ends.get(edge.targetId)!]
    const type = catalogue.relationshipType(edge.type)
    const broken =
      brokenByKind(catalogue, edge, source, target) ??
      taken.refusal(type!, source, target) ??
      (type!.containment ? ringOf(containers, source, target) : null)
    if (broken) return [{ evidence: {}, ...broken, edge }]
    taken.add(type!, source, target)
    if (type!.containment) containers.add(source, target)
    return []
  })
}

/** Refuses the first that breaks a rule; `field` of the input, where it does not name its ends. */
export function refuseBroken(broken: readonly BrokenRule[], field?: string[]): void {
  const [first] = broken
  if (!first) return
  const { message, rule, end, edge, evidence } = first
  const itemId = toNodeId('ci', end === 'source' ? edge.sourceId : edge.targetId)
  throw new BadInput(message, { itemId, rule, field: field ?? [`${end}Id`], evidence })
}

type Broken = Omit<BrokenRule, 'edge' | 'evidence'> & Partial<Pick<BrokenRule, 'evidence'>>

/** What the type and the classes alone forbid. */
function brokenByKind(catalogue: Catalogue, edge: Edge, source: End, target: End): Broken | null {
  const type = catalogue.relationshipType(edge.type)
  if (!type || type.isRetired) {
    return { rule: 'relationship type', end: 'source', message: `There is no relationship type ${edge.type} any more.` }
  }
  if (source.uuid === target.uuid) {
    const message = `${source.name} cannot be related to itself.`
    return { rule: 'no relationship to itself', end: 'target', message }
  }
  const { name, pairs } = type
  if (catalogue.mayRelate(name, source.class_name, target.class_name)) return null
  const from = pairs.filter((pair) => catalogue.isA(source.class_name, pair.source))
  const named = (names: string[]) => [...new Set(names)].join(', ')
  const rule = 'classes of the relationship'
  if (from.length === 0) {
    const can = named(pairs.map((pair) => pair.source)) || 'nothing'
    const message = `${source.name} (${source.class_name}) cannot be the source of ${name}: only ${can} can.`
    return { rule, end: 'source', message }
  }
  const can = named(from.map((pair) => pair.target))
  const message = `${target.name} (${target.class_name}) cannot be the target of ${name} from a ${source.class_name}: only ${can} can.`
  return { rule, end: 'target', message }
}

async function endsOf(em: EntityManager, edges: readonly Edge[]): Promise<Map<string, End>> {
  const uuids = new Set(edges.flatMap(({ sourceId, targetId }) => [sourceId, targetId]))
  const found = await rows<End>(
    em,
    'select uuid, name, class_name from configuration_item where uuid = any($1::uuid[])',
    [[...uuids]],
  )
  return new Map(found.map((end) => [end.uuid, end]))
}

const isOneTarget = ({ cardinality }: RelationshipTypeRule) => cardinality.endsWith('TO_ONE')
const isOneSource = ({ cardinality }: RelationshipTypeRule) => cardinality.startsWith('ONE_')

/** What stands against the wanted: the same relationship, or another of which an end can have only one. */
async function rivalsOf(em: EntityManager, catalogue: Catalogue, wanted: readonly Edge[], ending: readonly string[]) {
  const asked = wanted.map(({ type, sourceId, targetId }) => {
    const rule = catalogue.relationshipType(type)
    const [oneTarget, oneSource] = rule ? [isOneTarget(rule), isOneSource(rule)] : [false, false]
    return { type, source: sourceId, target: targetId, one_target: oneTarget, one_source: oneSource }
  })
  const found = await rows<{ type: string; source: End; target: End }>(
    em,
    `with wanted as (select * from jsonb_to_recordset($1::jsonb)
         as w(type text, source uuid, target uuid, one_target boolean, one_source boolean)),
       rival as (
         select r.uuid from wanted w join relationship r on r.source_id = w.source and r.type = w.type
           and (w.one_target or r.target_id = w.target) where r.valid_to is null
         union
         select r.uuid from wanted w join relationship r on r.target_id = w.target and r.type = w.type
           where w.one_source and r.valid_to is null)
     select r.type, jsonb_build_object('uuid', s.uuid, 'name', s.name) as source,
       jsonb_build_object('uuid', t.uuid, 'name', t.name) as target
     from rival join relationship r using (uuid) join configuration_item s on s.uuid = r.source_id
       join configuration_item t on t.uuid = r.target_id
     where r.uuid <> all($2::uuid[]) order by r.uuid`,
    [JSON.stringify(asked), ending],
  )
  const same = new Set<string>()
  const targetOf = new Map<string, End>()
  const sourceOf = new Map<string, End>()
  const add = (type: Pick<RelationshipTypeRule, 'name'>, source: End, target: End) => {
    same.add(`${type.name} ${source.uuid} ${target.uuid}`)
    targetOf.set(`${type.name} ${source.uuid}`, target)
    sourceOf.set(`${type.name} ${target.uuid}`, source)
  }
  for (const { type, source, target } of found) add({ name: type }, source, target)
  function refusal(type: RelationshipTypeRule, source: End, target: End): Broken | null {
    if (same.has(`${type.name} ${source.uuid} ${target.uuid}`)) {
      return { rule: 'no duplicates', end: 'target', message: `${source.name} ${type.title} ${target.name} already.` }
    }
    const only = 'already, and it can have only one such relationship. Remove that one first.'
    const has = isOneTarget(type) && targetOf.get(`${type.name} ${source.uuid}`)
    if (has) return second('source', `${source.name} ${type.title} ${has.name} ${only}`, has)
    const of = isOneSource(type) && sourceOf.get(`${type.name} ${target.uuid}`)
    return of ? second('target', `${target.name} ${type.inverseTitle} ${of.name} ${only}`, of) : null
  }
  return { add, refusal }
}

const second = (end: 'source' | 'target', message: string, standing: End): Broken => ({
  rule: 'only one of this type',
  end,
  message,
  evidence: { standing: { id: toNodeId('ci', standing.uuid), name: standing.name } },
})

function ringOf(containers: Containers, source: End, target: End): Broken | null {
  const way = containers.way(target, source)
  if (!way) return null
  const ring = [source, ...way].map(({ name }) => name)
  const long = way.length > 2 ? ` The ring would be ${ring.join(' → ')}.` : ''
  return {
    rule: 'no rings of containment',
    end: 'target',
    message: `${source.name} cannot be inside ${target.name}, because ${target.name} is inside ${source.name}.${long}`,
    evidence: { ring },
  }
}
