/**
 * The classes of items with their attributes, and the types of relationships with their rules, as one immutable picture of
 * the tables. Built once, replaced when `catalogue.changed` arrives; see keeper.ts.
 */

export const attributeTypes = {
  text: 'A text.',
  integer: 'A whole number.',
  number: 'A number.',
  boolean: 'True or false.',
  instant: 'An instant such as 2026-01-31T12:00:00Z.',
  textList: 'A list of texts.',
  enumeration: 'One of the values that the attribute lists.',
} as const
export type AttributeType = keyof typeof attributeTypes

export interface AttributeRule {
  name: string
  title: string
  type: AttributeType
  /** For people, e.g. B or MHz. */
  unit: string | null
  /** What an enumeration may be; empty for other types. */
  values: readonly string[]
  /** Goes from what discovery saw to the authorized item at promotion and is compared afterwards. */
  copied: boolean
  /** Only people say it; discovery never does (an owner, for example). */
  neverFromDiscovery: boolean
  /** The class that declares it; its subclasses inherit it. */
  declaredBy: string
}

/**
 * States of an item's life that a class can protect: in one of them an item is changed only under a release that lists it.
 * DECOMMISSIONED is none of them, because such an item cannot be changed at all.
 */
export const protectableStates = ['NOT_READY', 'TEST', 'BUILD', 'PRODUCTION', 'INVENTORY'] as const
export type ProtectableState = (typeof protectableStates)[number]

export interface ItemClassRule {
  name: string
  title: string
  description: string | null
  parent: string | null
  /** From the class itself up to its farthest ancestor. */
  lineage: readonly string[]
  /** It only gathers what its subclasses have in common: no item is of this class itself. */
  isAbstract: boolean
  /** Whether software can be distributed to items of this class. */
  isTargetable: boolean
  /** In these states its items are protected; in the order of life. */
  protectedStates: readonly ProtectableState[]
  /** The class that says so, itself or an ancestor; null: none does, and nothing is protected. */
  protectedBy: string | null
  /** No new items are made of it. */
  isRetired: boolean
  /** Its own attributes, then those of its ancestors, nearest first. */
  attributes: readonly AttributeRule[]
}

export type ImpactWay = 'NONE' | 'SOURCE_TO_TARGET' | 'TARGET_TO_SOURCE'

export const cardinalities = {
  MANY_TO_MANY: 'No bound at either end.',
  MANY_TO_ONE: 'A source has at most one target.',
  ONE_TO_MANY: 'A target has at most one source.',
  ONE_TO_ONE: 'At most one at both ends.',
} as const
export type Cardinality = keyof typeof cardinalities

export interface ClassPair {
  source: string
  target: string
}

export interface RelationshipTypeRule {
  name: string
  title: string
  description: string | null
  /** The same relationship read from its target. */
  inverse: string
  inverseTitle: string
  /** The source is inside the target: grants on the target reach it, and rings are refused. */
  containment: boolean
  /** Which end suffers when the other changes. */
  impact: ImpactWay
  cardinality: Cardinality
  /** Which classes it may join; subclasses included. */
  pairs: readonly ClassPair[]
  /** No new relationships are made of it. */
  isRetired: boolean
}

export interface Catalogue {
  /** Grows with every change of the tables. */
  readonly version: number
  /** All classes that are not retired, each after its parent. */
  readonly classes: readonly ItemClassRule[]
  /** All relationship types that are not retired. */
  readonly relationshipTypes: readonly RelationshipTypeRule[]
  /** The class, retired or not; undefined if there is none of that name. */
  class(name: string): ItemClassRule | undefined
  /** Whether `name` is `ancestor` or inherits from it. */
  isA(name: string, ancestor: string): boolean
  /** Its own attributes and those it inherits; empty for an unknown class. */
  attributesOf(name: string): readonly AttributeRule[]
  /** These classes with all that inherit from them, retired ones too. */
  withSubclasses(names: readonly string[]): string[]
  /** The relationship type, retired or not; undefined if there is none of that name. */
  relationshipType(name: string): RelationshipTypeRule | undefined
  /** Whether a relationship of this type may go from an item of the one class to one of the other. */
  mayRelate(type: string, sourceClass: string, targetClass: string): boolean
}

export interface ClassRow {
  name: string
  title: string
  description: string | null
  parent: string | null
  is_abstract: boolean
  /** Null: as the parent. */
  is_targetable: boolean | null
  /** Null: as the parent. */
  protected_states: readonly ProtectableState[] | null
  retired: boolean
}
export type AttributeRow = Omit<AttributeRule, 'declaredBy' | 'neverFromDiscovery'> & {
  class_name: string
  never_from_discovery: boolean
}
export type TypeRow = Omit<RelationshipTypeRule, 'pairs' | 'inverseTitle' | 'isRetired'> & {
  inverse_title: string
  retired: boolean
}
export interface CatalogueRows {
  version: number
  /** In the order in which they are listed. */
  classes: readonly ClassRow[]
  attributes: readonly AttributeRow[]
  types: readonly TypeRow[]
  pairs: readonly (ClassPair & { type: string })[]
}

/** From rows to the picture. */
export function catalogueOf(rows: CatalogueRows): Catalogue {
  const classes = classRules(rows)
  const types = new Map(
    rows.types.map(({ inverse_title: inverseTitle, retired: isRetired, ...type }) => {
      const pairs = rows.pairs.filter((pair) => pair.type === type.name)
      return [type.name, { ...type, inverseTitle, isRetired, pairs } satisfies RelationshipTypeRule]
    }),
  )
  const isA = (name: string, ancestor: string) => classes.get(name)?.lineage.includes(ancestor) ?? false
  return {
    version: rows.version,
    classes: [...classes.values()].filter(({ isRetired }) => !isRetired),
    relationshipTypes: [...types.values()].filter(({ isRetired }) => !isRetired),
    class: (name) => classes.get(name),
    isA,
    attributesOf: (name) => classes.get(name)?.attributes ?? [],
    withSubclasses: (names) => [...classes.keys()].filter((name) => names.some((ancestor) => isA(name, ancestor))),
    relationshipType: (name) => types.get(name),
    mayRelate: (type, sourceClass, targetClass) =>
      types.get(type)?.pairs.some(({ source, target }) => isA(sourceClass, source) && isA(targetClass, target)) ??
      false,
  }
}

/** Every class after its parent, in the order of the rows; what lies on a ring of parents is left out. */
function classRules({ classes, attributes }: CatalogueRows): Map<string, ItemClassRule> {
  const rules = new Map<string, ItemClassRule>()
  const children = Map.groupBy(classes, ({ parent }) => parent)
  const own = Map.groupBy(attributes, ({ class_name: className }) => className)
  const add = (row: ClassRow, parent: ItemClassRule | undefined) => {
    const { name, title, description, is_abstract: isAbstract, retired: isRetired } = row
    const declared = (own.get(name) ?? []).map(
      ({ class_name: declaredBy, never_from_discovery: neverFromDiscovery, ...rule }) =>
        ({ ...rule, declaredBy, neverFromDiscovery }) satisfies AttributeRule,
    )
    const rule: ItemClassRule = {
      name,
      title,
      description,
      parent: row.parent,
      lineage: [name, ...(parent?.lineage ?? [])],
      isAbstract,
      isTargetable: row.is_targetable ?? parent?.isTargetable ?? false,
      protectedStates: row.protected_states ?? parent?.protectedStates ?? [],
      protectedBy: row.protected_states ? name : (parent?.protectedBy ?? null),
      isRetired,
      attributes: [...declared, ...(parent?.attributes ?? [])],
    }
    rules.set(name, rule)
    for (const child of children.get(name) ?? []) add(child, rule)
  }
  for (const root of children.get(null) ?? []) add(root, undefined)
  return rules
}
