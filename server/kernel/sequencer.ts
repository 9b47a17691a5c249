import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { dropOldPartitions, makePartitionsAhead } from './event-partitions.ts'

/**
 * Gives every committed event its number (D5). Writers insert into `event_inbox` in their own transactions; one elected
 * sequencer moves what it can see from there into `event`, with consecutive numbers, and notifies once for a batch.
 *
 * Nothing is lost, because rows are moved and not read past: a row whose transaction commits late is found later. Within
 * a batch the order is that of the inbox ids. So an event never comes before one that its writer could see: that one was
 * committed, with a lower id, and whoever sees the later row sees the earlier one too. (A rule such as "only rows older
 * than every open transaction" is not needed, would let one long transaction stop the feed, and would not keep that
 * order: the later event can have the older transaction.)
 */
export interface Sequencer {
  /** Stands for election, now and whenever the elected one is gone. */
  start(): void
  stop(): Promise<void>
  /**
   * Has `run` called in the transaction of every batch, so that what it writes is numbered or chained by the same single
   * writer. `pending` is an SQL condition that says there is something to do although no event came.
   */
  inEachTick(run: (client: Client) => Promise<void>, pending?: string): void
  status(): SequencerStatus
}

export interface SequencerStatus {
  leading: boolean
  /** How long the oldest event of the last batch had waited. */
  lagMilliseconds: number
}

export interface SequencerSettings {
  /** Address of the PostgreSQL; not of a pooler that swaps sessions. */
  url: string
  /** Events are kept at least so long. */
  retentionDays: number
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** Told what was numbered, after the commit: only one program does so at a time, so each event is counted once. */
  count?: (published: readonly Published[]) => void
}

/** So many events of one kind; `noun` and `to` where they tell of a change of state. */
export interface Published {
  topic: string
  noun: string | null
  to: string | null
  count: number
}

/** The channel on which the head is told after each batch: `<epoch>:<head>`. */
export const EVENT_CHANNEL = 'waybill_event'

const SEQUENCING = 7_296_003 // advisory lock
const BATCH = 5_000 // events
const BUSY = 5 // ms
const IDLE = 20 // ms
const AGAIN = 300 // ms, between attempts to be elected
const HOUSEKEEPING = 60_000 // ms

interface Hook {
  run(client: Client): Promise<void>
  pending: string
}

export function createSequencer({ url, retentionDays, log, count: tell }: SequencerSettings): Sequencer {
  const hooks: Hook[] = []
  const stopping = new AbortController()
  const status: SequencerStatus = { leading: false, lagMilliseconds: 0 }
  let standing: Promise<void> | undefined
  const pause = (ms: number) => sleep(ms, undefined, { signal: stopping.signal }).catch(() => {})

  async function stand() {
    while (!stopping.signal.aborted) {
      const client = new Client({ connectionString: url, application_name: 'waybill sequencer' })
      client.on('error', () => {}) // the statement under way rejects as well
      try {
        await client.connect()
        if (await elected(client)) await lead(client)
      } catch (error) {
        log.warn({ error: (error as Error).message }, 'The numbering of events stopped; standing for it again.')
      }
      status.leading = false
      await client.end().catch(() => {})
      await pause(AGAIN)
    }
  }

  async function elected(client: Client): Promise<boolean> {
    while (!stopping.signal.aborted) {
      const { rows } = await client.query<{ got: boolean }>(`select pg_try_advisory_lock(${SEQUENCING}) as got`)
      if (rows[0]!.got) return true
      await pause(AGAIN)
    }
    return false
  }

  async function lead(client: Client) {
    const { rows } = await client.query<Epoch>(
      `update event_epoch set fence = fence + 1 returning left(epoch::text, 8) as epoch, fence, head`,
    )
    const { epoch, fence, head } = rows[0]!
    await makePartitionsAhead(client, Number(head))
    status.leading = true
    log.info({ epoch, fence }, 'This program numbers the events now.')
    let housekeepingAt = Date.now() + 1_000
    while (!stopping.signal.aborted) {
      const waiting = await client.query<{ any: boolean }>(somethingToDo(hooks))
      const head = waiting.rows[0]!.any ? await tick(client, fence) : null
      if (Date.now() > housekeepingAt) {
        housekeepingAt = Date.now() + HOUSEKEEPING
        await dropOldPartitions(client, retentionDays)
      }
      await pause(head === null ? IDLE : BUSY)
    }
  }

  /** Numbers one batch; answers the new head, or null when there was no event. */
  async function tick(client: Client, fence: string): Promise<number | null> {
    await client.query('begin')
    try {
      const held = await client.query<Epoch>(
        `select left(epoch::text, 8) as epoch, head from event_epoch where fence = $1 for update`,
        [fence],
      )
      if (held.rowCount === 0) throw new Error('another sequencer was elected')
      const moved = await client.query<{ count: number; lag: number | null; published: Published[] }>(MOVE, [
        held.rows[0]!.head,
        BATCH,
      ])
      const { count, lag, published } = moved.rows[0]!
      for (const hook of hooks) await runHook(client, hook)
      const head = Number(held.rows[0]!.head) + count
      if (count > 0) {
        await makePartitionsAhead(client, head, count)
        await client.query(`update event_epoch set head = $1`, [head])
        await client.query(`select pg_notify($1, $2)`, [EVENT_CHANNEL, `${held.rows[0]!.epoch}:${head}`])
      }
      await client.query('commit')
      status.lagMilliseconds = lag ?? 0
      tell?.(published)
      return count > 0 ? head : null
    } catch (error) {
      await client.query('rollback')
      throw error
    }
  }

  /** A hook that fails is logged and comes again; it must not stop the events. */
  async function runHook(client: Client, hook: Hook) {
    await client.query('savepoint hook')
    try {
      await hook.run(client)
      await client.query('release savepoint hook')
    } catch (error) {
      log.error({ error }, 'A task of the sequencer failed; it will be tried again.')
      await client.query('rollback to savepoint hook')
    }
  }

  return {
    start() {
      standing ??= stand()
    },
    async stop() {
      stopping.abort()
      await standing
    },
    inEachTick(run, pending = 'true') {
      hooks.push({ run, pending: `(${pending})` })
    },
    status: () => ({ ...status }),
  }
}

const somethingToDo = (hooks: Hook[]) =>
  `select exists (select from event_inbox) ${hooks.map(({ pending }) => `or ${pending}`).join(' ')} as any`

interface Epoch {
  epoch: string
  fence: string
  head: string
}

const MOVE = `
  with taken as (
    delete from event_inbox where id in (select id from event_inbox order by id limit $2) returning *
  ), moved as (
    insert into event (seq, inbox_id, topic, subject, version, scope_ids, payload, actor, summary, at)
    select $1::bigint + row_number() over (order by id), id, topic, subject, version, scope_ids, payload, actor, summary, at
    from taken
    returning topic, payload->>'noun' as noun, payload->>'to' as "to", at
  ), kinds as (
    select topic, noun, "to", count(*)::int as count from moved group by 1, 2, 3
  )
  select count(*)::int as count, (extract(epoch from clock_timestamp() - min(at)) * 1000)::int as lag,
    (select coalesce(jsonb_agg(kinds), '[]') from kinds) as published
  from moved`
