import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { row, rows } from '../kernel/sql.ts'
import type { Catalogue, RelationshipTypeRule } from './catalogue.ts'
import { changeCatalogue, checkedName, checkedTitle, knownClass, knownType, refuseBuiltIn } from './change.ts'
import type { RelationshipRuleInput, RelationshipTypeDefineInput } from './catalogue.inputs.ts'
import { refuseTypeInUse } from './uses.ts'
import { refuseCrowded } from './violations.ts'

/** Adds a relationship type, or changes one; what is left out stays. Answers it with its rules. */
export async function defineRelationshipType(
  em: EntityManager,
  input: RelationshipTypeDefineInput,
  viewer: Viewer,
): Promise<RelationshipTypeRule> {
  const name = checkedName(input.name, 'member')
  const after = await changeCatalogue(em, viewer, `Relationship type ${name} defined`, async (before) => {
    const known = before.relationshipType(name)
    const inverse = checkedName(input.inverse ?? known?.inverse ?? '', 'member', ['inverse'])
    refuseSameName(before, name, inverse)
    const containment = input.containment ?? known?.containment ?? false
    if (known && containment !== known.containment) await refuseTypeInUse(em, name, 'change what is inside what')
    const cardinality = input.cardinality ?? known?.cardinality ?? 'MANY_TO_MANY'
    if (known && cardinality.endsWith('TO_ONE')) await refuseCrowded(em, name, 'source')
    if (known && cardinality.startsWith('ONE_')) await refuseCrowded(em, name, 'target')
    await rows(
      em,
      `insert into relationship_type (name, title, description, inverse, inverse_title, containment, impact, cardinality)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (name) do update set title = excluded.title, description = excluded.description, inverse = excluded.inverse,
         inverse_title = excluded.inverse_title, containment = excluded.containment, impact = excluded.impact,
         cardinality = excluded.cardinality, retired_at = null`,
      [
        name,
        checkedTitle(input.title ?? known?.title ?? ''),
        (input.description === undefined ? known?.description : input.description?.trim()) || null,
        inverse,
        checkedTitle(input.inverseTitle ?? known?.inverseTitle ?? '', ['inverseTitle']),
        containment,
        input.impact ?? known?.impact ?? 'NONE',
        cardinality,
      ],
    )
    return {}
  })
  return after.relationshipType(name)!
}

/** Takes a relationship type out of the catalogue that no present relationship is of; the past still knows it. */
export async function retireRelationshipType(
  em: EntityManager,
  name: string,
  viewer: Viewer,
): Promise<RelationshipTypeRule> {
  const after = await changeCatalogue(em, viewer, `Relationship type ${name} retired`, async (before) => {
    knownType(before, name)
    refuseBuiltIn(name)
    await refuseTypeInUse(em, name, 'be retired')
    await rows(em, 'update relationship_type set retired_at = now() where name = $1', [name])
    return {}
  })
  return after.relationshipType(name)!
}

/** Allows a relationship type between two classes and all below them. */
export async function defineRule(
  em: EntityManager,
  input: RelationshipRuleInput,
  viewer: Viewer,
): Promise<RelationshipTypeRule> {
  const { type, source, target } = input
  const after = await changeCatalogue(em, viewer, `Rule ${source} ${type} ${target} defined`, async (before) => {
    knownType(before, type, ['type'])
    knownClass(before, source, ['source'])
    knownClass(before, target, ['target'])
    await rows(
      em,
      `insert into relationship_rule (type, source_class, target_class) values ($1, $2, $3) on conflict do nothing`,
      [type, source, target],
    )
    return {}
  })
  return after.relationshipType(type)!
}

/** Takes a rule away; refuses while relationships stand that only it allows. */
export async function removeRule(
  em: EntityManager,
  input: RelationshipRuleInput,
  viewer: Viewer,
): Promise<RelationshipTypeRule> {
  const { type, source, target } = input
  const after = await changeCatalogue(em, viewer, `Rule ${source} ${type} ${target} removed`, async (before) => {
    knownType(before, type, ['type'])
    const gone = await row(
      em,
      'delete from relationship_rule where type = $1 and source_class = $2 and target_class = $3 returning type',
      [type, source, target],
    )
    if (!gone) {
      throw new BadInput(`There is no rule ${source} ${type} ${target}.`, {
        field: ['source'],
        rule: 'rule of the type',
      })
    }
    return { types: [type] }
  })
  return after.relationshipType(type)!
}

/** A name read from either end says one thing only. */
function refuseSameName(catalogue: Catalogue, name: string, inverse: string): void {
  const others = catalogue.relationshipTypes.filter((one) => one.name !== name)
  const taken = [name, inverse].find((each) => others.some((one) => one.name === each || one.inverse === each))
  if (!taken && name !== inverse) return
  throw new BadInput(
    taken
      ? `${taken} is the name of another relationship type, or of its inverse.`
      : `A relationship type and its inverse need two names; ${name} would read alike from both ends.`,
    { field: [taken === name ? 'name' : 'inverse'], rule: 'no twins' },
  )
}
