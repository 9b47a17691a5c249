import type { AnyVariables, CombinedError, DocumentInput } from '@urql/core'
import { useClientHandle } from '@urql/vue'
import { onScopeDispose, toValue, type MaybeRefOrGetter, type Ref } from 'vue'
import { useLive } from './live.ts'
import { useWalk } from './useWalk.ts'

export interface LiveQueryOptions<Data, Variables extends AnyVariables> {
  query: DocumentInput<Data, Variables>
  variables?: MaybeRefOrGetter<Variables>
  /** Beginnings of the topics after which the answer may be another, such as ['release.', 'task.']. */
  topics: readonly string[]
  pause?: MaybeRefOrGetter<boolean>
}

export interface LiveQuery<Data> {
  data: Ref<Data | undefined>
  error: Ref<CombinedError | undefined>
  /** True until there is something to show. */
  fetching: Ref<boolean>
  refresh: () => void
}

/**
 * A page's query that stays true: asked again when the log of events names one of its topics, and after a resync. Of a
 * list that went on by cursor all pages are asked again that were read.
 */
export function useLiveQuery<Data, Variables extends AnyVariables>({
  query,
  variables,
  topics,
  pause,
}: LiveQueryOptions<Data, Variables>): LiveQuery<Data> {
  const { client, useQuery } = useClientHandle()
  const walk = useWalk<Data, Variables>(client, query, variables ?? ({} as Variables))
  const { data, error, fetching, executeQuery } = useQuery<Data, Variables>({
    query,
    variables: walk.variables,
    pause,
  })
  let walking = false
  let heard = false
  const refresh = async () => {
    // Nobody looks, and the variables may not be there yet; who looks later asks anew.
    if (toValue(pause)) return
    heard = walking
    if (walking) return
    walking = true
    const done = await walk.again()
    walking = false
    if (!done) void executeQuery({ requestPolicy: 'network-only' })
    if (heard) void refresh()
  }
  onScopeDispose(useLive().activity.on(topics, () => void refresh()))
  return { data, error, fetching, refresh: () => void refresh() }
}
