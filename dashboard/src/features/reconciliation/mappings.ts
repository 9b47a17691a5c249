import type { GoesAlong, ItemState, ScopesCard_ScopeFragment } from '../../gql/graphql.ts'

export type Mapping = ScopesCard_ScopeFragment['mappings'][number]

/** A mapping as a form holds it. */
export interface MappingDraft {
  /** By which the form knows it, whatever stands before it and whatever it is changed to. */
  key: string
  actualClass: string
  authorizedClass: string
  some: boolean
  attributes: readonly string[]
  state: ItemState
  goesAlong: GoesAlong
}

interface ClassWords {
  name: string
  title: string
  isAbstract: boolean
  attributes: readonly { name: string; title: string }[]
}

/** What a promoted item begins as where nothing else is said. */
const USUAL_STATE = 'PRODUCTION'
/** What can be begun as: all but the end. */
export const beginnings: readonly ItemState[] = ['NOT_READY', 'TEST', 'BUILD', 'PRODUCTION', 'INVENTORY']

export const alongWords: Record<GoesAlong, string> = {
  AS_RELATED: 'As the scope says',
  CONTAINED: 'With whatever holds them, however deep',
  NEVER: 'Never, only when chosen',
}

export const draftOf = (mapping: Mapping, key: string): MappingDraft => ({
  key,
  actualClass: mapping.actualClass,
  authorizedClass: mapping.authorizedClass,
  some: mapping.attributes.length > 0,
  attributes: mapping.attributes,
  state: mapping.state ?? USUAL_STATE,
  goesAlong: mapping.goesAlong,
})

export const emptyDraft = (className: string, key: string): MappingDraft => ({
  key,
  actualClass: className,
  authorizedClass: className,
  some: false,
  attributes: [],
  state: USUAL_STATE,
  goesAlong: 'AS_RELATED',
})

/** What is sent; of attributes those that can be copied now. */
export function mappingOf(draft: MappingDraft, classes: readonly ClassWords[]): Mapping {
  const { actualClass, authorizedClass, some, attributes, state, goesAlong } = draft
  const known = new Set(attributesOf(draft, classes).map(({ name }) => name))
  return {
    ...{ actualClass, authorizedClass, goesAlong },
    attributes: some ? attributes.filter((name) => known.has(name)) : [],
    state: state === USUAL_STATE ? null : state,
  }
}

/** Of the authorized class; what a subclass of the actual one has too, only the server knows. */
export const attributesOf = ({ authorizedClass }: MappingDraft, classes: readonly ClassWords[]) =>
  classes.find(({ name }) => name === authorizedClass)?.attributes ?? []
