import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, Pool } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createEventRing, type EventRing } from '../../server/kernel/event-ring.ts'
import type { LoggedEvent } from '../../server/kernel/event-log.ts'
import { createSequencer, type Sequencer } from '../../server/kernel/sequencer.ts'
import { aDatabase } from '../support/database.ts'

const database = aDatabase()
const quiet = { info() {}, warn() {}, error() {} }
const sequencers: Sequencer[] = []
const rings: EventRing[] = []
let pool: Pool

beforeAll(async () => {
  pool = new Pool({ connectionString: database.url, max: 40 })
  pool.on('error', () => {})
  await database.rows(`create table thing (n int primary key, version int not null, uuid uuid not null)`)
  await database.rows(`create table naive (id bigint generated always as identity primary key)`)
})
afterEach(async () => {
  await Promise.all([...sequencers.splice(0), ...rings.splice(0)].map((part) => part.stop()))
})
afterAll(() => pool.end())

function aSequencer(): Sequencer {
  const sequencer = createSequencer({ url: database.url, retentionDays: 14, log: quiet })
  sequencers.push(sequencer)
  sequencer.start()
  return sequencer
}

async function aRing(): Promise<EventRing> {
  const ring = createEventRing({ url: database.url, log: quiet })
  rings.push(ring)
  await ring.start()
  return ring
}

const all = { topics: ['item.changed'], reach: 'estate' } as const

const insert = (client: { query: Client['query'] }, subject: string, version: number) =>
  client.query(`insert into event_inbox (topic, subject, version) values ('item.changed', $1, $2)`, [subject, version])

test('32 writers, delays, roll-backs, sequencers killed: every committed event has one number, without a hole, in order', async () => {
  const WANTED = 50_000
  const THINGS = 500
  const things = Array.from({ length: THINGS }, () => randomUUID())
  await database.rows(`insert into thing select n - 1, 0, u from unnest($1::uuid[]) with ordinality as t(u, n)`, [
    things,
  ])
  const random = (below: number) => Math.floor(Math.random() * below)
  for (let n = 0; n < 3; n++) aSequencer()

  const ring = await aRing()
  const seen: LoggedEvent[] = []
  const enough = new AbortController()
  const reading = (async () => {
    for await (const batch of ring.read(all, ring.positionAt(ring.head()), enough.signal)) {
      if (batch.resync) throw new Error('resync')
      seen.push(...batch.events)
    }
  })()

  let committed = 0
  let rolledBack = 0
  const writing = Promise.all(
    Array.from({ length: 32 }, async () => {
      while (committed < WANTED) {
        const client = await pool.connect()
        const chosen = [...new Set(Array.from({ length: 1 + random(40) }, () => random(THINGS)))].sort((a, b) => a - b)
        await client.query('begin')
        for (const [place, n] of chosen.entries()) {
          await client.query(
            `with made as (update thing set version = version + 1 where n = $1 returning uuid, version),
               also as (insert into naive default values)
             insert into event_inbox (topic, subject, version) select 'item.changed', uuid, version from made`,
            [n],
          )
          if (place === 0 && random(3) === 0) await sleep(random(200))
        }
        const keep = random(10) > 0
        await client.query(keep ? 'commit' : 'rollback')
        client.release()
        if (keep) committed += chosen.length
        else rolledBack++
      }
    }),
  )

  const naive = new Set<string>()
  let cursor = '0'
  let writers = 32
  let leadersKilled = 0
  void writing.finally(() => (writers = 0))
  while (writers > 0) {
    const { rows } = await pool.query<{ id: string }>('select id from naive where id > $1 order by id', [cursor])
    for (const { id } of rows) naive.add((cursor = id))
    if (random(25) === 0) {
      const { rowCount } = await pool.query(
        `select pg_terminate_backend(a.pid) from pg_stat_activity a join pg_locks l on l.pid = a.pid
         where a.application_name = 'waybill sequencer' and l.locktype = 'advisory' and l.granted and a.datname = current_database()`,
      )
      leadersKilled += rowCount ?? 0
    }
    await sleep(20)
  }
  await writing
  await expect.poll(() => seen.length, { timeout: 90_000 }).toBe(committed)
  enough.abort()
  await reading

  expect(rolledBack).toBeGreaterThan(20)
  expect(leadersKilled).toBeGreaterThan(3)
  // Consecutive numbers, for the reader and in the table.
  expect(seen.every((event, place) => event.seq === place + 1)).toBe(true)
  const [stored] = await database.rows<{ n: number; inbox: number; top: number }>(
    `select count(*)::int as n, count(distinct inbox_id)::int as inbox, max(seq)::int as top from event`,
  )
  expect(stored).toEqual({ n: committed, inbox: committed, top: committed })
  // Of each thing all versions, each once, in the order in which they were made.
  const versions = new Map<string, number>()
  for (const { subject, version } of seen) {
    expect(version).toBe((versions.get(subject) ?? 0) + 1)
    versions.set(subject, version)
  }
  const things_ = await database.rows<{ uuid: string; version: number }>(
    'select uuid, version from thing where version > 0',
  )
  expect(Object.fromEntries(versions)).toEqual(Object.fromEntries(things_.map(({ uuid, version }) => [uuid, version])))
  // This load does lose events where a reader follows a serial cursor, or the test would prove nothing.
  expect(naive.size).toBeLessThan(committed)
}, 120_000)

test('an event is numbered behind those its writer could see, also when its transaction is older', async () => {
  const [early, open, late] = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
  const subject = randomUUID()
  for (const client of [early, open, late])
    await client.query('begin').then(() => client.query('select pg_current_xact_id()'))
  await insert(late, subject, 1).then(() => late.query('commit'))
  await insert(early, subject, 2).then(() => early.query('commit'))
  // By the rule "older than every open transaction" only the second of the two would be taken now. Other files have open
  // transactions too, older ones perhaps, so the one of this test is asked for itself.
  const { rows: mine } = await open.query<{ id: string }>('select pg_current_xact_id()::text as id')
  const { rows } = await pool.query(
    `select version, xmin::text::bigint < $2::bigint as old from event_inbox where subject = $1 order by id`,
    [subject, mine[0]!.id],
  )
  expect(rows).toEqual([
    { version: 1, old: false },
    { version: 2, old: true },
  ])
  const ring = await aRing()
  const first = ring.read({ ...all, subject }, ring.positionAt(ring.head()))
  aSequencer()
  const versions: number[] = []
  for await (const { events } of first) if (versions.push(...events.map(({ version }) => version)) >= 2) break
  expect(versions).toEqual([1, 2])
  await open.query('rollback')
  for (const client of [early, open, late]) client.release()
})

test('what runs in each tick shares the transaction of the batch, and its failure does not stop the events', async () => {
  await database.rows('create table chained (head bigint)')
  const sequencer = createSequencer({ url: database.url, retentionDays: 14, log: quiet })
  sequencers.push(sequencer)
  let failures = 0
  sequencer.inEachTick(async (client) => {
    await client.query(`insert into chained select count(*) from event`)
    if (failures++ < 2) throw new Error('not yet')
  }, 'not exists (select from chained)')
  sequencer.start()
  await expect.poll(() => database.rows('select from chained').then((rows) => rows.length)).toBe(1)
  expect(failures).toBe(3)
  const ring = await aRing()
  await insert(pool as never, randomUUID(), 1)
  const before = ring.head()
  await expect.poll(() => ring.head()).toBe(before + 1)
})

test('the position of a mutation is known as soon as its event is numbered', async () => {
  const ring = await aRing()
  const sequencer = aSequencer()
  const { rows } = await pool.query(
    `insert into event_inbox (topic, subject) values ('item.changed', $1) returning id`,
    [randomUUID()],
  )
  const position = await ring.positionOf(rows[0].id)
  expect(position).toBe(ring.positionAt(ring.head()))
  const later = await aRing()
  expect(await later.positionOf(rows[0].id)).toBe(position)
  await sequencer.stop()
  const begun = performance.now()
  expect(await ring.positionOf('999999999')).toBe(null)
  expect(performance.now() - begun).toBeLessThan(3_000)
})
