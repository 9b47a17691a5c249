import type { AnyVariables, CombinedError } from '@urql/core'
import { computed, ref, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { useUncached } from '../graphql/uncached.ts'
import { useLiveQuery, type LiveQuery, type LiveQueryOptions } from './useLiveQuery.ts'

/**
 * A page's query that can look back: with `at` null it is a live query; with an instant it is asked once, as of then.
 * The document passes the instant on by a variable of its own.
 */
export function useQueryAt<Data, Variables extends AnyVariables>(
  options: LiveQueryOptions<Data, Variables> & { at: MaybeRefOrGetter<string | null> },
): LiveQuery<Data> {
  const { query, variables, at, pause } = options
  const client = useUncached()
  const isPast = () => toValue(at) !== null
  const live = useLiveQuery({ ...options, pause: () => isPast() || (toValue(pause) ?? false) })
  const data = shallowRef<Data>()
  const error = ref<CombinedError>()
  let asked = 0
  const ask = async () => {
    const turn = ++asked
    if (!isPast() || toValue(pause)) return
    const answer = await client.query<Data, Variables>(query, (toValue(variables) ?? {}) as Variables).toPromise()
    if (turn !== asked) return
    data.value = answer.data
    error.value = answer.error
  }
  watch(() => [toValue(at), JSON.stringify(toValue(variables) ?? null), toValue(pause)], ask, { immediate: true })
  return {
    data: computed(() => (isPast() ? data.value : live.data.value)),
    error: computed(() => (isPast() ? error.value : live.error.value)),
    fetching: computed(() => (isPast() ? data.value === undefined && !error.value : live.fetching.value)),
    refresh: () => (isPast() ? void ask() : live.refresh()),
  }
}
