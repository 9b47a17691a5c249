import { computed, ref, watch } from 'vue'
import { graphql } from '../../gql/gql.ts'
import { unmask } from '../../gql/fragment-masking.ts'
import type { MoreInstalledQuery, SoftwareLineFragment } from '../../gql/graphql.ts'
import { useUncached } from '../../graphql/uncached.ts'
import { useQueryAt } from '../../live/useQueryAt.ts'

const SoftwareLine = graphql(`
  fragment SoftwareLine on InstalledSoftware {
    name
    version
    digest
    observedAt
    confirmedBy {
      id
      number
    }
  }
`)

export type Software = SoftwareLineFragment

const MoreInstalled = graphql(`
  query MoreInstalled($id: ID!, $at: Moment, $search: String, $after: String) {
    configurationItem(id: $id, at: $at) {
      id
      installed(first: 100, search: $search, after: $after) {
        nodes {
          ...SoftwareLine
        }
        pageInfo {
          endCursor
        }
      }
    }
  }
`)

export interface Asked {
  id: string
  at: string | null
  search: string
  /** Packages that deployments were to bring: of them all is told, wherever they stand in the list. */
  intended: string[]
}

/** The software of an item: the first page follows what happens, further ones are loaded on behind it. */
export function useInstalled(asked: () => Asked) {
  const variables = () => ({ id: asked().id, at: asked().at, search: asked().search || null, names: asked().intended })
  const { data, error, refresh } = useQueryAt({
    query: graphql(`
      query Installed($id: ID!, $at: Moment, $search: String, $names: [String!]!) {
        configurationItem(id: $id, at: $at) {
          id
          installed(first: 20, search: $search) {
            totalCount
            nodes {
              ...SoftwareLine
            }
            pageInfo {
              endCursor
            }
          }
          ofIntended: installed(first: 200, names: $names) {
            nodes {
              ...SoftwareLine
            }
          }
        }
      }
    `),
    variables,
    at: () => asked().at,
    topics: ['item.', 'actualItem.', 'relationship.', 'deployment.changed'],
  })
  const found = computed(() => data.value?.configurationItem)
  const client = useUncached()
  const behind = ref<Software[]>([])
  const busy = ref(false)
  const fault = ref<string | null>(null)
  let cursor: string | null = null
  /** Which list is being loaded on: what arrives for another one is thrown away. */
  const list = computed(() => JSON.stringify([variables(), found.value?.installed]))
  watch(list, () => {
    behind.value = []
    fault.value = null
    busy.value = false
    cursor = null
  })
  async function more() {
    const of = list.value
    busy.value = true
    const after = cursor ?? found.value?.installed.pageInfo.endCursor
    const answer = await client.query<MoreInstalledQuery>(MoreInstalled, { ...variables(), after }).toPromise()
    if (of !== list.value) return
    const page = answer.data?.configurationItem?.installed
    busy.value = false
    fault.value = page ? null : (answer.error?.message ?? 'It is there no more.')
    if (!page) return
    behind.value.push(...unmask(SoftwareLine, page.nodes))
    cursor = page.pageInfo.endCursor ?? cursor
  }
  return {
    data,
    error,
    refresh,
    total: computed(() => found.value?.installed.totalCount ?? 0),
    /** What is at hand, by name. */
    software: computed(() => [...unmask(SoftwareLine, found.value?.installed.nodes ?? []), ...behind.value]),
    ofIntended: computed(() => unmask(SoftwareLine, found.value?.ofIntended.nodes ?? [])),
    more,
    busy,
    fault,
  }
}
