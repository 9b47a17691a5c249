import { useQuery } from '@urql/vue'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { graphql } from '../../gql/gql.ts'

/**
 * The catalogue: what kinds of items there are, with all their attributes, and how they can relate. Asked once, it changes with
 * the server only. It is long; a form asks for it `when` it is open, and who needs titles alone takes useTitles.ts.
 */
export function useCatalogue(when: MaybeRefOrGetter<boolean> = true) {
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
    pause: computed(() => !toValue(when)),
  })
  const classes = computed(() => data.value?.itemClasses ?? [])
  const types = computed(() => data.value?.relationshipTypes ?? [])
  /** Those of which an item can be. */
  const concrete = computed(() => classes.value.filter(({ isAbstract }) => !isAbstract))
  return { classes, concrete, types }
}
