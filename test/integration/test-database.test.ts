import { Client } from 'pg'
import { expect, test } from 'vitest'
import { aDatabase } from '../support/database.ts'

const first = aDatabase()
const second = aDatabase()

test('every database is a copy of its own', async () => {
  await first.rows('create table only_here (id int)')
  const tables = await second.rows(`select 1 from pg_tables where tablename = 'only_here'`)
  expect(tables).toEqual([])
})

test('text sorts by code point and is UTF-8, whatever the locale of the machine', async () => {
  const [row] = await first.rows<{ encoding: string; sorted: string; upper: string }>(
    `select current_setting('server_encoding') as encoding, string_agg(t, '' order by t) as sorted, upper('é') as upper
     from unnest(array['b', 'é', 'B', 'a']) t`,
  )
  expect(row).toEqual({ encoding: 'UTF8', sorted: 'Babé', upper: 'É' })
})

test('connections are counted by the server', async () => {
  const client = new Client({ connectionString: first.url })
  await client.connect()
  const [row] = await second.rows<{ open: number }>(
    `select count(*)::int as open from pg_stat_activity where datname = $1`,
    [new URL(first.url).pathname.slice(1)],
  )
  await client.end()
  expect(row?.open).toBe(1)
})
