import { computed, type ComputedRef } from 'vue'
import { useRoute } from 'vue-router'

/** The `[id]` of this page's address. Follows the way to another thing of the same kind, not the way to another page. */
export function usePageId(): ComputedRef<string> {
  const route = useRoute()
  const { name } = route
  return computed<string>((before) => {
    const { id } = route.params as { id?: string }
    return before !== undefined && route.name !== name ? before : String(id)
  })
}
