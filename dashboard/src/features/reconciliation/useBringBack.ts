import { useRouter } from 'vue-router'
import { graphql } from '../../gql/gql.ts'
import { useAction } from '../../live/useAction.ts'

/** Prepares what brings results back, and opens it: the only deployment, otherwise the release. */
export function useBringBack() {
  const router = useRouter()
  const { run, busy, refusal } = useAction(
    graphql(`
      mutation ReconciliationBringBack($input: ReconciliationBringBackInput!) {
        reconciliationBringBack(input: $input) {
          release {
            id
          }
          deployments {
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
  const prepare = async (ids: readonly string[]) => {
    const done = await run({ ids: [...ids] })
    if (!done?.release) return
    const [one, ...more] = done.deployments
    await router.push(one && more.length === 0 ? `/deployments/${one.id}` : `/releases/${done.release.id}`)
  }
  return { prepare, busy, refusal }
}
