import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { rows } from '../kernel/sql.ts'
import { protectableStates, type Catalogue, type ItemClassRule, type ProtectableState } from './catalogue.ts'
import { changeCatalogue, checkedName, checkedTitle, knownClass, refuseBuiltIn } from './change.ts'
import type { ClassDefineInput, ClassRenameInput, ClassUpdateInput } from './catalogue.inputs.ts'
import { refuseClassInUse } from './uses.ts'

/** Adds a class, or brings a retired one back with new facts. */
export async function defineClass(em: EntityManager, input: ClassDefineInput, viewer: Viewer): Promise<ItemClassRule> {
  const name = checkedName(input.name, 'class')
  const after = await changeCatalogue(em, viewer, `Class ${name} defined`, async (before) => {
    const known = before.class(name)
    if (known && !known.isRetired) {
      throw new BadInput(`There is already a class ${name}, "${known.title}".`, { field: ['name'], rule: 'no twins' })
    }
    const parent = usableParent(before, name, input.parent ?? 'ConfigurationItem')
    await rows(
      em,
      `insert into item_class (name, title, description, parent, is_abstract, is_targetable, protected_states)
         values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (name) do update set title = excluded.title, description = excluded.description, parent = excluded.parent,
         is_abstract = excluded.is_abstract, is_targetable = excluded.is_targetable,
         protected_states = excluded.protected_states, retired_at = null`,
      [
        name,
        checkedTitle(input.title),
        input.description?.trim() || null,
        parent,
        input.isAbstract ?? false,
        input.isTargetable ?? null,
        inOrderOfLife(input.protectedStates),
      ],
    )
    return { classes: [name] }
  })
  return after.class(name)!
}

/** Changes what is given. Another parent means other attributes and rules, so items are looked at. */
export async function updateClass(em: EntityManager, input: ClassUpdateInput, viewer: Viewer): Promise<ItemClassRule> {
  const after = await changeCatalogue(em, viewer, `Class ${input.name} changed`, async (before) => {
    const known = knownClass(before, input.name)
    const moved = input.parent != null && input.parent !== known.parent
    if (input.isAbstract && !known.isAbstract) await refuseClassInUse(em, known.name, 'made abstract')
    await rows(
      em,
      `update item_class set title = coalesce($2, title), description = case when $3::text is null then description else nullif($3, '') end,
         parent = coalesce($4, parent), is_abstract = coalesce($5, is_abstract), is_targetable = coalesce($6, is_targetable),
         protected_states = case when $7 then $8::text[] else protected_states end
       where name = $1`,
      [
        known.name,
        input.title == null ? null : checkedTitle(input.title),
        input.description?.trim() ?? null,
        moved ? usableParent(before, known.name, input.parent!) : null,
        input.isAbstract ?? null,
        input.isTargetable ?? null,
        input.protectedStates !== undefined,
        inOrderOfLife(input.protectedStates),
      ],
    )
    return moved ? { classes: [known.name], types: 'all' } : {}
  })
  return after.class(input.name)!
}

/** Gives a class that nothing uses another name for programs. People read the title, which can always be changed. */
export async function renameClass(em: EntityManager, input: ClassRenameInput, viewer: Viewer): Promise<ItemClassRule> {
  const { name, newName } = input
  const after = await changeCatalogue(em, viewer, `Class ${name} is called ${newName}`, async (before) => {
    knownClass(before, name)
    refuseBuiltIn(name)
    checkedName(newName, 'class', ['newName'])
    const twin = before.class(newName)
    if (twin) {
      throw new BadInput(`There is already a ${twin.isRetired ? 'retired ' : ''}class ${newName}.`, {
        field: ['newName'],
        rule: 'no twins',
      })
    }
    await refuseClassInUse(em, name, 'renamed', '; change its title instead, which is what people read')
    await rows(em, 'update item_class set name = $2 where name = $1', [name, newName])
    await rows(em, 'update item_class set parent = $2 where parent = $1', [name, newName])
    await rows(em, 'update item_attribute set class_name = $2 where class_name = $1', [name, newName])
    await rows(
      em,
      `update relationship_rule set source_class = case source_class when $1 then $2 else source_class end,
         target_class = case target_class when $1 then $2 else target_class end where $1 in (source_class, target_class)`,
      [name, newName],
    )
    return {}
  })
  return after.class(newName)!
}

/** Takes a class that nothing uses out of the catalogue; the past still knows it. */
export async function retireClass(em: EntityManager, name: string, viewer: Viewer): Promise<ItemClassRule> {
  const after = await changeCatalogue(em, viewer, `Class ${name} retired`, async (before) => {
    knownClass(before, name)
    refuseBuiltIn(name)
    const children = before.classes.filter(({ parent }) => parent === name).map((child) => child.name)
    if (children.length > 0) {
      throw new BadInput(
        `${name} has ${children.length === 1 ? 'a subclass' : `${children.length} subclasses`}: ${children.join(', ')}. Move or retire them first.`,
        { field: ['name'], rule: 'in use', evidence: { subclasses: children } },
      )
    }
    await refuseClassInUse(em, name, 'retired')
    await rows(em, 'update item_class set retired_at = now() where name = $1', [name])
    return {}
  })
  return after.class(name)!
}

const inOrderOfLife = (states: readonly ProtectableState[] | null | undefined) =>
  states ? protectableStates.filter((state) => states.includes(state)) : null

function usableParent(catalogue: Catalogue, name: string, parent: string): string {
  knownClass(catalogue, parent, ['parent'])
  if (parent !== name && !catalogue.isA(parent, name)) return parent
  const { lineage } = catalogue.class(parent)!
  const ring = lineage.slice(0, lineage.indexOf(name) + 1)
  const why = parent === name ? 'it is that class itself' : ring.join(' inherits from ')
  throw new BadInput(`${name} cannot inherit from ${parent}, because ${why}.`, {
    field: ['parent'],
    rule: 'no rings of inheritance',
    evidence: { ring },
  })
}
