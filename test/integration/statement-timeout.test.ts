import { Client } from 'pg'
import { expect, test } from 'vitest'
import { createOrm } from '../../server/kernel/database.ts'
import { rows } from '../../server/kernel/sql.ts'
import { anApp } from '../support/app.ts'

const app = anApp({ settings: { WAYBILL_STATEMENT_SECONDS: '1' } })

/** Holds a table against everybody while `work` runs. */
async function holding<T>(table: string, work: () => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: app.database.url })
  await client.connect()
  await client.query(`begin; lock table ${table} in access exclusive mode`)
  return work().finally(() => client.end())
}

let token: string
async function ask(query: string, variables: object = {}) {
  token ??= (await app.admin.does<{ secret: string }>('apiTokenCreate', { name: 'Test' }, 'secret')).secret
  const answer = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  })
  return (await answer.json()) as {
    data: Record<string, unknown> | null
    errors?: { message: string; path: string[]; extensions: Record<string, unknown> }[]
  }
}

test('a statement of a request is given up after the time of the setting, with words and a code', async () => {
  const query = '{ packages(first: 1) { totalCount } }'
  expect((await ask(query)).data).toEqual({ packages: { totalCount: 0 } })
  expect((await holding('package', () => ask(query))).errors).toEqual([
    {
      path: ['packages'],
      locations: expect.anything(),
      message: expect.stringContaining('The database took too long over a part of this'),
      extensions: { code: 'TIME_OUT', limit: 'statement', requestId: expect.any(String) },
    },
  ])
  expect((await ask(query)).data).toEqual({ packages: { totalCount: 0 } })
})

test('a mutation that waited too long did nothing', async () => {
  const text = `mutation($input: ProductRegisterInput!) { productRegister(input: $input) { product { id } userErrors { code } } }`
  const input = { name: 'Slow hosts', kind: 'local', config: { folder: app.folder } }
  const answer = await holding('management_product', () => ask(text, { input }))
  expect(answer.errors).toMatchObject([{ extensions: { code: 'TIME_OUT', limit: 'statement' } }])
  expect((await ask('{ managementProducts(first: 1) { totalCount } }')).data).toEqual({
    managementProducts: { totalCount: 0 },
  })
})

test('a subscription whose statement was given up says so in the words that a query gets, and goes on afterwards', async () => {
  const { release } = await app.admin.does<{ release: { id: string } }>(
    'releaseCreate',
    { title: 'Followed' },
    'release { id }',
  )
  const text =
    'subscription($after: Position) { releaseChanged(after: $after) { position resync release { id title } } }'
  type Told = { position: string; release: { title: string } | null }
  const { position: after } = await app.admin.follow<Told>(text, { after: null }, () => true)
  const change = () =>
    app.database.rows(`insert into event_inbox (topic, subject) select 'release.changed', uuid from release limit 1`)
  await change()
  const told = () => app.admin.follow<Told>(text, { after }, ({ release }) => release !== null)
  await expect(holding('release', told)).rejects.toThrow(
    'The database took too long over a part of this, or waited too long for somebody else',
  )
  expect((await told()).release).toEqual({ id: release.id, title: 'Followed' })
})

test('what works in the background waits longer', async () => {
  const watcher = new Client({ connectionString: app.database.url })
  await watcher.connect()
  const longestWait = async () =>
    (
      await watcher.query<{ ms: number }>(
        `select coalesce(max(extract(epoch from clock_timestamp() - query_start) * 1000), 0)::float as ms
         from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
    ).rows[0]!.ms
  const before = app.logged.length
  // The engine looks for work each second; such a look waits here.
  await holding('deployment', () => expect.poll(longestWait, { timeout: 15_000 }).toBeGreaterThan(2_500))
  await watcher.end()
  expect(app.logged.slice(before)).toEqual([])
})

test('the time belongs to the connection: no statement is sent for it', async () => {
  const orm = await createOrm(app.database.url, { entities: [], migrations: [], statementTimeout: 200 })
  const em = orm.em.fork()
  expect(await rows(em, 'show statement_timeout')).toEqual([{ statement_timeout: '200ms' }])
  await expect(rows(em, 'select pg_sleep(20)')).rejects.toMatchObject({ code: '57014' })
  await em.transactional(async (tx) => {
    expect(await rows(tx, 'show statement_timeout')).toEqual([{ statement_timeout: '200ms' }])
  })
  await orm.close()
})
