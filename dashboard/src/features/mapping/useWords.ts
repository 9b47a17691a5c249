import { useQuery } from '@urql/vue'
import { computed, type ComputedRef, type Ref } from 'vue'
import { graphql } from '../../gql/gql.ts'
import type { MappingWordsQuery } from '../../gql/graphql.ts'
import { classesOf, type Mapping } from './mapping.ts'

type ClassEntry = MappingWordsQuery['itemClasses'][number]
type TypeEntry = MappingWordsQuery['relationshipTypes'][number]

/** What a mapping can name here: classes that things are of, their attributes, and relationship types. */
export interface Words {
  ready: ComputedRef<boolean>
  classes: ComputedRef<ClassEntry[]>
  /** Of the classes that rows become. */
  attributes: ComputedRef<{ name: string; title: string; isList: boolean }[]>
  types: ComputedRef<readonly TypeEntry[]>
  titleOf(className: string): string
  /** The class that is most likely at the other end of a relationship of this type, which a column of this name holds. */
  otherClass(type: string, isIncoming: boolean, column: string): string
}

export function useWords(mapping: Ref<Mapping>): Words {
  const { data } = useQuery({
    query: graphql(`
      query MappingWords {
        itemClasses {
          name
          title
          isAbstract
          attributes {
            name
            title
            type
            neverFromDiscovery
          }
        }
        relationshipTypes {
          name
          title
          inverseTitle
          pairs {
            source
            target
          }
        }
      }
    `),
  })
  /** Without what only people say. */
  const classes = computed(() =>
    (data.value?.itemClasses ?? [])
      .filter(({ isAbstract }) => !isAbstract)
      .map((one) => ({ ...one, attributes: one.attributes.filter(({ neverFromDiscovery }) => !neverFromDiscovery) })),
  )
  const types = computed(() => data.value?.relationshipTypes ?? [])
  const attributes = computed(() => {
    const names = classesOf(mapping.value)
    // While a column says the classes and nobody said which, any attribute may be meant.
    const chosen = classes.value.filter(({ name }) => names.length === 0 || names.includes(name))
    const all = chosen.flatMap((one) => one.attributes)
    const each = new Map(all.map(({ name, title, type }) => [name, { name, title, isList: type === 'textList' }]))
    return [...each.values()].toSorted((one, other) => one.title.localeCompare(other.title))
  })
  return {
    ready: computed(() => data.value !== undefined),
    classes,
    attributes,
    types,
    titleOf: (className) => classes.value.find(({ name }) => name === className)?.title ?? className,
    otherClass(type, isIncoming, column) {
      const pairs = types.value.find(({ name }) => name === type)?.pairs ?? []
      const ends = pairs.map(({ source, target }) => (isIncoming ? source : target))
      const named = classes.value.find(({ name, title }) => [name, title].some((word) => alike(word, column)))
      const first = classes.value.find(({ name }) => ends.includes(name)) ?? classes.value[0]
      return (named ?? first)?.name ?? ''
    },
  }
}

const alike = (one: string, other: string) => one.toLowerCase() === other.trim().toLowerCase()
