import { computed } from 'vue'
import { graphql } from '../../gql/gql.ts'
import type { ClassCatalogueQuery } from '../../gql/graphql.ts'
import { wordsOf } from '../../graphql/states.ts'
import { useLiveQuery } from '../../live/useLiveQuery.ts'

export type ClassEntry = ClassCatalogueQuery['itemClasses'][number]
export type AttributeEntry = ClassEntry['attributes'][number]
export type TypeEntry = ClassCatalogueQuery['relationshipTypes'][number]

export const ClassCatalogueDocument = graphql(`
  query ClassCatalogue {
    itemClasses {
      name
      title
      description
      parent
      isAbstract
      isTargetable
      protectedStates
      protectedBy
      count
      attributes {
        name
        title
        type
        unit
        values
        copied
        neverFromDiscovery
        declaredBy
      }
    }
    relationshipTypes {
      name
      title
      description
      inverse
      inverseTitle
      containment
      impact
      cardinality
      count
      pairs {
        source
        target
      }
    }
  }
`)

/** Classes and relationship types with their rules and how many items and relationships are of each. */
export function useClassCatalogue() {
  const { data, error, refresh } = useLiveQuery({
    query: ClassCatalogueDocument,
    topics: ['catalogue.'],
  })
  const classes = computed(() => data.value?.itemClasses ?? [])
  const types = computed(() => data.value?.relationshipTypes ?? [])
  const titles = computed(() => new Map(classes.value.map(({ name, title }) => [name, title])))
  return { data, error, refresh, classes, types, titleOf: (name: string) => titles.value.get(name) ?? name }
}

export interface TreeRow {
  entry: ClassEntry
  depth: number
  /** Items of the class and of all below it. */
  total: number
}

/** Classes in the order of the tree, each under its parent, with the items of all below. Pure. */
export function treeOf(classes: readonly ClassEntry[]): TreeRow[] {
  const children = Map.groupBy(classes, ({ parent }) => parent ?? '')
  const rows: TreeRow[] = []
  const add = (entry: ClassEntry, depth: number): number => {
    const row = { entry, depth, total: entry.count }
    rows.push(row)
    for (const child of children.get(entry.name) ?? []) row.total += add(child, depth + 1)
    return row.total
  }
  for (const root of children.get('') ?? []) add(root, 0)
  return rows
}

/** The class with all that inherit from it. */
export function familyOf(classes: readonly ClassEntry[], name: string): string[] {
  return [name, ...classes.filter(({ parent }) => parent === name).flatMap((child) => familyOf(classes, child.name))]
}

/** What of a class is protected, and who says so, in one sentence; `titleOf` gives the titles of classes. */
export function protectionWords(
  { name, protectedStates, protectedBy }: Pick<ClassEntry, 'name' | 'protectedStates' | 'protectedBy'>,
  titleOf: (name: string) => string,
): string {
  const from = protectedBy && protectedBy !== name ? `, as ${titleOf(protectedBy)} says` : ''
  if (protectedStates.length === 0) return `None of its states is protected${from}.`
  const states = new Intl.ListFormat('en').format(protectedStates.map(wordsOf))
  return `Protected in ${states}${from}: to change such an item takes an approved release in progress that lists it.`
}

/** The type of an attribute in words, with its unit or its values. */
export function typeWords({ type, unit, values }: Pick<AttributeEntry, 'type' | 'unit' | 'values'>): string {
  const words: Record<string, string> = {
    text: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: 'yes or no',
    instant: 'instant',
    textList: 'list of texts',
    enumeration: values.join(' · '),
  }
  return `${words[type] ?? type}${unit ? `, ${unit}` : ''}`
}

/** Which rules a class takes part in, as sentences from its own end. */
export function rulesOf(types: readonly TypeEntry[], lineage: readonly string[], titleOf: (name: string) => string) {
  return types.flatMap((type) => {
    const out = type.pairs.filter(({ source }) => lineage.includes(source)).map(({ target }) => titleOf(target))
    const into = type.pairs.filter(({ target }) => lineage.includes(target)).map(({ source }) => titleOf(source))
    const said = (words: string, others: string[]) => ({
      type: type.name,
      words,
      others: [...new Set(others)].join(', '),
    })
    return [...(out.length ? [said(type.title, out)] : []), ...(into.length ? [said(type.inverseTitle, into)] : [])]
  })
}

export const cardinalityWords = {
  MANY_TO_MANY: 'Any number at both ends',
  MANY_TO_ONE: 'A source has at most one target',
  ONE_TO_MANY: 'A target has at most one source',
  ONE_TO_ONE: 'At most one at both ends',
} satisfies Record<TypeEntry['cardinality'], string>

export const impactWords = {
  TARGET_TO_SOURCE: 'The source, when the target changes',
  SOURCE_TO_TARGET: 'The target, when the source changes',
  NONE: 'Neither',
} satisfies Record<TypeEntry['impact'], string>

export const impactSentence = (impact: TypeEntry['impact']) =>
  impact === 'NONE' ? 'No impact travels along it.' : `${impactWords[impact].replace(',', ' suffers')}.`

/** The relationship read from both ends, with the first classes that it may join. */
export function exampleOf(type: TypeEntry, titleOf: (name: string) => string) {
  const [pair] = type.pairs
  if (!pair) return null
  const [source, target] = [titleOf(pair.source), titleOf(pair.target)]
  return { out: `${source} ${type.title} ${target}.`, into: `${target} ${type.inverseTitle} ${source}.` }
}
