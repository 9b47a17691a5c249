/** The board asks again for the rows that an event is about, and never has more than one question on its way. */
import { Client, fetchExchange } from '@urql/core'
import urql from '@urql/vue'
import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { computed, ref } from 'vue'
import { ReleaseBoardFragment } from '../../dashboard/src/features/deployment/board.ts'
import { useBoard, type LiveBoard } from '../../dashboard/src/features/deployment/useBoard.ts'
import { unmask } from '../../dashboard/src/gql/fragment-masking.ts'
import { createCache } from '../../dashboard/src/graphql/cache.ts'
import type { Heard } from '../../dashboard/src/live/activity.ts'
import { liveKey, type Live } from '../../dashboard/src/live/live.ts'

interface Asked {
  search?: string
  touchedBy?: string[]
  columnIds?: string[]
}

/** A server with three releases and one place, that answers each question when the test lets it. */
function aServer() {
  const releases = new Map([3, 2, 1].map((n) => [`rls_${n}`, { title: `r${n}`, state: 'PLANNED' }]))
  const places = new Set(['ci_austin'])
  const asked: Asked[] = []
  const held: (() => void)[] = []
  const server = { releases, places, asked, holds: false, onWay: 0, most: 0, letGo: () => held.shift()!() }
  const answer = ({ touchedBy, columnIds }: Asked) => {
    const columns = columnIds ?? [...places]
    return {
      __typename: 'ReleaseMatrix',
      axis: 'Site',
      axes: [],
      columns: columns.map((id) => ({ __typename: 'MatrixColumn', id, name: id })),
      columnsLeftOut: [...places].filter((id) => !columns.includes(id)).length,
      rows: {
        __typename: 'MatrixRowConnection',
        totalCount: releases.size,
        nodes: [...releases]
          .filter(([id]) => !touchedBy || touchedBy.includes(id))
          .map(([id, release]) => ({
            __typename: 'MatrixRow',
            release: { __typename: 'Release', id, number: id, ...release },
            cells: [],
          })),
        pageInfo: { __typename: 'PageInfo', hasNextPage: false, endCursor: null },
      },
    }
  }
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const { variables } = JSON.parse(String(init!.body)) as { variables: Asked & { filter?: { search?: string } } }
    asked.push({ search: variables.filter?.search, touchedBy: variables.touchedBy, columnIds: variables.columnIds })
    server.most = Math.max(server.most, ++server.onWay)
    const gone = new Promise<void>((done) => init?.signal?.addEventListener('abort', () => done()))
    if (server.holds) await Promise.race([gone, new Promise<void>((done) => held.push(done))])
    server.onWay--
    return Response.json({ data: { releaseMatrix: answer(variables) } })
  }
  return Object.assign(server, { fetch })
}

async function aBoard() {
  const server = aServer()
  const client = new Client({
    url: 'http://nowhere',
    preferGetMethod: false,
    exchanges: [createCache(), fetchExchange],
    fetch: server.fetch as typeof fetch,
  })
  let hear!: (heard: Heard) => void
  const activity = { on: (_topics: readonly string[], heard: typeof hear) => ((hear = heard), () => {}) }
  const search = ref('')
  let board!: LiveBoard
  const page = mount(
    {
      setup() {
        board = useBoard(computed(() => ({ axis: null, filter: { search: search.value }, first: 50, after: null })))
        return () => null
      },
    },
    { global: { plugins: [[urql, client]], provide: { [liveKey as symbol]: { activity } as unknown as Live } } },
  )
  const titles = () => {
    const matrix = unmask(ReleaseBoardFragment, board.matrix.value)
    return matrix?.rows.nodes.map(({ release }) => release.title).join(' ')
  }
  await expect.poll(titles).toBe('r3 r2 r1')
  const event = (id: string, topic = 'release.changed') => hear(new Map([[id, topic]]))
  const quiet = () => expect.poll(() => server.onWay).toBe(0)
  server.asked.length = 0
  return {
    server,
    search,
    board,
    titles,
    event,
    quiet,
    hear: (heard: Heard) => hear(heard),
    leave: () => page.unmount(),
  }
}
const whole = { search: '', touchedBy: undefined, columnIds: undefined }

test('an event about one release asks for its row only, in the columns that are shown', async () => {
  const { server, titles, event } = await aBoard()
  server.releases.get('rls_2')!.title = 'renamed'
  server.releases.get('rls_1')!.title = 'unheard of'
  event('rls_2')
  await expect.poll(titles).toBe('r3 renamed r1')
  expect(server.asked).toEqual([{ search: '', touchedBy: ['rls_2'], columnIds: ['ci_austin'] }])
})

test('what is heard while a question is on its way is asked together afterwards', async () => {
  const { server, titles, event } = await aBoard()
  server.holds = true
  event('rls_3')
  await expect.poll(() => server.onWay).toBe(1)
  for (const id of ['rls_1', 'rls_2', 'rls_1']) event(id)
  server.releases.get('rls_1')!.title = 'renamed'
  expect(server.asked).toHaveLength(1)
  server.letGo()
  await expect.poll(() => server.asked.length).toBe(2)
  server.letGo()
  await expect.poll(titles).toBe('r3 r2 renamed')
  expect(server.asked[1]!.touchedBy).toEqual(['rls_1', 'rls_2'])
  expect(server.most).toBe(1)
})

test('the whole is asked for when rows or columns come, go or move, after a discovery, and when anything may have changed', async () => {
  const { server, titles, event, hear, quiet } = await aBoard()
  const askedFor = async (change: () => void) => {
    server.asked.length = 0
    change()
    await expect.poll(() => server.asked.at(-1)).toEqual(whole)
    await quiet()
    return server.asked.length
  }
  expect(await askedFor(() => (server.releases.set('rls_4', { title: 'r4', state: 'PLANNED' }), event('rls_4')))).toBe(
    2,
  )
  await expect.poll(titles).toBe('r3 r2 r1 r4')
  expect(await askedFor(() => (server.releases.delete('rls_4'), event('rls_4')))).toBe(2)
  await expect.poll(titles).toBe('r3 r2 r1')
  expect(await askedFor(() => ((server.releases.get('rls_3')!.state = 'CANCELLED'), event('rls_3')))).toBe(2)
  expect(await askedFor(() => (server.places.add('ci_tokyo'), event('rls_3')))).toBe(2)
  expect(await askedFor(() => event('run_1', 'discovery.changed'))).toBe(1)
  expect(await askedFor(() => hear(null))).toBe(1)
})

test('an event about a release that the filter leaves out asks for nothing more', async () => {
  const { server, event, quiet } = await aBoard()
  event('rls_9')
  await expect.poll(() => server.asked.length).toBe(1)
  await quiet()
  expect(server.asked).toEqual([{ search: '', touchedBy: ['rls_9'], columnIds: ['ci_austin'] }])
})

test('another filter does not wait for the answer of the old one, and who has left asks no more', async () => {
  const { server, search, event, quiet, leave } = await aBoard()
  server.holds = true
  event('rls_3')
  await expect.poll(() => server.onWay).toBe(1)
  search.value = 'r'
  await expect.poll(() => server.asked.at(-1)).toEqual({ ...whole, search: 'r' })
  expect(server.most).toBeLessThanOrEqual(2) // the first is aborted
  leave()
  await quiet()
  event('rls_3')
  expect(server.asked).toHaveLength(2)
})
