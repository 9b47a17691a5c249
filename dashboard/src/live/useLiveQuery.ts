import type { AnyVariables, CombinedError, DocumentInput } from '@urql/core'
import { useQuery } from '@urql/vue'
import { onScopeDispose, type MaybeRefOrGetter, type Ref } from 'vue'
import { useLive } from './live.ts'

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

/** A page's query that stays true: asked again when the log of events names one of its topics, and after a resync. */
export function useLiveQuery<Data, Variables extends AnyVariables>({
  query,
  variables,
  topics,
  pause,
}: LiveQueryOptions<Data, Variables>): LiveQuery<Data> {
  const { data, error, fetching, executeQuery } = useQuery<Data, Variables>({
    query,
    variables: (variables ?? {}) as Variables,
    pause,
  })
  const refresh = () => void executeQuery({ requestPolicy: 'network-only' })
  onScopeDispose(useLive().activity.on(topics, refresh))
  return { data, error, fetching, refresh }
}
