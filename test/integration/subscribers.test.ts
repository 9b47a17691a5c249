import { createClient, type Client } from 'graphql-ws'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { rows } from '../../server/kernel/sql.ts'
import { aDatabase } from '../support/database.ts'
import { changeThing, startLiveServer, THING_CHANGED, type LiveServer } from '../support/live-server.ts'

/** Two minutes by SUBSCRIBERS_SECONDS=120; the shorter run cuts each socket about seven times. */
const SECONDS = Number(process.env.SUBSCRIBERS_SECONDS ?? 20)
const SUBSCRIBERS = 200
/** So many that most change once: an event that is lost is then never made up for. */
const THINGS = 1_000

const database = aDatabase()
let server: LiveServer
beforeAll(async () => {
  server = await startLiveServer(database.url, { limits: { socketsPerAccount: SUBSCRIBERS } })
})
afterAll(() => server.close())

interface Fold {
  client: Client
  things: Map<string, number>
  seq: number
  cuts: number
  resyncs: number
  backwards: number
  messages: number
}

/** A dashboard in small: reads a snapshot with its place, follows from there, goes on where it was after a cut. */
async function aSubscriber(): Promise<Fold> {
  const { position, things } = await server.orm.em.fork().transactional(
    async (em) => {
      const [head] = await rows<{ position: string }>(
        em as never,
        `select left(epoch::text, 8) || ':' || head as position from event_epoch`,
      )
      const found = await rows<{ uuid: string; version: number }>(em as never, 'select uuid, version from thing')
      return { position: head!.position, things: new Map(found.map(({ uuid, version }) => [uuid, version])) }
    },
    { isolationLevel: 'repeatable read' as never },
  )
  const client = createClient({
    url: server.url,
    webSocketImpl: WebSocket,
    connectionParams: { token: 'ada' },
    retryAttempts: Infinity,
    retryWait: () => sleep(Math.random() * 300),
    shouldRetry: () => true,
  })
  const fold: Fold = {
    client,
    things,
    seq: Number(position.split(':')[1]),
    cuts: 0,
    resyncs: 0,
    backwards: 0,
    messages: 0,
  }
  const variables: Record<string, unknown> = { after: position, maxHz: 4 }
  client.on('closed', () => fold.cuts++)
  client.subscribe<{ thingChanged: Message }>(
    { query: THING_CHANGED, variables },
    {
      next({ data }) {
        const { seq, position, resync, thing } = data!.thingChanged
        fold.messages++
        if (seq < fold.seq) fold.backwards++
        if (resync) fold.resyncs++
        if (thing) fold.things.set(thing.id, thing.version)
        fold.seq = seq
        variables.after = position
      },
      error: (error) => console.error('a subscriber ended', error),
      complete() {},
    },
  )
  return fold
}

interface Message {
  seq: number
  position: string
  resync: boolean
  thing: { id: string; version: number } | null
}

test(
  `sockets of ${SUBSCRIBERS} subscribers cut every 1 to 5 s for ${SECONDS} s: what each folded equals the database`,
  async () => {
    const uuids = Array.from({ length: THINGS }, () => randomUUID())
    for (const uuid of uuids) await changeThing(server.orm, uuid, 0)
    const cutting: NodeJS.Timeout[] = []
    let running = true
    server.http.on('connection', (socket) => {
      if (running) cutting.push(setTimeout(() => running && socket.destroy(), 1_000 + Math.random() * 4_000))
    })
    const folds = await Promise.all(Array.from({ length: SUBSCRIBERS }, aSubscriber))

    const end = Date.now() + SECONDS * 1_000
    let changes = THINGS
    for (let value = 1; Date.now() < end; value++) {
      changes++
      await changeThing(server.orm, uuids[Math.floor(Math.random() * THINGS)]!, value)
      await sleep(Math.random() * 30)
    }
    running = false
    for (const timer of cutting) clearTimeout(timer)

    await expect.poll(() => server.ring.head(), { timeout: 5_000 }).toBe(changes)
    await expect.poll(() => folds.filter(({ seq }) => seq < changes).length, { timeout: 20_000, interval: 100 }).toBe(0)
    await Promise.all(folds.map(({ client }) => client.dispose()))

    const stored = await database.rows<{ uuid: string; version: number }>('select uuid, version from thing')
    const expected = Object.fromEntries(stored.map(({ uuid, version }) => [uuid, version]))
    for (const { things } of folds) expect(Object.fromEntries(things)).toEqual(expected)
    const total = (what: 'cuts' | 'resyncs' | 'backwards' | 'messages') =>
      folds.reduce((sum, fold) => sum + fold[what], 0)
    expect(total('backwards')).toBe(0)
    expect(total('resyncs')).toBe(0)
    expect(total('cuts')).toBeGreaterThan((SUBSCRIBERS * SECONDS) / 10)
    console.log(`${changes} events, ${total('messages')} messages, ${total('cuts')} cuts`)
  },
  SECONDS * 1_000 + 60_000,
)
