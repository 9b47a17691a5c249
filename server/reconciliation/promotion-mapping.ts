/** What a thing that discovery saw is as an authorized item: its class, and which of its values go along. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../kernel/sql.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { fits } from '../item/attributes.ts'
import type { ItemState } from '../item/item.lifecycle.ts'
import type { PromotionMapping } from './promotion-mapping.type.ts'

interface Seen {
  className: string
  attributes: Record<string, unknown>
}

interface Scope {
  className: string
  attributes: readonly string[]
  mappings: readonly PromotionMapping[]
}

/** Why a value is not copied. */
export const notCopiedWhys = {
  UNKNOWN: 'The authorized class has no such attribute.',
  NOT_WANTED: 'The mapping, the scope or the class does not copy it.',
  UNFIT: 'The value is none that the attribute of the authorized class may have.',
} as const
export type NotCopiedWhy = keyof typeof notCopiedWhys

export interface Becoming {
  className: string
  state: ItemState
  attributes: Record<string, unknown>
  notCopied: { attribute: string; why: NotCopiedWhy }[]
}

/** The mapping that is for the class: of several, that of the nearest ancestor; null: things of this class stay what they are. */
export function mappingFor(
  catalogue: Catalogue,
  mappings: readonly PromotionMapping[],
  actualClass: string,
): PromotionMapping | null {
  for (const name of catalogue.class(actualClass)?.lineage ?? []) {
    const mapping = mappings.find((one) => one.actualClass === name)
    if (mapping) return mapping
  }
  return null
}

/** What promotion through the scope makes of it. */
export function becomes(catalogue: Catalogue, actual: Seen, scope: Scope): Becoming {
  const mapping = mappingFor(catalogue, scope.mappings, actual.className)
  const className = mapping?.authorizedClass ?? actual.className
  const own = catalogue.isA(actual.className, scope.className) ? scope.attributes : []
  const wanted = mapping ? mapping.attributes : own
  const known = new Map(catalogue.attributesOf(className).map((rule) => [rule.name, rule]))
  const attributes: Record<string, unknown> = {}
  const notCopied: Becoming['notCopied'] = []
  for (const [name, value] of Object.entries(actual.attributes)) {
    const rule = known.get(name)
    const isWanted = wanted.length > 0 ? wanted.includes(name) : rule?.copied
    const isUnfit = rule && className !== actual.className && !fits(rule, value)
    const why = !rule ? 'UNKNOWN' : !isWanted ? 'NOT_WANTED' : isUnfit ? 'UNFIT' : null
    if (why) notCopied.push({ attribute: name, why })
    else attributes[name] = value
  }
  return { className, state: mapping?.state ?? 'PRODUCTION', attributes, notCopied }
}

/** Mappings of all scopes, each scope apart: by any of them an item may have been promoted. One statement. */
export const allMappings = async (em: EntityManager): Promise<PromotionMapping[][]> =>
  (
    await rows<{ mappings: PromotionMapping[] }>(
      em,
      `select mappings from promotion_scope where mappings <> '[]' order by created_at, uuid`,
    )
  ).map(({ mappings }) => mappings)

/** A pair of classes that a mapping joins: what is seen as the one is rightly authorized as the other. */
export interface ClassFit {
  seen: string
  item: string
}

/** All such pairs beyond those of a class with itself. */
export function fittingClasses(catalogue: Catalogue, scopes: readonly PromotionMapping[][]): ClassFit[] {
  const pairs = scopes.flatMap((mappings) =>
    catalogue.withSubclasses(mappings.map(({ actualClass }) => actualClass)).flatMap((seen) => {
      const item = mappingFor(catalogue, mappings, seen)!.authorizedClass
      return item === seen ? [] : [{ seen, item }]
    }),
  )
  return [...new Map(pairs.map((pair) => [`${pair.seen} ${pair.item}`, pair])).values()]
}

/** As what the items of these classes are seen: as them or a subclass, or as what a mapping makes one of them; none: as anything. */
export function seenClassesOf(catalogue: Catalogue, names: readonly string[], fits: readonly ClassFit[]): string[] {
  const classes = catalogue.withSubclasses(names)
  return [...classes, ...fits.flatMap(({ seen, item }) => (classes.includes(item) ? [seen] : []))]
}

/** SQL: `seen` and `item`, the classes of what belongs together; `first` and the place after it hold the columns of {@link ClassFit}. */
export const fitsAsTable = (first: number) =>
  `(select name as seen, name as item from item_class union select * from unnest($${first}::text[], $${first + 1}::text[]))`
export const fitValues = (fits: readonly ClassFit[]) => [fits.map(({ seen }) => seen), fits.map(({ item }) => item)]

/** Which attributes promotion brings from what is seen as the one class to an item of the other; null: no mapping says. */
export type Brought = (seenClass: string, itemClass: string) => ReadonlySet<string> | null

/** Asked for every pair that is compared, so each pair of classes is worked out once. */
export function broughtBy(catalogue: Catalogue, scopes: readonly PromotionMapping[][]): Brought {
  const known = new Map<string, ReturnType<Brought>>()
  return (seenClass, itemClass) => {
    const key = `${seenClass} ${itemClass}`
    if (!known.has(key)) known.set(key, broughtBetween(catalogue, scopes, seenClass, itemClass))
    return known.get(key)!
  }
}

function broughtBetween(
  catalogue: Catalogue,
  scopes: readonly PromotionMapping[][],
  seenClass: string,
  itemClass: string,
): ReturnType<Brought> {
  const between = scopes.flatMap((mappings) => {
    const mapping = mappingFor(catalogue, mappings, seenClass)
    return mapping?.authorizedClass === itemClass ? [mapping] : []
  })
  if (between.length === 0) return null
  const all = catalogue.attributesOf(itemClass)
  return new Set(
    between.flatMap(({ attributes }) =>
      attributes.length > 0 ? attributes : all.filter(({ copied }) => copied).map(({ name }) => name),
    ),
  )
}
