import type { Reach } from './context.ts'
import type { Topic } from './events.ts'

/** A numbered event as it is in the log. */
export interface LoggedEvent {
  seq: number
  topic: Topic
  subject: string
  version: number
  scopeIds: string[]
  payload: unknown
  actor: string | null
  summary: string | null
  at: Date
}

/** What a reader gets at once. `resync`: the place asked for is gone; read a snapshot, then go on from `position`. */
export interface EventBatch {
  seq: number
  position: string
  resync: boolean
  /** Empty on a heartbeat. */
  events: LoggedEvent[]
}

export interface EventFilter {
  topics: readonly Topic[] | 'any'
  /** UUID; only events about it. */
  subject?: string | null
  /** Only events that this reach lets through. */
  reach: Reach
}

/** The log at an instant: what was committed then has a number up to `head`, or waits for one. */
export interface LogState {
  head: number
  waiting: boolean
}

/** One row with the state of the log, as SQL. */
export const LOG_STATE = `select head, exists (select from event_inbox) as waiting from event_epoch`

/** The numbered log as seen by this process (D5, D6). */
export interface EventLog {
  /** First eight hex digits of the log's epoch. */
  readonly epoch: string
  /** The highest number this process knows. */
  head(): number
  positionAt(seq: number): string
  /** Position of an inbox row once it is numbered; null when that takes longer than 2 s. */
  positionOf(inboxId: string): Promise<string | null>
  /**
   * Pulls batches after a place (null: from now), each with all matching events of a stretch of the log, in order, none
   * left out. A heartbeat comes every 10 s of silence. Ends with `signal`.
   */
  read(filter: EventFilter, after: string | null, signal?: AbortSignal): AsyncGenerator<EventBatch>
}
