import { Client, fetchExchange } from '@urql/core'
import { mount } from '@vue/test-utils'
import urql from '@urql/vue'
import { expect, test } from 'vitest'
import { ref } from 'vue'
import { createCache } from '../../dashboard/src/graphql/cache.ts'
import { liveKey, type Live } from '../../dashboard/src/live/live.ts'
import { useLiveQuery } from '../../dashboard/src/live/useLiveQuery.ts'

const PAGE = 2
const query = /* GraphQL */ `
  query Releases($after: String, $filter: ReleaseFilter) {
    releases(first: 2, after: $after, filter: $filter) {
      totalCount
      nodes {
        id
        title
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`
interface Answer {
  releases: { totalCount: number; nodes: { id: string; title: string }[]; pageInfo: { endCursor: string | null } }
}

/** A server with releases by number, the highest first; a page goes on below the number that is its cursor. */
function aServer() {
  const data = new Map([6, 5, 4, 3, 2, 1].map((number) => [number, `r${number}`]))
  const asked: (string | null)[] = []
  const answer = (after: string | null) => {
    asked.push(after)
    const all = [...data.keys()].sort((a, b) => b - a)
    const left = all.filter((number) => after === null || number < Number(after))
    const shown = left.slice(0, PAGE)
    return {
      releases: {
        __typename: 'ReleaseConnection',
        totalCount: all.length,
        nodes: shown.map((number) => ({ __typename: 'Release', id: `rls_${number}`, title: data.get(number)! })),
        pageInfo: {
          __typename: 'PageInfo',
          hasNextPage: left.length > PAGE,
          endCursor: shown.length ? String(shown.at(-1)) : null,
        },
      },
    }
  }
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const { variables } = JSON.parse(String(init!.body)) as { variables: { after: string | null } }
    return Response.json({ data: answer(variables.after) })
  }
  return { data, asked, fetch }
}

/** A list that was read up to its second page. */
async function aList() {
  const server = aServer()
  const client = new Client({
    url: 'http://nowhere',
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    exchanges: [createCache(), fetchExchange],
    fetch: server.fetch as typeof fetch,
  })
  let event = () => {}
  const activity = { on: (_topics: readonly string[], refresh: () => void) => ((event = refresh), () => {}) }
  const after = ref<string | null>(null)
  const wanted = ref<string | null>(null)
  const paused = ref(false)
  let list!: ReturnType<typeof useLiveQuery<Answer, { after: string | null; filter: object | null }>>
  mount(
    {
      setup() {
        list = useLiveQuery({
          query,
          variables: () => ({ after: after.value, filter: wanted.value ? { search: wanted.value } : null }),
          topics: ['release.'],
          pause: paused,
        })
        return () => null
      },
    },
    { global: { plugins: [[urql, client]], provide: { [liveKey as symbol]: { activity } as unknown as Live } } },
  )
  const titles = () => list.data.value?.releases.nodes.map(({ title }) => title).join(' ')
  const more = () => (after.value = list.data.value!.releases.pageInfo.endCursor)
  await expect.poll(titles).toBe('r6 r5')
  more()
  await expect.poll(titles).toBe('r6 r5 r4 r3')
  return { ...server, event: () => event(), titles, more, after, wanted, paused, list }
}

test('after an event the rows of every page that was read are those of now, not of the last page only', async () => {
  const { data, event, titles } = await aList()
  data.set(6, 'renamed')
  data.set(3, 'renamed too')
  event()
  await expect.poll(titles).toBe('renamed r5 r4 renamed too')
})

test('what came in stands at the top and pushes nothing out between two pages', async () => {
  const { data, event, titles, more } = await aList()
  data.set(7, 'r7')
  event()
  await expect.poll(titles).toBe('r7 r6 r5 r4')
  more()
  await expect.poll(titles).toBe('r7 r6 r5 r4 r3 r2')
  data.set(8, 'r8')
  event()
  await expect.poll(titles).toBe('r8 r7 r6 r5 r4 r3')
})

test('what left is gone from every page, and the list may end earlier', async () => {
  const { data, event, titles, list } = await aList()
  for (const number of [6, 4]) data.delete(number)
  event()
  await expect.poll(titles).toBe('r5 r3 r2 r1')
  for (const number of [5, 3]) data.delete(number)
  event()
  await expect.poll(titles).toBe('r2 r1')
  expect(list.data.value!.releases.totalCount).toBe(2)
})

test('events that come while it reads are answered once more afterwards', async () => {
  const { data, event, titles } = await aList()
  data.set(7, 'r7')
  event()
  event()
  data.set(5, 'renamed')
  event()
  await expect.poll(titles).toBe('r7 r6 renamed r4')
})

test('who begins anew goes on from the ends that the list has then', async () => {
  const { data, event, titles, more, after } = await aList()
  data.set(7, 'r7')
  event()
  await expect.poll(titles).toBe('r7 r6 r5 r4')
  after.value = null
  data.delete(7)
  event()
  await expect.poll(titles).toBe('r6 r5')
  more()
  await expect.poll(titles).toBe('r6 r5 r4 r3')
})

test('another filter begins at its first page, and one page costs one request', async () => {
  const { asked, event, titles, after, wanted } = await aList()
  after.value = null
  wanted.value = 'r'
  await expect.poll(titles).toBe('r6 r5')
  asked.length = 0
  event()
  await expect.poll(() => asked).toEqual([null])
})

test('while it is paused events ask for nothing, and who looks again sees what is there then', async () => {
  const { data, asked, event, titles, after, paused } = await aList()
  after.value = null
  await expect.poll(titles).toBe('r6 r5')
  paused.value = true
  await Promise.resolve()
  const before = asked.length
  data.set(7, 'r7')
  event()
  await new Promise((done) => setTimeout(done))
  expect(asked).toHaveLength(before)
  paused.value = false
  await expect.poll(titles).toContain('r7')
})
