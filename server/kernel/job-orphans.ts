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
 * across losses of the connection. Comes back once it holds the lock and knows when it came, and only then may this worker
 * take jobs: those would look like somebody else's, to it or to the next. Waits for no other program.
 */
export async function watchOverOrphans(
  url: string,
  log: Pick<FastifyBaseLogger, 'info' | 'warn'>,
): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController()
  const stopped = new Promise<void>((done) => stopping.signal.addEventListener('abort', () => done()))
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})
  const open = () => {
    const client = new Client({ connectionString: url, application_name: 'waybill worker' })
    const gone = Promise.withResolvers<void>()
    client.once('end', gone.resolve).on('error', () => gone.resolve())
    return { client, gone }
  }
  let held = open()
  const lost = (error: Error) => {
    log.warn({ error: error.message }, 'This worker has no lock in the database at the moment.')
    held.gone.resolve()
  }

  const orphans = await arrive(held.client, log).catch(lost)
  const watching = (async () => {
    if (orphans) await takeUpLater(held.client, orphans.since, log, stopping.signal, pause).catch(lost)
    while (true) {
      await Promise.race([held.gone.promise, stopped])
      await held.client.end().catch(() => {})
      await pause(500)
      if (stopping.signal.aborted) return
      held = open()
      await held.client
        .connect()
        .then(() => hold(held.client))
        .catch(lost)
    }
  })()

  return {
    async stop() {
      stopping.abort()
      await watching
    },
  }
}

/** Holds the lock from here on. Answers since when there may be orphans that could not be freed yet; null: there are none. */
async function arrive(client: Client, log: Pick<FastifyBaseLogger, 'info'>): Promise<{ since: string } | null> {
  await client.connect()
  const { rows } = await client.query<{ since: string; any: boolean }>(
    `select now()::text as since, exists (select from pgboss.job where state = 'active') as any`,
  )
  const { since, any } = rows[0]!
  const isSettled = !any || (await takeUp(client, since, log))
  await hold(client)
  return isSettled ? null : { since }
}

/** The connections of a killed program may be open for a while. */
async function takeUpLater(
  client: Client,
  since: string,
  log: Pick<FastifyBaseLogger, 'info'>,
  signal: AbortSignal,
  pause: (ms: number) => Promise<unknown>,
): Promise<void> {
  for (const deadline = Date.now() + TRY_FOR; Date.now() < deadline && !signal.aborted; await pause(100))
    if (await takeUp(client, since, log)) return letGo(client)
}

/** Frees what was active before `since`; false when another worker lives. The lock stays this one's alone. */
async function takeUp(client: Client, since: string, log: Pick<FastifyBaseLogger, 'info'>): Promise<boolean> {
  const lock = await client.query<{ got: boolean }>(`select pg_try_advisory_lock(${WORKING}) as got`)
  if (!lock.rows[0]!.got) return false
  const { rowCount } = await client.query(
    `update pgboss.job set state = 'retry', start_after = now(), heartbeat_on = null
     where state = 'active' and started_on < $1::timestamptz`,
    [since],
  )
  if (rowCount) log.info({ jobs: rowCount }, 'Took up the jobs that an ended program left behind.')
  return true
}

async function hold(client: Client): Promise<void> {
  await client.query(`select pg_advisory_lock_shared(${WORKING})`)
  await letGo(client)
}

/** Of the lock for itself; what it holds together with others stays. */
async function letGo(client: Client): Promise<void> {
  await client.query(`select pg_advisory_unlock(${WORKING}) where exists (${HELD_ALONE})`)
}

const HELD_ALONE = `select from pg_locks where locktype = 'advisory' and objid = ${WORKING} and mode = 'ExclusiveLock'
  and pid = pg_backend_pid()`
