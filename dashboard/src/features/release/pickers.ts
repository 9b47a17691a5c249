import { useQuery } from '@urql/vue'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { graphql } from '../../gql/gql.ts'
import { wordsOf } from '../../graphql/states.ts'

/** Package versions that can be taken, by name or number; withdrawn ones are named but say so. */
export function useVersionChoices(search: MaybeRefOrGetter<string>, pause: MaybeRefOrGetter<boolean> = false) {
  const { data } = useQuery({
    query: graphql(`
      query VersionChoices($search: String) {
        packages(first: 30, filter: { search: $search }) {
          nodes {
            id
            name
            versions(first: 20) {
              nodes {
                id
                number
                state
                platform
              }
            }
          }
        }
      }
    `),
    variables: computed(() => ({ search: toValue(search).trim().split(' ')[0] || null })),
    pause,
  })
  return computed(() =>
    (data.value?.packages.nodes ?? []).flatMap(({ name, versions }) =>
      versions.nodes.map(({ id, number, state, platform }) => ({
        value: id,
        label: `${name} ${number}`,
        note: state === 'AVAILABLE' ? platform : wordsOf(state),
      })),
    ),
  )
}

/** Items that can be targets now: of a class that takes software, and authorized. */
export function useTargetChoices(search: MaybeRefOrGetter<string>, pause: MaybeRefOrGetter<boolean> = false) {
  const { data } = useQuery({
    query: graphql(`
      query TargetChoices($search: String) {
        configurationItems(first: 200, filter: { search: $search, targetable: true, authorized: true }) {
          totalCount
          nodes {
            id
            name
            site {
              id
              name
            }
          }
        }
      }
    `),
    variables: computed(() => ({ search: toValue(search) || null })),
    pause,
  })
  const items = computed(() => data.value?.configurationItems.nodes ?? [])
  const total = computed(() => data.value?.configurationItems.totalCount ?? 0)
  return { items, total }
}

/** Any items, whatever their class and state, by name. */
export function useItemChoices(search: MaybeRefOrGetter<string>, pause: MaybeRefOrGetter<boolean> = false) {
  const { data } = useQuery({
    query: graphql(`
      query ItemChoices($search: String) {
        configurationItems(first: 30, filter: { search: $search }) {
          nodes {
            id
            name
            className
            state
          }
        }
      }
    `),
    variables: computed(() => ({ search: toValue(search) || null })),
    pause,
  })
  return computed(() =>
    (data.value?.configurationItems.nodes ?? []).map(({ id, name, className, state }) => ({
      value: id,
      label: name,
      note: `${className}, ${wordsOf(state)}`,
    })),
  )
}
