import { createClient, type Client } from 'graphql-ws'
import { randomUUID } from 'node:crypto'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { aDatabase } from '../support/database.ts'
import { changeThing, startLiveServer, THING_CHANGED, type LiveServer } from '../support/live-server.ts'
import { countStatementsMeanwhile } from '../support/statements.ts'

const database = aDatabase()
let server: LiveServer
afterEach(() => server?.close())

interface Follower {
  client: Client
  seqs: number[]
  values: number[]
  end(): void
}

function follow(token: string, variables: Record<string, unknown> = {}, query = THING_CHANGED): Follower {
  const client = createClient({
    url: server.url,
    webSocketImpl: WebSocket,
    connectionParams: { token },
    retryAttempts: 0,
  })
  const follower: Follower = { client, seqs: [], values: [], end: () => {} }
  follower.end = client.subscribe<{ thingChanged: { seq: number; thing: { value: number } | null } }>(
    { query, variables },
    {
      next({ data }) {
        follower.seqs.push(data!.thingChanged.seq)
        if (data!.thingChanged.thing) follower.values.push(data!.thingChanged.thing.value)
      },
      error: (error) => follower.values.push(error as never),
      complete() {},
    },
  )
  onTestFinished(() => void client.dispose())
  return follower
}

const together = (cohorts: number, members: number) =>
  expect.poll(() => server.sockets.cohorts(), { timeout: 5_000 }).toEqual({ cohorts, members })

test('equal subscriptions of people with equal rights share one execution, and each gets everything', async () => {
  server = await startLiveServer(database.url)
  const followers = Array.from({ length: 30 }, (_, n) => follow(`person-${n}`))
  await together(1, 30)
  const uuid = randomUUID()
  const statements = await countStatementsMeanwhile(async () => {
    for (let value = 1; value <= 5; value++) {
      await changeThing(server.orm, uuid, value)
      await expect.poll(() => followers.every(({ values }) => values.at(-1) === value), { interval: 5 }).toBe(true)
    }
  })
  expect(followers.map(({ values }) => values)).toEqual(Array(30).fill([1, 2, 3, 4, 5]))
  expect(statements.filter((text) => /from thing where uuid = any/.test(text)).length).toBe(5)
})

test('other rights, other variables and other documents are other executions', async () => {
  server = await startLiveServer(database.url)
  const scope = randomUUID()
  follow('ada')
  follow('bob')
  follow(`carl@${scope}`)
  follow('ada', { maxHz: 7 })
  follow('ada', {}, THING_CHANGED.replace('serverTime', ''))
  await together(4, 5)
  const carl = follow(`carl@${scope}`)
  await together(4, 6)
  await changeThing(server.orm, randomUUID(), 1)
  await changeThing(server.orm, randomUUID(), 2, [scope])
  await expect.poll(() => carl.values).toEqual([2])
})

test('who comes back joins once everything missed is there; who leaves takes nothing from the others', async () => {
  server = await startLiveServer(database.url)
  const steady = follow('ada')
  await together(1, 1)
  const from = server.ring.positionAt(server.ring.head())
  const things = Array.from({ length: 10 }, () => randomUUID())
  for (const [value, uuid] of things.entries()) await changeThing(server.orm, uuid, value)
  const back = follow('bob', { after: from })
  await together(1, 2)
  await expect.poll(() => back.values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  steady.end()
  await together(1, 1)
  await changeThing(server.orm, randomUUID(), 10)
  await expect.poll(() => back.values.at(-1)).toBe(10)
  back.end()
  await together(0, 0)
})

test('a document that does not take its place as a variable is served alone', async () => {
  server = await startLiveServer(database.url)
  const alone = follow('ada', {}, 'subscription { thingChanged { seq thing { value } } }')
  await expect.poll(() => alone.seqs.length).toBe(1)
  await changeThing(server.orm, randomUUID(), 3)
  await expect.poll(() => alone.values).toEqual([3])
  expect(server.sockets.cohorts()).toEqual({ cohorts: 0, members: 0 })
})

test('clients that cannot keep up go on alone without a gap, and come together again when they can', async () => {
  server = await startLiveServer(database.url)
  const followers = [follow('ada'), follow('bob')]
  await together(1, 2)
  // As if the network took nothing: what is sent stays with us.
  const stalled = vi.spyOn(WebSocket.prototype, 'bufferedAmount', 'get').mockReturnValue(10_000_000)
  const uuids = Array.from({ length: 20 }, () => randomUUID())
  await changeThing(server.orm, uuids[0]!, 0)
  await together(0, 0)
  for (const [value, uuid] of uuids.entries()) if (value > 0) await changeThing(server.orm, uuid, value)
  await expect.poll(() => followers.map(({ values }) => values.length)).toEqual([20, 20])
  stalled.mockRestore()
  await changeThing(server.orm, randomUUID(), 20)
  await expect.poll(() => followers.map(({ values }) => values.length)).toEqual([21, 21])
  await together(1, 2)
  for (const { values, seqs } of followers) {
    expect(values).toEqual(Array.from({ length: 21 }, (_, value) => value))
    expect(seqs).toEqual(seqs.toSorted((x, y) => x - y))
  }
})
