import { computed, type ComputedRef } from 'vue'
import { useToasts } from '../../composables/useToasts.ts'
import { graphql } from '../../gql/gql.ts'
import type { DefaultViewSetInput } from '../../gql/graphql.ts'
import { useAction } from '../../live/useAction.ts'
import { usePermissions } from '../../live/usePermissions.ts'
import type { DefaultView } from './useSavedViews.ts'

/** Says with which view a page opens, and takes it back. */
export function useOpening(page: string, defaults: ComputedRef<readonly DefaultView[]>) {
  const toasts = useToasts()
  const setting = useAction(
    graphql(`
      mutation SetDefaultView($input: DefaultViewSetInput!) {
        defaultViewSet(input: $input) {
          defaultView {
            id
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `),
  )
  const removal = useAction(
    graphql(`
      mutation RemoveDefaultView($input: IdInput!) {
        defaultViewRemove(input: $input) {
          defaultView {
            id
          }
          userErrors {
            code
            message
            field
          }
        }
      }
    `),
  )
  const own = computed(() => defaults.value.find(({ audience }) => audience === 'ME'))
  /** For the reader alone; null: the page as it is. */
  const openWith = async (view: { id: string; name: string } | null) => {
    const before = own.value
    const set = (viewId: string | null) => setting.run({ path: page, audience: 'ME', viewId }, true)
    const done = await set(view?.id ?? null)
    if (!done) return
    toasts.offerUndo(view ? `This list opens with “${view.name}” now` : 'This list opens without a view now', () =>
      before ? set(before.view?.id ?? null) : removal.run({ id: done.defaultView!.id }, true),
    )
  }
  const { permissions } = usePermissions()
  return {
    openWith,
    setting,
    removal,
    mayForOthers: computed(() => permissions.value.has('account.manage')),
    setForOthers: (whom: Pick<DefaultViewSetInput, 'audience' | 'role' | 'scopeId' | 'viewId'>) =>
      setting.run({ path: page, ...whom }),
  }
}
