import { useQuery } from '@urql/vue'
import { computed } from 'vue'
import { graphql } from '../gql/gql.ts'

/** What classes, their attributes and relationships are called by people; the name itself where nobody gave it a title. */
export function useTitles() {
  const { data } = useQuery({
    query: graphql(`
      query Titles {
        itemClasses {
          name
          title
          attributes {
            name
            title
          }
        }
        relationshipTypes {
          name
          title
        }
      }
    `),
  })
  const classes = computed(
    () =>
      new Map(
        data.value?.itemClasses.map(({ name, title, attributes }) => [
          name,
          { title, attributes: new Map(attributes.map((each) => [each.name, each.title])) },
        ]),
      ),
  )
  const relationships = computed(() => new Map(data.value?.relationshipTypes.map(({ name, title }) => [name, title])))
  return {
    relationshipTitleOf: (name: string) => relationships.value.get(name) ?? name,
    titleOf: (className: string) => classes.value.get(className)?.title ?? className,
    attributeTitleOf: (className: string, name: string) => classes.value.get(className)?.attributes.get(name) ?? name,
  }
}
