import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Db, JobAttempt } from 'pg-boss'

/** Held, shared, by every process that works on jobs, for as long as it lives. */
const WORKING = 7_296_002
/** A killed program's connections are closed within this time. */
const TRY_FOR = 5_000 // ms

/** Puts running jobs back into their queue without waiting and without counting it as a failure of theirs. */
export async function giveBack(db: Db, queue: string, jobs: readonly JobAttempt[]): Promise<void> {
  if (jobs.length === 0) return
  await db.executeSql(
    `update pgboss.job j set state = 'retry', start_after = now(), heartbeat_on = null
     from unnest($2::uuid[], $3::int[]) as held(id, attempt)
     where j.name = $1 and j.id = held.id and j.retry_count = held.attempt and j.state = 'active'`,
    [queue, jobs.map(({ id }) => id), jobs.map(({ retryCount }) => retryCount)],
  )
}

/**
 * Frees the jobs that a killed program left running, without waiting for their heartbeat to fail: who gets the lock for
 * itself is the only worker, so whatever was active before it came has nobody. Then holds the lock together with others,
 * across losses of the connection. Does not make the start wait.
 */
export function watchOverOrphans(
  url: string,
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})

  const watching = (async () => {
    let first = true
    while (!stopping.signal.aborted) {
      const client = new Client({ connectionString: url, application_name: 'waybill worker' })
      const gone = new Promise<void>((done) => client.once('end', done).once('error', () => done()))
      const stopped = new Promise<void>((done) => stopping.signal.addEventListener('abort', () => done()))
      try {
        await client.connect()
        if (first) await takeUp(client, log, stopping.signal, pause)
        first = false
        await client.query(`select pg_advisory_lock_shared(${WORKING})`)
        await client.query(`select pg_advisory_unlock(${WORKING}) where exists (${HELD_ALONE})`)
        await Promise.race([gone, stopped])
      } catch (error) {
        log.warn({ error: (error as Error).message }, 'This worker has no lock in the database at the moment.')
      }
      await client.end().catch(() => {})
      await pause(500)
    }
  })()

  return {
    async stop() {
      stopping.abort()
      await watching
    },
  }
}

const HELD_ALONE = `select from pg_locks where locktype = 'advisory' and objid = ${WORKING} and mode = 'ExclusiveLock'
  and pid = pg_backend_pid()`

async function takeUp(
  client: Client,
  log: Pick<FastifyBaseLogger, 'info'>,
  signal: AbortSignal,
  pause: (ms: number) => Promise<unknown>,
) {
  const { rows } = await client.query<{ now: string; any: boolean }>(
    `select now()::text as now, exists (select from pgboss.job where state = 'active') as any`,
  )
  if (!rows[0]!.any) return
  for (const deadline = Date.now() + TRY_FOR; Date.now() < deadline && !signal.aborted; await pause(100)) {
    const lock = await client.query<{ got: boolean }>(`select pg_try_advisory_lock(${WORKING}) as got`)
    if (!lock.rows[0]!.got) continue
    const { rowCount } = await client.query(
      `update pgboss.job set state = 'retry', start_after = now(), heartbeat_on = null
       where state = 'active' and started_on < $1::timestamptz`,
      [rows[0]!.now],
    )
    if (rowCount) log.info({ jobs: rowCount }, 'Took up the jobs that an ended program left behind.')
    return
  }
}
