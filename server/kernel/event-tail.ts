import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { LoggedEvent } from './event-log.ts'
import type { Topic } from './events.ts'
import { EVENT_CHANNEL } from './sequencer.ts'

/** A stored event and the inbox row it came from. */
export interface StoredEvent extends LoggedEvent {
  inboxId: string
}

export interface Head {
  /** First eight hex digits. */
  epoch: string
  head: number
}

const POLL = 1_000 // ms; a lost notification costs this much, no event
const AGAIN = 500 // ms
const PAGE = 1_000 // events

/** One connection to the numbered log: told of its head, and reading from it. Comes back by itself when it is lost. */
export class EventTail {
  private readonly stopping = new AbortController()
  private client: Client | undefined
  private following: Promise<void> | undefined

  constructor(
    private readonly url: string,
    private readonly onHead: (head: Head) => Promise<void>,
    private readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>,
  ) {}

  /** Resolves once the head is known. */
  async start(): Promise<void> {
    await this.connect()
    this.following = this.follow()
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await this.following
    await this.client?.end().catch(() => {})
  }

  /** Events after a number, in order, at most 1,000. */
  async page(after: number): Promise<StoredEvent[]> {
    if (!this.client) throw new Error('The event log has no connection to the database at the moment.')
    const { rows } = await this.client.query<Row>(
      { name: 'event-page', text: `select * from event where seq > $1 order by seq limit ${PAGE}` } as never,
      [after],
    )
    return rows.map(stored)
  }

  /** The number of an inbox row, if it has one. */
  async numberOf(inboxId: string): Promise<number | null> {
    if (!this.client) return null
    const { rows } = await this.client.query<{ seq: string }>(`select seq from event where inbox_id = $1`, [inboxId])
    return rows[0] ? Number(rows[0].seq) : null
  }

  private async connect() {
    const client = new Client({ connectionString: this.url, application_name: 'waybill events' })
    client.on('error', () => {})
    client.on('notification', ({ payload = '' }) => {
      const [epoch, head] = payload.split(':')
      if (epoch && head) void this.tell({ epoch, head: Number(head) })
    })
    await client.connect()
    await client.query(`listen ${EVENT_CHANNEL}`)
    this.client = client
    await this.poll()
  }

  private async poll() {
    const { rows } = await this.client!.query<{ epoch: string; head: string }>(
      `select left(epoch::text, 8) as epoch, head from event_epoch`,
    )
    await this.tell({ epoch: rows[0]!.epoch, head: Number(rows[0]!.head) })
  }

  private async tell(head: Head) {
    await this.onHead(head).catch((error: Error) =>
      this.log.warn({ error: error.message }, 'New events could not be read yet.'),
    )
  }

  private async follow() {
    while (!this.stopping.signal.aborted) {
      await sleep(this.client ? POLL : AGAIN, undefined, { signal: this.stopping.signal }).catch(() => {})
      if (this.stopping.signal.aborted) return
      try {
        if (this.client) await this.poll()
        else await this.connect()
      } catch (error) {
        if (this.client) this.log.warn({ error: (error as Error).message }, 'The event log lost its database.')
        await this.client?.end().catch(() => {})
        this.client = undefined
      }
    }
  }
}

interface Row {
  seq: string
  inbox_id: string
  topic: Topic
  subject: string
  version: number
  scope_ids: string[]
  payload: unknown
  actor: string | null
  summary: string | null
  at: Date
}

function stored(row: Row): StoredEvent {
  const { seq, inbox_id: inboxId, scope_ids: scopeIds, topic, subject, version, payload, actor, summary, at } = row
  return { seq: Number(seq), inboxId, topic, subject, version, scopeIds, payload, actor, summary, at }
}
