import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, inject } from 'vitest'

/** A database without any content that this test file has to itself. Its members can be read once the tests run. */
export interface TestDatabase {
  url: string
  /** Rows of one statement, on a connection of its own. */
  rows<T>(text: string, values?: unknown[]): Promise<T[]>
}

/**
 * Call it once at the top of a test file (or of a describe block). The database is a copy of the migrated template, or
 * with `migrated: false` has no table yet; it is dropped after the last test, and the file fails if somebody is still
 * connected to it then.
 */
export function aDatabase({ migrated = true } = {}): TestDatabase {
  const name = `test_${randomBytes(6).toString('hex')}`
  const url = () => inject('postgresUrl').replace(/\/[^/]*$/, `/${name}`)
  const template = () => (migrated ? inject('postgresTemplate') : 'template0')
  beforeAll(() => asAdmin((admin) => admin.query(`create database ${name} template ${template()}`)))
  afterAll(() =>
    asAdmin(async (admin) => {
      const left = await connectionsLeft(admin, name)
      await admin.query(`drop database ${name} with (force)`)
      if (left.length) throw new Error(`Connections left open at the end of the file:\n${left.join('\n')}`)
    }),
  )
  return {
    get url() {
      return url()
    },
    rows: (text, values) => withClient(url(), async (client) => (await client.query(text, values)).rows),
  }
}

/** Closing takes a moment to arrive at the server, hence the patience. */
async function connectionsLeft(admin: Client, name: string): Promise<string[]> {
  const open = `select format('pid %s, %s, last statement: %s', pid, state, left(query, 200)) as line
    from pg_stat_activity where datname = $1 and backend_type = 'client backend'`
  for (let tries = 20; ; tries--) {
    const { rows } = await admin.query<{ line: string }>(open, [name])
    if (rows.length === 0 || tries === 0) return rows.map(({ line }) => line)
    await sleep(50)
  }
}

function asAdmin(work: (admin: Client) => Promise<unknown>) {
  return withClient(inject('postgresUrl'), async (admin) => void (await work(admin)))
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
