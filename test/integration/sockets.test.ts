import { createClient, type Client } from 'graphql-ws'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { record } from '../../server/kernel/events.ts'
import { aDatabase } from '../support/database.ts'
import { aViewer, changeThing, startLiveServer, THING_CHANGED, type LiveServer } from '../support/live-server.ts'

const database = aDatabase()
let server: LiveServer
afterEach(() => server?.close())

interface ThingMessage {
  seq: number
  position: string
  resync: boolean
  thing: { id: string; version: number; value: number } | null
}

function aClient(token = 'ada'): Client {
  const client = createClient({
    url: server.url,
    webSocketImpl: WebSocket,
    connectionParams: { token },
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => {},
  })
  onTestFinished(() => void client.dispose())
  return client
}

/** Messages of one subscription as they come. */
function follow(client: Client, variables: Record<string, unknown> = {}, query = THING_CHANGED) {
  const messages = client.iterate<{ thingChanged: ThingMessage }>({ query, variables })
  return {
    async next(): Promise<ThingMessage> {
      const { value } = await messages.next()
      if (value?.errors) throw new Error(JSON.stringify(value.errors))
      return value!.data!.thingChanged
    },
    end: () => messages.return!(),
  }
}

/** A socket without a helper, for what a good client does not do. */
async function rawSocket(
  headers: Record<string, string> = {},
): Promise<{ socket: WebSocket; closed: Promise<number> }> {
  const socket = new WebSocket(server.url, 'graphql-transport-ws', { headers })
  socket.on('error', () => {})
  const closed = new Promise<number>((done) => socket.once('close', done))
  await Promise.race([new Promise((done) => socket.once('open', done)), closed])
  return { socket, closed }
}

test('a subscriber gets a place at once, then each change as it is committed, with its number', async () => {
  server = await startLiveServer(database.url)
  const changesOf = follow(aClient())
  const first = await changesOf.next()
  expect(first).toMatchObject({ thing: null, resync: false })
  const uuid = randomUUID()
  await changeThing(server.orm, uuid, 7)
  expect(await changesOf.next()).toMatchObject({ seq: first.seq + 1, thing: { id: uuid, version: 1, value: 7 } })
  await changeThing(server.orm, uuid, 8)
  expect(await changesOf.next()).toMatchObject({ seq: first.seq + 2, thing: { version: 2, value: 8 } })
})

test('who comes back with a position gets what was missed, once for each thing, as it is now', async () => {
  server = await startLiveServer(database.url)
  const client = aClient()
  const { position } = await follow(client).next()
  const [a, b] = [randomUUID(), randomUUID()]
  await changeThing(server.orm, a, 1)
  await changeThing(server.orm, b, 2)
  await changeThing(server.orm, a, 3)
  await expect.poll(() => server.ring.head()).toBe(Number(position.split(':')[1]) + 3)
  const again = follow(client, { after: position })
  expect((await again.next()).thing).toMatchObject({ id: b, value: 2 })
  expect((await again.next()).thing).toMatchObject({ id: a, value: 3, version: 2 })
})

test('a position of another epoch, or one that is pruned, is answered with a resync and not with a gap', async () => {
  server = await startLiveServer(database.url)
  const client = aClient()
  expect(await follow(client, { after: '00000000:1' }).next()).toMatchObject({ resync: true, thing: null })
  await changeThing(server.orm, randomUUID(), 1)
  await server.ring.stop()
  await database.rows('delete from event where seq <= 2')
  await server.close()
  server = await startLiveServer(database.url)
  expect(await follow(aClient(), { after: server.ring.positionAt(1) }).next()).toMatchObject({ resync: true })
})

test('a viewer with a scope gets what lies within it and nothing else', async () => {
  server = await startLiveServer(database.url)
  const [austin, tokyo] = [randomUUID(), randomUUID()]
  const seen = follow(aClient(`bob@${austin}`))
  await seen.next()
  await changeThing(server.orm, randomUUID(), 1, [tokyo])
  await changeThing(server.orm, randomUUID(), 2, [])
  await changeThing(server.orm, randomUUID(), 3, [tokyo, austin])
  expect((await seen.next()).thing).toMatchObject({ value: 3 })
})

test('a stalled reader gets the latest state once, not every step', async () => {
  server = await startLiveServer(database.url)
  const uuid = randomUUID()
  const seen = follow(aClient(), { maxHz: 2 })
  await seen.next()
  for (let value = 1; value <= 40; value++) await changeThing(server.orm, uuid, value)
  const values: number[] = []
  while (values.at(-1) !== 40) values.push((await seen.next()).thing!.value)
  expect(values.length).toBeLessThan(6)
})

test('the socket closes 4408 without an introduction, 4403 with a bad one, 4401 when it subscribes before one', async () => {
  server = await startLiveServer(database.url, { limits: { introductionMs: 100 } })
  expect(await (await rawSocket()).closed).toBe(4408)
  const bad = await rawSocket()
  bad.socket.send(JSON.stringify({ type: 'connection_init', payload: { token: 'wrong' } }))
  expect(await bad.closed).toBe(4403)
  const early = await rawSocket()
  early.socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: THING_CHANGED } }))
  expect(await early.closed).toBe(4401)
})

test('a page of another origin is refused, and so is a message that is too large', async () => {
  server = await startLiveServer(database.url)
  const foreign = await rawSocket({ origin: 'http://evil.example' })
  expect(foreign.socket.readyState).toBe(WebSocket.CLOSED)
  const own = await rawSocket({ origin: 'http://localhost' })
  expect(own.socket.readyState).toBe(WebSocket.OPEN)
  own.socket.send('x'.repeat(70_000))
  expect(await own.closed).toBe(1009)
})

test('queries, mutations and too many subscriptions are refused in words; errors inside stay inside', async () => {
  server = await startLiveServer(database.url, { limits: { subscriptionsPerSocket: 2 } })
  const client = aClient()
  await expect(follow(client, {}, '{ things }').next()).rejects.toMatchObject([
    { message: expect.stringMatching(/HTTP/) },
  ])
  await expect(follow(client, {}, 'subscription { nothing }').next()).rejects.toMatchObject([
    { message: expect.stringMatching(/Cannot query field/) },
  ])
  const trouble = follow(client, {}, 'subscription { thingChanged { seq thing { trouble } } }')
  await trouble.next()
  await changeThing(server.orm, randomUUID(), 1)
  const said = await trouble.next().then(String, String)
  expect(said).toMatch(/Something broke inside Waybill/)
  expect(said).not.toMatch(/swordfish/)
  expect(await follow(client).next()).toMatchObject({ resync: false })
  await expect(follow(client).next()).rejects.toMatchObject([{ message: expect.stringMatching(/no more than 2/) }])
})

test('a stream that breaks off in the middle says why, in the words of the refusal', async () => {
  server = await startLiveServer(database.url)
  const stream = aClient().iterate<{ thingsLost: number }>({ query: 'subscription { thingsLost }' })
  expect(await stream.next()).toMatchObject({ value: { data: { thingsLost: 1 } } })
  await expect(stream.next()).rejects.toMatchObject([
    { message: 'There is no thing any more that you can see.', extensions: { code: 'NOT_FOUND' } },
  ])
})

test('an account has only so many sockets, and loses them within a second of a revocation', async () => {
  server = await startLiveServer(database.url, { limits: { socketsPerAccount: 2 } })
  const closes = await Promise.all(
    ['ada', 'ada', 'bob'].map(async (token) => {
      const { socket, closed } = await rawSocket()
      socket.send(JSON.stringify({ type: 'connection_init', payload: { token } }))
      await once(socket, 'message')
      return { closed }
    }),
  )
  const third = await rawSocket()
  third.socket.send(JSON.stringify({ type: 'connection_init', payload: { token: 'ada' } }))
  expect(await third.closed).toBe(4429)
  const revoked = performance.now()
  await server.orm.em
    .fork()
    .transactional((em) =>
      record(em as never, { topic: 'account.revoked', subject: aViewer('ada').accountId, scopeIds: [], payload: {} }),
    )
  expect(await Promise.all(closes.slice(0, 2).map(({ closed }) => closed))).toEqual([4403, 4403])
  expect(performance.now() - revoked).toBeLessThan(1_000)
  await expect.poll(() => server.sockets.count()).toBe(1)
})

test('a socket closes when the sign-in ends', async () => {
  server = await startLiveServer(database.url, {
    authenticate: async () => ({ viewer: aViewer('ada'), expiresAt: new Date(Date.now() + 300) }),
  })
  const { socket, closed } = await rawSocket()
  socket.send(JSON.stringify({ type: 'connection_init' }))
  expect(await closed).toBe(4403)
})

test('a server that stops says good-bye, and a subscriber that leaves leaves nothing behind', async () => {
  server = await startLiveServer(database.url)
  const { socket, closed } = await rawSocket()
  socket.send(JSON.stringify({ type: 'connection_init', payload: { token: 'ada' } }))
  const leaving = follow(aClient())
  await leaving.next()
  await leaving.end()
  const begun = performance.now()
  await server.sockets.stop()
  expect(await closed).toBe(1001)
  expect(performance.now() - begun).toBeLessThan(2_000)
})
