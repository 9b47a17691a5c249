import type { TypedDocumentNode } from '@urql/core'
import { computed, type ComputedRef } from 'vue'
import { useRouter, type LocationQuery } from 'vue-router'
import { useLiveQuery } from '../../live/useLiveQuery.ts'
import type { SavedView } from './useSavedViews.ts'

/** How a page counts the rows of its views: all of them by one query. */
export interface Counting<Filter> {
  document: TypedDocumentNode<{ counts: readonly { count: number; more: boolean }[] }, { filters: Filter[] | Filter }>
  /** Beginnings of the topics after which there may be other numbers. */
  topics: readonly string[]
  /** What the list of an address is asked for; null: of it nothing is counted. */
  filterOf: (query: LocationQuery) => Filter | null
}

const most = 50 // lists that one call of the API counts

/** How many rows each view has by now, as text by its id, such as "3" or "1000+"; asked again at the pace of the page. */
export function useViewCounts<Filter>(
  views: ComputedRef<readonly SavedView[]>,
  { document, topics, filterOf }: Counting<Filter>,
): ComputedRef<ReadonlyMap<string, string>> {
  const router = useRouter()
  const wanted = computed(() =>
    views.value
      .flatMap(({ id, path }) => {
        const filter = filterOf(router.resolve(path).query)
        return filter === null ? [] : [{ id, filter }]
      })
      .slice(0, most),
  )
  const { data } = useLiveQuery({
    query: document,
    variables: computed(() => ({ filters: wanted.value.map(({ filter }) => filter) })),
    topics,
    pause: computed(() => wanted.value.length === 0),
  })
  return computed(() => {
    const counts = data.value?.counts ?? []
    // Until those of the views of now are there, the old ones would stand beside other names.
    if (counts.length !== wanted.value.length) return new Map()
    return new Map(wanted.value.map(({ id }, at) => [id, `${counts[at]!.count}${counts[at]!.more ? '+' : ''}`]))
  })
}
