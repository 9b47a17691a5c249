import type { EntityManager } from '@mikro-orm/postgresql'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Context, Reach } from './context.ts'
import type { LoggedEvent } from './event-log.ts'
import type { Topic } from './events.ts'

/** Where a message stands in the log. */
export interface Place {
  /** Up to this number the client has now seen everything. */
  seq: number
  position: string
  /** The place asked for is gone: read a snapshot, then go on from `position`. */
  resync: boolean
  serverTime: Date
}

export interface StreamSource {
  topics: readonly Topic[]
  /** UUID; null: whatever it is about. */
  subject: string | null
  /** What the viewer may see. */
  reach: Reach
  /** The `position` of an earlier message; null: from now. */
  after?: string | null
  /** The most messages a second; what comes in between is put together. Default 20, at most 60. */
  maxHz?: number | null
}

/**
 * The generator of a `subscribe:`. It pulls from the event log as fast as the client takes, so nothing piles up.
 * `make` turns the events of a stretch, oldest first, into messages; one that stands for a shorter stretch says how far
 * by its `seq`. `silence` is the body of heartbeats and resyncs. Every message is resolved with fresh loaders and a
 * fresh fork of the entity manager.
 */
export function stream<E extends object>(
  context: Context,
  source: StreamSource,
  make: (events: LoggedEvent[], em: EntityManager) => Promise<(E & { seq?: number })[]>,
  silence: E,
): AsyncGenerator<E & Place> {
  const gap = 1000 / Math.min(60, Math.max(1, source.maxHz ?? 20)) // ms

  return abortable(async function* (signal) {
    for await (const batch of context.events.read(source, source.after ?? null, signal)) {
      const begun = Date.now()
      refresh(context)
      const made = batch.events.length > 0 ? await make(batch.events, context.em) : []
      if (made.length === 0) made.push(silence)
      for (const [place, body] of made.entries()) {
        const seq = place === made.length - 1 ? batch.seq : (body.seq ?? batch.seq)
        const position = context.events.positionAt(seq)
        refresh(context)
        context.reached = seq
        yield { ...body, seq, position, resync: batch.resync, serverTime: new Date() }
      }
      const rest = gap - (Date.now() - begun)
      if (rest > 0) await sleep(rest, undefined, { signal }).catch(() => {})
    }
  })
}

/** A message must not show what an earlier one loaded. */
function refresh(context: Context): void {
  context.em = context.em.fork()
  context.loaders.clear()
}

/** A generator that ends at once when the client leaves, also while it waits for the next event. */
export function abortable<E>(make: (signal: AbortSignal) => AsyncGenerator<E>): AsyncGenerator<E> {
  const left = new AbortController()
  const inner = make(left.signal)
  return {
    next: () => inner.next(),
    return: (value) => {
      left.abort()
      return inner.return(value)
    },
    throw: (error) => {
      left.abort()
      return inner.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
    [Symbol.asyncDispose]: async () => {
      left.abort()
      await inner.return(undefined)
    },
  }
}

/** type-graphql asks for one; all our subscriptions are generators. */
export const noPubSub = {
  publish(topic: string): never {
    throw new Error(`${topic} was published directly; events go through record() in kernel/events.ts`)
  },
  subscribe(topic: string): never {
    throw new Error(`${topic} was subscribed directly; subscriptions use stream() or nounChanges() of the kernel`)
  },
}
