import { useQuery } from '@urql/vue'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { graphql } from '../../gql/gql.ts'
import { wordsOf } from '../../graphql/states.ts'
import { usePermissions } from '../../live/usePermissions.ts'

/** Who could own a task: everybody who is active, or, for those who may not see accounts, the reader. */
export function useOwnerChoices(
  kept: MaybeRefOrGetter<{ id: string; name: string } | null | undefined>,
  pause: MaybeRefOrGetter<boolean>,
) {
  const { permissions } = usePermissions()
  const maySee = computed(() => permissions.value.has('account.read'))
  const { data } = useQuery({
    query: graphql(`
      query TaskOwners($all: Boolean!) {
        viewer {
          account {
            id
            name
            login
          }
        }
        accounts(first: 200) @include(if: $all) {
          nodes {
            id
            name
            login
            state
          }
        }
      }
    `),
    variables: computed(() => ({ all: maySee.value })),
    pause,
  })
  return computed(() => {
    const me = data.value?.viewer?.account
    const active = data.value?.accounts?.nodes.filter(({ state }) => state === 'ACTIVE')
    const known = (active ?? (me ? [me] : [])).map(({ id, name, login }) => ({ value: id, label: name, note: login }))
    const keep = toValue(kept)
    if (keep && !known.some(({ value }) => value === keep.id))
      known.unshift({ value: keep.id, label: keep.name, note: '' })
    return known
  })
}

/** The other tasks of the release, which can come before this one. */
export function useBeforeChoices(
  releaseId: MaybeRefOrGetter<string>,
  taskId: MaybeRefOrGetter<string | null>,
  pause: MaybeRefOrGetter<boolean>,
) {
  const { data } = useQuery({
    query: graphql(`
      query TaskBefore($id: ID!) {
        release(id: $id) {
          id
          tasks(first: 200) {
            nodes {
              id
              number
              title
              state
            }
          }
        }
      }
    `),
    variables: computed(() => ({ id: toValue(releaseId) })),
    pause,
    requestPolicy: 'cache-and-network',
  })
  return computed(() =>
    (data.value?.release?.tasks.nodes ?? [])
      .filter(({ id, state }) => id !== toValue(taskId) && state !== 'CANCELLED')
      .map(({ id, number, title, state }) => ({ id, label: `${number} ${title}`, state: wordsOf(state) })),
  )
}
