import { useQuery } from '@urql/vue'
import { computed } from 'vue'
import { graphql } from '../gql/gql.ts'

/** What classes and relationship types are called by people; the name itself where nobody gave it a title. */
export function useTitles() {
  const { data } = useQuery({
    query: graphql(`
      query Titles {
        itemClasses {
          name
          title
        }
        relationshipTypes {
          name
          title
        }
      }
    `),
  })
  const titlesOf = (named: readonly { name: string; title: string }[] = []) =>
    new Map(named.map(({ name, title }) => [name, title]))
  const classes = computed(() => titlesOf(data.value?.itemClasses))
  const relationships = computed(() => titlesOf(data.value?.relationshipTypes))
  return {
    titleOf: (className: string) => classes.value.get(className) ?? className,
    relationshipTitleOf: (name: string) => relationships.value.get(name) ?? name,
  }
}

/** The same of the attributes of all classes, which are ten times as many. */
export function useAttributeTitles() {
  const { data } = useQuery({
    query: graphql(`
      query AttributeTitles {
        itemClasses {
          name
          attributes {
            name
            title
          }
        }
      }
    `),
  })
  const classes = computed(
    () =>
      new Map(
        data.value?.itemClasses.map(({ name, attributes }) => [
          name,
          new Map(attributes.map((each) => [each.name, each.title])),
        ]),
      ),
  )
  return (className: string, name: string) => classes.value.get(className)?.get(name) ?? name
}
