import { useQuery } from '@urql/vue'
import { computed, type ComputedRef } from 'vue'
import { graphql } from '../gql/gql.ts'

/** What the reader may do anywhere, for what is no action of a thing that is there already, such as making a new one. */
export function usePermissions(): { permissions: ComputedRef<ReadonlySet<string>> } {
  const { data } = useQuery({
    query: graphql(`
      query Permissions {
        viewer {
          permissions {
            permission
          }
        }
      }
    `),
    requestPolicy: 'cache-first',
  })
  return {
    permissions: computed(() => new Set(data.value?.viewer?.permissions.map(({ permission }) => permission))),
  }
}
