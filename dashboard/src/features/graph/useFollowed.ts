import { onScopeDispose, watch } from 'vue'
import type { LiveQuery } from '../../live/useLiveQuery.ts'

const again = 2_000 // ms

/** Asks again until the map takes the graph into account as it is: the log says that it changed before the map is drawn. */
export function useFollowed<Data>({ data, refresh }: LiveQuery<Data>, isCurrent: (data: Data) => boolean) {
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    data,
    (now) => {
      clearTimeout(timer)
      if (now && !isCurrent(now)) timer = setTimeout(refresh, again)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
}
