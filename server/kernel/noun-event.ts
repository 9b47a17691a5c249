import { Field, ObjectType } from 'type-graphql'
import { reaches } from './authorize.ts'
import type { Context, Reach, Viewer } from './context.ts'
import type { LoggedEvent } from './event-log.ts'
import type { Topic } from './events.ts'
import { DateTime, Position, Seq } from './scalars.ts'
import { stream } from './subscription.ts'

/** What every `<noun>Changed` message has; the noun itself is null on a heartbeat and on a resync. */
@ObjectType()
export abstract class NounEvent {
  @Field(() => Seq)
  seq!: number

  @Field(() => Position, { description: 'Give it as `after` to go on from here.' })
  position!: string

  @Field(() => Boolean, {
    description: 'The place asked for is gone: read what is shown anew, then go on from `position`.',
  })
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
export function stillVisible<T extends { scopeIds: string[] }>(
  viewer: Viewer,
  permission: string,
  noun: T | null,
): T | null {
  return noun && reaches(viewer, permission, noun.scopeIds) ? noun : null
}

/**
 * The stream behind a `<noun>Changed` subscription: one message for each noun that changed in a stretch of the log, however
 * often it did; the subscriber reloads it. Ending the subscription ends the reading at once.
 */
export function nounChanges(
  context: Context,
  watch: Watch,
  after: string | null,
  maxHz?: number,
): AsyncGenerator<NounChange> {
  return stream(context, { ...watch, after, maxHz }, async (events) => lastOfEach(events), SILENCE)
}

interface Change {
  subject: string | null
  seq?: number
}

const SILENCE: Change = { subject: null }

/** The last event of each subject, in their order. */
function lastOfEach(events: LoggedEvent[]): Change[] {
  const last = new Map<string, number>()
  for (const { subject, seq } of events) {
    last.delete(subject)
    last.set(subject, seq)
  }
  return [...last].map(([subject, seq]) => ({ subject, seq }))
}
