import { useQuery } from '@urql/vue'
import { computed } from 'vue'
import { graphql } from '../../gql/gql.ts'

/** The catalogue: what kinds of items there are, how they can relate. Asked once, it changes with the server only. */
export function useCatalogue() {
  const { data } = useQuery({
    query: graphql(`
      query ItemCatalogue {
        itemClasses {
          name
          title
          isAbstract
          isTargetable
          count
          attributes {
            name
            title
            type
            unit
            values
          }
        }
        relationshipTypes {
          name
          title
          inverse
          inverseTitle
          impact
        }
      }
    `),
  })
  const classes = computed(() => data.value?.itemClasses ?? [])
  const types = computed(() => data.value?.relationshipTypes ?? [])
  /** Those of which an item can be. */
  const concrete = computed(() => classes.value.filter(({ isAbstract }) => !isAbstract))
  const titles = computed(() => new Map(classes.value.map(({ name, title }) => [name, title] as const)))
  return { classes, concrete, types, titleOf: (name: string) => titles.value.get(name) ?? name }
}
