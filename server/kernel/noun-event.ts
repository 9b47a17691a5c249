import { Field, ObjectType } from 'type-graphql'
import { reaches } from './authorize.ts'
import type { Context, Reach, Viewer } from './context.ts'
import type { EventBatch } from './event-log.ts'
import type { Topic } from './events.ts'
import { DateTime, Position, Seq } from './scalars.ts'

/** What every `<noun>Changed` message has; the noun itself is null on a heartbeat and on a resync. */
@ObjectType()
export abstract class NounEvent {
  @Field(() => Seq)
  seq!: number

  @Field(() => Position, { description: 'Give it as `after` to go on from here.' })
  position!: string

  @Field(() => Boolean, { description: 'The place asked for is gone: read what is shown anew, then go on from `position`.' })
  resync!: boolean

  @Field(() => DateTime)
  serverTime!: Date
}

/** A message before the noun is loaded. */
export interface NounChange extends NounEvent {
  /** UUID of what changed; null on a heartbeat and on a resync. */
  subject: string | null
}

export interface Watch {
  topics: readonly Topic[]
  /** UUID; null: all that the viewer may see. */
  subject: string | null
  /** What of it the viewer may see. */
  reach: Reach
}

/** Where a permission reaches for things that have no scope: everywhere, if it is held anywhere. */
export function reachAnywhere(viewer: Viewer, permission: string): Reach {
  const reach = viewer.reach(permission)
  return reach === 'estate' || reach.length > 0 ? 'estate' : reach
}

/** Whether a loaded noun may be shown to the subscriber; events are filtered before, this is for what moved away since. */
export function stillVisible<T extends { scopeIds: string[] }>(viewer: Viewer, permission: string, noun: T | null): T | null {
  return noun && reaches(viewer, permission, noun.scopeIds) ? noun : null
}

/**
 * The stream behind a `<noun>Changed` subscription: one message for each noun that changed in a stretch of the log, however
 * often it did; the subscriber reloads it. Ending the subscription ends the reading at once.
 */
export function nounChanges(context: Context, watch: Watch, after: string | null): AsyncIterableIterator<NounChange> {
  const ended = new AbortController()
  const source = follow(context, watch, after, ended.signal)
  return {
    next: () => source.next(),
    return: async (value) => {
      ended.abort()
      return source.return(value)
    },
    throw: async (error) => {
      ended.abort()
      return source.throw(error)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function* follow(context: Context, watch: Watch, after: string | null, signal: AbortSignal) {
  for await (const batch of context.events.read(watch, after, signal)) {
    for (const change of messagesOf(batch, (seq) => context.events.positionAt(seq))) {
      // Loads of the message before would be stale.
      context.loaders.clear()
      yield change
    }
  }
}

/** The last event of each subject, in their order; one message without a subject when there is none. */
export function messagesOf(batch: EventBatch, positionAt: (seq: number) => string): NounChange[] {
  const serverTime = new Date()
  const { seq, position, resync } = batch
  if (resync || batch.events.length === 0) return [{ seq, position, resync, serverTime, subject: null }]
  const last = new Map<string, number>()
  for (const event of batch.events) {
    last.delete(event.subject)
    last.set(event.subject, event.seq)
  }
  const messages = [...last].map(([subject, seq]) => ({ seq, position: positionAt(seq), resync, serverTime, subject }))
  Object.assign(messages.at(-1)!, { seq, position })
  return messages
}
