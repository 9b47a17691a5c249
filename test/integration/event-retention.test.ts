import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropOldPartitions, makePartitionsAhead } from '../../server/kernel/event-partitions.ts'
import { createEventRing } from '../../server/kernel/event-ring.ts'
import { aDatabase } from '../support/database.ts'

const database = aDatabase()
let client: Client
beforeAll(async () => {
  client = new Client({ connectionString: database.url })
  await client.connect()
  await makePartitionsAhead(client, 0)
  await makePartitionsAhead(client, 390_000)
  await client.query(
    `insert into event (seq, inbox_id, topic, subject, version, scope_ids, at)
     select seq, seq, 'item.changed', gen_random_uuid(), 1, '{}', now() - (case when seq < 200000 then '15 days' else '1 day' end)::interval
     from unnest(array[1, 2, 199999, 200000, 200001]) seq`,
  )
  await client.query('update event_epoch set head = 200001')
})
afterAll(() => client.end())

const partitions = async () =>
  (
    await client.query(
      `select relname from pg_inherits join pg_class on oid = inhrelid where inhparent = 'event'::regclass order by 1`,
    )
  ).rows.map(({ relname }) => relname)

test('partitions are made before they are needed, and those wholly older than the retention are dropped', async () => {
  expect(await partitions()).toEqual(['event_0', 'event_1', 'event_2'])
  expect(await dropOldPartitions(client, 30)).toBe(0)
  expect(await dropOldPartitions(client, 14)).toBe(1)
  expect(await partitions()).toEqual(['event_1', 'event_2'])
  expect(await dropOldPartitions(client, 14)).toBe(0)
})

test('who asks for what is dropped is told to resync; what is kept is read from the table', async () => {
  const quiet = { info() {}, warn() {}, error() {} }
  const ring = createEventRing({ url: database.url, log: quiet })
  await ring.start()
  const first = async (after: string) =>
    (await ring.read({ topics: ['item.changed'], reach: 'estate' }, after).next()).value
  expect(await first(ring.positionAt(2))).toMatchObject({ resync: true, seq: 200_001 })
  expect(await first(ring.positionAt(199_999))).toMatchObject({
    resync: false,
    seq: 200_001,
    events: [{ seq: 200_000 }, { seq: 200_001 }],
  })
  await ring.stop()
})
