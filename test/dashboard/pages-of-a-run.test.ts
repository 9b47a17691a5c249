// Lists within one thing go on by cursor as those of a page do: what was read before stays, and is read again after an event.
import { Client, fetchExchange } from '@urql/core'
import urql from '@urql/vue'
import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { ref } from 'vue'
import { createCache } from '../../dashboard/src/graphql/cache.ts'
import { liveKey, type Live } from '../../dashboard/src/live/live.ts'
import { useLiveQuery } from '../../dashboard/src/live/useLiveQuery.ts'

const query = /* GraphQL */ `
  query Changes($id: ID!, $after: String) {
    discoveryRun(id: $id) {
      id
      changes(first: 2, after: $after) {
        totalCount
        nodes {
          name
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`
interface Answer {
  discoveryRun: {
    changes: { totalCount: number; nodes: { name: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
  }
}

test('the changes of a run grow page by page and are all read again when the run has moved on', async () => {
  let names = ['a', 'b', 'c', 'd', 'e']
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const { after } = (JSON.parse(String(init!.body)) as { variables: { after: string | null } }).variables
    const from = after === null ? 0 : Number(after)
    const nodes = names.slice(from, from + 2).map((name) => ({ __typename: 'DiscoveryChange', name }))
    const pageInfo = { __typename: 'PageInfo', hasNextPage: from + 2 < names.length, endCursor: String(from + 2) }
    const changes = { __typename: 'DiscoveryChangeConnection', totalCount: names.length, nodes, pageInfo }
    return Response.json({ data: { discoveryRun: { __typename: 'DiscoveryRun', id: 'run_1', changes } } })
  }
  const client = new Client({
    url: 'http://nowhere',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    exchanges: [createCache(), fetchExchange],
    fetch: fetch as typeof globalThis.fetch,
  })
  let event = () => {}
  const activity = { on: (_topics: readonly string[], refresh: () => void) => ((event = refresh), () => {}) }
  const after = ref<string | null>(null)
  let list!: ReturnType<typeof useLiveQuery<Answer, { id: string; after: string | null }>>
  mount(
    {
      setup() {
        list = useLiveQuery({ query, variables: () => ({ id: 'run_1', after: after.value }), topics: ['discovery.'] })
        return () => null
      },
    },
    { global: { plugins: [[urql, client]], provide: { [liveKey as symbol]: { activity } as unknown as Live } } },
  )
  const shown = () => list.data.value?.discoveryRun.changes.nodes.map(({ name }) => name).join('')
  await expect.poll(shown).toBe('ab')
  after.value = list.data.value!.discoveryRun.changes.pageInfo.endCursor
  await expect.poll(shown).toBe('abcd')
  names = ['x', 'a', 'b', 'c', 'd', 'e']
  event()
  await expect.poll(shown).toBe('xabc')
  after.value = list.data.value!.discoveryRun.changes.pageInfo.endCursor
  await expect.poll(shown).toBe('xabcde')
})
