import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { graphql } from '../../gql/gql.ts'
import type { SavedViewsQuery } from '../../gql/graphql.ts'
import { useLiveQuery } from '../../live/useLiveQuery.ts'
import { usePermissions } from '../../live/usePermissions.ts'
import { useDefaultViews } from './default-views.ts'
import { plainPath, presentView } from './view-path.ts'

export type SavedView = SavedViewsQuery['savedViews']['nodes'][number]
export type DefaultView = SavedViewsQuery['defaultViews']['nodes'][number]

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
        defaultView(path: $path) {
          id
          view {
            id
            path
          }
        }
        defaultViews(first: 200, path: $path) {
          nodes {
            id
            audience
            role
            scope {
              id
              name
            }
            view {
              id
              name
            }
            allowedActions
          }
        }
      }
    `),
    variables: { path: page },
    topics: ['account.'],
    pause: computed(() => !may.value),
  })
  const views = computed(() => data.value?.savedViews.nodes ?? [])
  /** With what the page opens for the reader, and everything that is said about it. */
  const opens = computed(() => data.value?.defaultView ?? null)
  const defaults = computed(() => data.value?.defaultViews.nodes ?? [])
  const { learn, addressOf } = useDefaultViews()
  watch(data, (now) => now && learn(page, now.defaultView?.view ?? null))
  /** What the address says, without the place on the page. */
  const path = computed(() => plainPath(route.fullPath.split('#', 1)[0]!))
  const chosen = ref<string | null>(null)
  // On the way to another page this one still stands for a moment.
  const present = computed(() => (route.path === page ? presentView(views.value, path.value, chosen.value) : null))
  watch(present, (now) => (chosen.value = now?.view.id ?? null))
  /** Tells views apart that lead to the same place. */
  const mark = (view: SavedView) => (chosen.value = view.id)
  const choose = (view: SavedView) => {
    mark(view)
    void router.push(addressOf(view.path))
  }
  /** The page as it is, whatever it opens with. */
  const chooseNone = () => {
    chosen.value = null
    void router.push(addressOf(page))
  }
  return { may, views, opens, defaults, page, path, present, mark, choose, chooseNone, addressOf, refresh }
}
