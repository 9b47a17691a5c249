import type { FastifyBaseLogger } from 'fastify'
import type { Reach } from './context.ts'
import type { EventBatch, EventFilter, EventLog, LoggedEvent } from './event-log.ts'
import { EventTail, type Head, type StoredEvent } from './event-tail.ts'

const CAPACITY = 50_000 // events
/** At start: for the clients that come back. */
const PRELOAD = 2_000 // events
const HEARTBEAT = 10_000 // ms
const POSITION_WITHIN = 2_000 // ms
const SCAN = 2_000 // events looked at before a batch is handed out

export interface EventRing extends EventLog {
  start(): Promise<void>
  stop(): Promise<void>
}

export interface EventRingSettings {
  url: string
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** Told of each reader that has to begin anew, because the place it asked for is gone. */
  onResync?: () => void
}

/**
 * The log as one process sees it (D6): the latest 50,000 events in memory, shared by all readers; older ones are read
 * from PostgreSQL. Readers pull, each at its own pace, so that nothing piles up for a slow one.
 */
export function createEventRing({ url, log, onResync }: EventRingSettings): EventRing {
  const ring = new Ring()
  let epoch = ''
  const waiting = new Set<() => void>()
  let advancing: Promise<void> = Promise.resolve()

  const tail = new EventTail(url, (head) => (advancing = advancing.catch(() => {}).then(() => advance(head))), log)

  async function advance(to: Head) {
    if (to.epoch !== epoch) {
      epoch = to.epoch
      ring.restart(Math.max(0, to.head - PRELOAD))
    }
    while (ring.head < to.head) {
      const events = await tail.page(ring.head)
      // Only a reset of the log or a pruning that overtook us gets here: start again behind the hole.
      if (events[0]?.seq !== ring.head + 1) ring.restart(events[0] ? events[0].seq - 1 : to.head)
      for (const event of events) ring.add(event)
    }
    for (const wake of waiting) wake()
    waiting.clear()
  }

  /** Until the head moves, `ms` are over, or the signal is aborted. */
  function change(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((done) => {
      const end = () => {
        clearTimeout(timer)
        waiting.delete(end)
        signal?.removeEventListener('abort', end)
        done()
      }
      const timer = setTimeout(end, ms)
      waiting.add(end)
      signal?.addEventListener('abort', end, { once: true })
      if (signal?.aborted) end()
    })
  }

  const positionAt = (seq: number) => `${epoch}:${seq}`

  async function* read(filter: EventFilter, after: string | null, signal?: AbortSignal): AsyncGenerator<EventBatch> {
    const passes = matcher(filter)
    const [wanted, from] = after?.split(':') ?? [epoch, ring.head]
    let reading = wanted!
    let cursor = Number(from)
    // A position of another replica may be ahead of this one.
    for (let tries = 0; tries < 20 && cursor > ring.head && reading === epoch; tries++) await change(250, signal)
    // At once, so that a reader that is cut off before the first event has a place to go on from.
    let spokeAt = after === null ? 0 : Date.now()
    while (!signal?.aborted) {
      const stretch = reading === epoch && cursor <= ring.head ? await stretchAfter(cursor, SCAN) : null
      if (!stretch) {
        reading = epoch
        cursor = ring.head
        spokeAt = Date.now()
        onResync?.()
        yield { seq: cursor, position: positionAt(cursor), resync: true, events: [] }
        continue
      }
      cursor = stretch.at(-1)?.seq ?? cursor
      const events = stretch.filter(passes)
      if (events.length > 0 || Date.now() - spokeAt >= HEARTBEAT) {
        spokeAt = Date.now()
        yield { seq: cursor, position: positionAt(cursor), resync: false, events }
      } else if (cursor === ring.head) {
        await change(HEARTBEAT - (Date.now() - spokeAt), signal)
      }
    }
  }

  /** What comes after a number; null when some of it is gone. */
  async function stretchAfter(seq: number, limit: number): Promise<readonly StoredEvent[] | null> {
    if (seq === ring.head || seq >= ring.first - 1) return ring.slice(seq, limit)
    const events = await tail.page(seq)
    return events[0]?.seq === seq + 1 ? events : null
  }

  return {
    get epoch() {
      return epoch
    },
    head: () => ring.head,
    positionAt,
    async positionOf(inboxId) {
      for (const deadline = Date.now() + POSITION_WITHIN; ;) {
        const seq = ring.numberOf(inboxId)
        if (seq) return positionAt(seq)
        if (Date.now() >= deadline) return null
        const before = ring.head
        await change(100)
        if (ring.head !== before) continue
        const old = await tail.numberOf(inboxId).catch(() => null)
        if (old) return positionAt(old)
      }
    },
    read,
    start: () => tail.start(),
    stop: () => tail.stop(),
  }
}

function matcher({ topics, subject, reach }: EventFilter): (event: LoggedEvent) => boolean {
  const wanted = topics === 'any' ? null : new Set<string>(topics)
  return (event) =>
    (wanted === null || wanted.has(event.topic)) &&
    (subject == null || event.subject === subject) &&
    within(reach, event.scopeIds)
}

function within(reach: Reach, scopeIds: readonly string[]): boolean {
  return reach === 'estate' || scopeIds.some((scope) => reach.includes(scope))
}

/** The latest events in a circle, found by their number. */
class Ring {
  private events: StoredEvent[] = []
  private numbers = new Map<string, number>()
  /** Number of the oldest event held; head + 1 when there is none. */
  first = 1
  head = 0

  restart(head: number): void {
    this.events = []
    this.numbers.clear()
    this.head = head
    this.first = head + 1
  }

  add(event: StoredEvent): void {
    const place = event.seq % CAPACITY
    const oldest = this.events[place]
    if (oldest) this.numbers.delete(oldest.inboxId)
    this.events[place] = event
    this.numbers.set(event.inboxId, event.seq)
    this.head = event.seq
    this.first = Math.max(this.first, event.seq - CAPACITY + 1)
  }

  slice(after: number, limit: number): StoredEvent[] {
    const found: StoredEvent[] = []
    for (let seq = after + 1; seq <= this.head && found.length < limit; seq++) found.push(this.events[seq % CAPACITY]!)
    return found
  }

  numberOf(inboxId: string): number | undefined {
    return this.numbers.get(inboxId)
  }
}
