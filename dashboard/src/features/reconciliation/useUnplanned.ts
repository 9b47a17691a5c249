import { useToasts } from '../../composables/useToasts.ts'
import { graphql } from '../../gql/gql.ts'
import type { UnplannedChangeRef } from '../../gql/graphql.ts'
import { counted } from '../../graphql/values.ts'
import { useAction } from '../../live/useAction.ts'

interface Change {
  at: string
  attribute: string
  kind: string
  item: { id: string } | null
  other: { id: string } | null
}

/** Which change it is, as text: what a checkbox chooses and the API is told. */
export const keyOf = ({ item, at, attribute, kind, other }: Change) =>
  JSON.stringify({ itemId: item?.id ?? '', at, attribute, kind, otherId: other?.id ?? null })

/** Says something about changes; what was said can be taken back at once. */
export function useUnplanned() {
  const toasts = useToasts()
  const { run, busy, refusal } = useAction(
    graphql(`
      mutation UnplannedChangesDecide($input: UnplannedChangesDecideInput!) {
        unplannedChangesDecide(input: $input) {
          changes {
            at
            attribute
            state
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
  const changesOf = (keys: readonly string[]) => keys.map((key) => JSON.parse(key) as UnplannedChangeRef)
  const done = { acknowledge: 'known', explain: 'explained', reopen: 'open again' } as Record<string, string>
  const decide = async (keys: readonly string[], action: string, comment: string | null = null) => {
    const changes = changesOf(keys)
    if (!(await run({ changes, action, comment }))) return false
    const title = `${counted(keys.length, 'change is', 'changes are')} ${done[action] ?? action}.`
    if (action === 'reopen') toasts.show({ tone: 'confirmed', title })
    else toasts.offerUndo(title, () => run({ changes, action: 'reopen' }, true), 'They are open again.')
    return true
  }
  return { decide, busy, refusal }
}
