import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { CannotStart } from './cannot-start.ts'

const PATIENCE = 10_000 // 10 s: a database that starts together with Waybill
const ONE_TRY = 3_000 // 3 s
const OLDEST = 16 // major version

/** SQLSTATE classes in which asking again is pointless: wrong password or role, no such database. */
const HOPELESS = /^(28|3D|3F|42)/

/**
 * Waits for the PostgreSQL of DATABASE_URL, a few seconds at most.
 *
 * @throws CannotStart with host, port and reason, never with the password
 */
export async function reachDatabase(url: string, patience = PATIENCE): Promise<void> {
  const deadline = Date.now() + patience
  for (let pause = 100; ; pause = Math.min(pause * 2, 1_000)) {
    try {
      return await look(url)
    } catch (cause) {
      if (cause instanceof CannotStart) throw cause
      const { code = '' } = cause as { code?: string }
      if (!HOPELESS.test(code) && Date.now() + pause < deadline) {
        await sleep(pause)
        continue
      }
      throw new CannotStart(
        `The database of DATABASE_URL at ${address(url)} cannot be used: ${reason(cause)}. ` +
          `Start it or correct DATABASE_URL; without DATABASE_URL Waybill brings a database of its own.`,
        { cause },
      )
    }
  }
}

async function look(url: string) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: ONE_TRY })
  // The connection may break after the answer; that is no news to anybody.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ version: number; encoding: string }>(
      `select current_setting('server_version_num')::int / 10000 as version,
              current_setting('server_encoding') as encoding`,
    )
    const { version, encoding } = rows[0]!
    if (version < OLDEST) {
      throw new CannotStart(
        `The database at ${address(url)} is PostgreSQL ${version}; Waybill needs ${OLDEST} or later.`,
      )
    }
    if (encoding !== 'UTF8') {
      throw new CannotStart(`The database at ${address(url)} has the encoding ${encoding}; Waybill needs UTF8.`)
    }
  } finally {
    await client.end().catch(() => {})
  }
}

function address(url: string): string {
  const { hostname, port } = new URL(url)
  return `${hostname || 'localhost'}:${port || 5432}`
}

/** Several addresses of one host come as an AggregateError without words of its own. */
function reason(cause: unknown): string {
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  const { code, message } = first as { code?: string; message: string }
  const known = { ECONNREFUSED: 'nothing answers there', ENOTFOUND: 'no such host', ETIMEDOUT: 'it does not answer' }
  return known[code as keyof typeof known] ?? message
}
