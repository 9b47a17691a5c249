import { BadInput } from '../kernel/errors.ts'
import type { Catalogue, ItemClassRule } from '../catalogue/catalogue.ts'
import { usableClass } from '../item/item.service.ts'
import type { PromotionMapping } from './promotion-mapping.type.ts'

const MOST_MAPPINGS = 100

/** Refuses mappings that could not be followed, each with what is wrong about it; answers them as they are kept. */
export function checkedMappings(catalogue: Catalogue, mappings: readonly PromotionMapping[]): PromotionMapping[] {
  if (mappings.length > MOST_MAPPINGS) {
    throw new BadInput(`A promotion scope has at most ${MOST_MAPPINGS} mappings; these are ${mappings.length}.`, {
      field: ['mappings'],
      rule: 'list size',
    })
  }
  return mappings.map((mapping, place) => {
    const at = (field: keyof PromotionMapping) => ['mappings', String(place), field]
    const { actualClass, authorizedClass, attributes, state, goesAlong } = mapping
    const seen = seenClass(catalogue, actualClass, at('actualClass'))
    if (mappings.findIndex((one) => one.actualClass === actualClass) !== place) {
      throw new BadInput(
        `Two mappings are for ${actualClass}; in a scope there is one for each class. Its subclasses can have their own.`,
        { field: at('actualClass'), rule: 'one mapping for a class', evidence: { className: actualClass } },
      )
    }
    const target = usableClass(catalogue, authorizedClass, at('authorizedClass'))
    for (const name of attributes) refuseOneSided(catalogue, name, seen, target, at('attributes'))
    if (state === 'DECOMMISSIONED') {
      throw new BadInput('What is promoted is there, so it cannot begin as DECOMMISSIONED.', {
        field: at('state'),
        rule: 'state of a new item',
      })
    }
    return { actualClass, authorizedClass, attributes: [...new Set(attributes)], state: state ?? null, goesAlong }
  })
}

/** An abstract one is fine: the mapping is for what inherits from it. */
function seenClass(catalogue: Catalogue, name: string, field: string[]): ItemClassRule {
  const rule = catalogue.class(name)
  if (rule && !rule.isRetired) return rule
  const message = rule
    ? `The class ${name} is retired; nothing is seen as one any more.`
    : `There is no item class "${name}"; itemClasses lists those there are.`
  throw new BadInput(message, { field, rule: 'item class' })
}

/** Only what both sides have can be copied. */
function refuseOneSided(
  catalogue: Catalogue,
  name: string,
  seen: ItemClassRule,
  target: ItemClassRule,
  field: string[],
): void {
  const has = (className: string) => catalogue.attributesOf(className).some((one) => one.name === name)
  if (!has(target.name)) {
    throw new BadInput(`A ${target.name} has no attribute "${name}", so nothing can be copied into it.`, {
      field,
      rule: 'attribute of the class',
    })
  }
  if (!catalogue.withSubclasses([seen.name]).some(has)) {
    throw new BadInput(
      `Nothing is seen as "${name}" of a ${seen.name}: neither it nor a subclass has that attribute, so it cannot be copied.`,
      { field, rule: 'attribute of the class' },
    )
  }
}
