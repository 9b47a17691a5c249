import type { EntityManager } from '@mikro-orm/postgresql'
import { setTimeout as sleep } from 'node:timers/promises'
import { Field, GraphQLISODateTime, ObjectType } from 'type-graphql'
import { viewerOf } from './authorize.ts'
import type { Context } from './context.ts'
import type { LoggedEvent } from './event-log.ts'
import type { Topic } from './events.ts'
import { Position, Seq } from './scalars.ts'

/** What every message of a subscription has. On a heartbeat (10 s of silence) and on a resync it has nothing else. */
@ObjectType()
export abstract class StreamEvent {
  @Field(() => Seq, { description: 'Up to this number of the event log the client has now seen everything.' })
  seq!: number

  @Field(() => Position, { description: 'Give it as `after` to go on from here, after a reconnect for example.' })
  position!: string

  @Field(() => Boolean, {
    description: 'The place asked for is gone: read everything again by a query; the stream goes on from `position`.',
  })
  resync!: boolean

  @Field(() => GraphQLISODateTime)
  serverTime!: Date
}

export interface StreamSource {
  topics: readonly Topic[]
  /** Events show only where the viewer holds it. */
  permission: string
  /** UUID; only what is about it. */
  subject?: string | null
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
): AsyncGenerator<E & StreamEvent> {
  const reach = viewerOf(context).reach(source.permission)
  const filter = { topics: source.topics, subject: source.subject ?? null, reach }
  const gap = 1000 / Math.min(60, Math.max(1, source.maxHz ?? 20)) // ms

  return abortable(async function* (signal) {
    for await (const batch of context.events.read(filter, source.after ?? null, signal)) {
      const begun = Date.now()
      refresh(context)
      const made = batch.events.length > 0 ? await make(batch.events, context.em) : []
      if (made.length === 0) made.push(silence)
      for (const [place, body] of made.entries()) {
        const seq = place === made.length - 1 ? batch.seq : (body.seq ?? batch.seq)
        const position = context.events.positionAt(seq)
        refresh(context)
        yield { ...body, seq, position, resync: batch.resync, serverTime: new Date() }
      }
      const rest = gap - (Date.now() - begun)
      if (rest > 0) await sleep(rest, undefined, { signal }).catch(() => {})
    }
  })
}

/**
 * Changes of a noun: the thing as it is now, once for each stretch of the log however often it changed. `load` answers
 * the things by their UUIDs, without those the viewer may not see; one that is gone is passed over.
 */
export function changes<N extends string, T extends { uuid: string }>(
  context: Context,
  source: StreamSource,
  noun: N,
  load: (em: EntityManager, uuids: string[]) => Promise<T[]>,
): AsyncGenerator<{ [K in N]: T | null } & StreamEvent> {
  const bodyOf = (thing: T | null, seq?: number) =>
    ({ [noun]: thing, seq }) as { [K in N]: T | null } & { seq?: number }
  return stream(
    context,
    source,
    async (events, em) => {
      const lastSeq = new Map<string, number>()
      for (const { subject, seq } of events) {
        lastSeq.delete(subject) // so that the order is that of the last change
        lastSeq.set(subject, seq)
      }
      const found = new Map((await load(em, [...lastSeq.keys()])).map((thing) => [thing.uuid, thing]))
      return [...lastSeq].flatMap(([uuid, seq]) => (found.has(uuid) ? [bodyOf(found.get(uuid)!, seq)] : []))
    },
    bodyOf(null),
  )
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
    throw new Error(
      `${topic} was subscribed directly; subscriptions use stream() or changes() in kernel/subscription.ts`,
    )
  },
}
