import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { rows } from '../kernel/sql.ts'
import {
  attributeTypes,
  type AttributeRule,
  type AttributeType,
  type Catalogue,
  type ItemClassRule,
} from './catalogue.ts'
import { changeCatalogue, checkedName, checkedTitle, knownClass } from './change.ts'
import type { AttributeDefineInput, AttributeRemoveInput } from './catalogue.inputs.ts'
import { refuseAttributeInUse } from './uses.ts'

/**
 * Adds an attribute to a class and all below it, or changes one that the class declares. A wider type always goes; a
 * narrower one is refused with the items whose values would not fit.
 */
export async function defineAttribute(
  em: EntityManager,
  input: AttributeDefineInput,
  viewer: Viewer,
): Promise<ItemClassRule> {
  const { className } = input
  const name = checkedName(input.name, 'member')
  const after = await changeCatalogue(em, viewer, `Attribute ${className}.${name} defined`, async (before) => {
    const known = knownClass(before, className, ['className'])
    const own = known.attributes.find((one) => one.name === name)
    if (own && own.declaredBy !== className) {
      throw new BadInput(`${className} inherits ${name} from ${own.declaredBy} already; change it there.`, {
        field: ['name'],
        rule: 'one attribute of a name',
      })
    }
    const type = checkedType(input.type ?? own?.type ?? 'text')
    await rows(
      em,
      `insert into item_attribute (class_name, name, title, type, unit, "values", copied, never_from_discovery)
       values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict (class_name, name) do update set title = excluded.title, type = excluded.type, unit = excluded.unit,
         "values" = excluded."values", copied = excluded.copied, never_from_discovery = excluded.never_from_discovery`,
      [
        className,
        name,
        checkedTitle(input.title ?? own?.title ?? name),
        type,
        (input.unit === undefined ? own?.unit : input.unit?.trim()) || null,
        checkedValues(type, input.values ?? own?.values ?? []),
        input.copied ?? own?.copied ?? false,
        input.neverFromDiscovery ?? own?.neverFromDiscovery ?? false,
      ],
    )
    return { classes: [className] }
  })
  return after.class(className)!
}

/** Takes an attribute away that no item has a value of, authorized or seen. */
export async function removeAttribute(
  em: EntityManager,
  { className, name }: AttributeRemoveInput,
  viewer: Viewer,
): Promise<ItemClassRule> {
  const after = await changeCatalogue(em, viewer, `Attribute ${className}.${name} removed`, async (before) => {
    const { title } = ownAttribute(before, className, name)
    await refuseAttributeInUse(em, { name, title, className }, before.withSubclasses([className]))
    await rows(em, 'delete from item_attribute where class_name = $1 and name = $2', [className, name])
    return { classes: [className] }
  })
  return after.class(className)!
}

function ownAttribute(catalogue: Catalogue, className: string, name: string): AttributeRule {
  const rule = knownClass(catalogue, className, ['className']).attributes.find((one) => one.name === name)
  if (rule?.declaredBy === className) return rule
  throw new BadInput(
    rule
      ? `${className} inherits ${name} from ${rule.declaredBy}; remove it there.`
      : `A ${className} has no attribute "${name}".`,
    { field: ['name'], rule: 'attribute of the class' },
  )
}

function checkedType(type: string): AttributeType {
  if (Object.hasOwn(attributeTypes, type)) return type as AttributeType
  throw new BadInput(`"${type}" is no type of attribute. The types are: ${Object.keys(attributeTypes).join(', ')}.`, {
    field: ['type'],
    rule: 'attribute type',
  })
}

function checkedValues(type: AttributeType, values: readonly string[]): string[] {
  const trimmed = [...new Set(values.map((value) => value.trim()).filter(Boolean))]
  if (type !== 'enumeration') return []
  if (trimmed.length >= 1 && trimmed.length <= 200) return trimmed
  throw new BadInput('An enumeration lists 1 to 200 values.', { field: ['values'], rule: 'values of the enumeration' })
}
