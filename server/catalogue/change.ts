/** What every change of the catalogue has in common: who may, one at a time, nothing in use made untrue, everybody told. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, Forbidden } from '../kernel/errors.ts'
import { record } from '../kernel/events.ts'
import { rows } from '../kernel/sql.ts'
import type { Catalogue, ItemClassRule, RelationshipTypeRule } from './catalogue.ts'
import { loadCatalogue, lockCatalogue } from './keeper.ts'
import { refuseClashes, refuseMisfits, refuseUnruled } from './violations.ts'

/** Events need a subject; the catalogue is one thing. */
const CATALOGUE_SUBJECT = '00000000-0000-7000-8000-00000000ca7a'

export interface Touched {
  /** Whose items have to fit; subclasses included. */
  classes?: readonly string[]
  /** Whose relationships have to have a rule; all of them when classes moved. */
  types?: readonly string[] | 'all'
}

/**
 * Makes one change: `apply` writes the tables, then what is touched is looked at as it would be. A refusal leaves nothing
 * behind. Answers the new picture.
 */
export async function changeCatalogue(
  em: EntityManager,
  viewer: Viewer,
  summary: string,
  apply: (before: Catalogue) => Promise<Touched>,
): Promise<Catalogue> {
  if (viewer.reach('catalogue.manage') !== 'estate') {
    throw new Forbidden(
      `${viewer.name} may not change classes and relationship types: they hold for the whole estate, so it takes catalogue.manage for all of it.`,
      { rule: 'catalogue.manage' },
    )
  }
  await lockCatalogue(em)
  const touched = await apply(await loadCatalogue(em))
  await rows(em, 'update catalogue set version = version + 1')
  const after = await loadCatalogue(em)
  const classes = after.withSubclasses(touched.classes ?? [])
  refuseClashes(after, classes)
  await refuseMisfits(em, after, classes)
  if (touched.types) await refuseUnruled(em, after, touched.types === 'all' ? null : touched.types)
  const actor = viewer.via === 'system' ? null : viewer.accountId
  await record(em, { topic: 'catalogue.changed', subject: CATALOGUE_SUBJECT, scopeIds: [], actor, summary })
  return after
}

/** Names that Waybill's own code knows; they can be extended, but neither renamed nor retired. */
const BUILT_IN = ['ConfigurationItem', 'Site', 'ComputerSystem', 'SoftwareInstallation', 'Application']
const BUILT_IN_TYPES = ['locatedIn', 'runsOn', 'dependsOn']

export function refuseBuiltIn(name: string): void {
  if (!BUILT_IN.includes(name) && !BUILT_IN_TYPES.includes(name)) return
  throw new BadInput(
    `Waybill itself works with ${name}, so it is neither renamed nor retired. Its title can be changed.`,
    {
      field: ['name'],
      rule: 'built in',
    },
  )
}

/** The class, or a refusal. */
export function knownClass(catalogue: Catalogue, name: string, field = ['name']): ItemClassRule {
  const rule = catalogue.class(name)
  if (rule && !rule.isRetired) return rule
  throw new BadInput(
    rule
      ? `The class ${name} is retired. Define it again to bring it back.`
      : `There is no item class "${name}"; itemClasses lists those there are.`,
    { field, rule: 'item class' },
  )
}

/** The relationship type, or a refusal. */
export function knownType(catalogue: Catalogue, name: string, field = ['name']): RelationshipTypeRule {
  const rule = catalogue.relationshipType(name)
  if (rule && !rule.isRetired) return rule
  throw new BadInput(`There is no relationship type "${name}"; relationshipTypes lists those there are.`, {
    field,
    rule: 'relationship type',
  })
}

const forms = {
  class: { pattern: /^[A-Z][A-Za-z0-9]{1,62}$/, example: 'LoadBalancer' },
  member: { pattern: /^[a-z][A-Za-z0-9]{0,62}$/, example: 'assetTag' },
}

/** A name for programs; refuses what is none. */
export function checkedName(name: string, form: keyof typeof forms, field = ['name']): string {
  const { pattern, example } = forms[form]
  if (pattern.test(name)) return name
  throw new BadInput(`"${name}" is no name for programs: letters and digits only, in the form of ${example}.`, {
    field,
    rule: 'name for programs',
  })
}

/** A title for people; refuses an empty or long one. */
export function checkedTitle(title: string, field = ['title']): string {
  const trimmed = title.trim()
  if (trimmed.length >= 1 && trimmed.length <= 100) return trimmed
  throw new BadInput('A title has 1 to 100 characters.', { field })
}
