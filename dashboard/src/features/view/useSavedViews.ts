import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { graphql } from '../../gql/gql.ts'
import type { SavedViewsQuery } from '../../gql/graphql.ts'
import { useLiveQuery } from '../../live/useLiveQuery.ts'
import { usePermissions } from '../../live/usePermissions.ts'
import { presentView } from './view-path.ts'

export type SavedView = SavedViewsQuery['savedViews']['nodes'][number]

/** The saved views of this page, and which of them it shows. */
export function useSavedViews() {
  const route = useRoute()
  const router = useRouter()
  const page = route.path
  const { permissions } = usePermissions()
  const may = computed(() => permissions.value.has('view.own'))
  const { data, refresh } = useLiveQuery({
    query: graphql(`
      query SavedViews($path: String!) {
        savedViews(first: 200, path: $path) {
          nodes {
            id
            name
            path
            shared
            version
            allowedActions
            owner {
              id
              name
            }
          }
        }
      }
    `),
    variables: { path: page },
    topics: ['account.'],
    pause: computed(() => !may.value),
  })
  const views = computed(() => data.value?.savedViews.nodes ?? [])
  /** What the address says, without the place on the page. */
  const path = computed(() => route.fullPath.split('#', 1)[0]!)
  const chosen = ref<string | null>(null)
  // On the way to another page this one still stands for a moment.
  const present = computed(() => (route.path === page ? presentView(views.value, path.value, chosen.value) : null))
  watch(present, (now) => (chosen.value = now?.view.id ?? null))
  /** Tells views apart that lead to the same place. */
  const choose = (view: SavedView) => {
    chosen.value = view.id
    void router.push(view.path)
  }
  return { may, views, path, present, choose, refresh }
}
