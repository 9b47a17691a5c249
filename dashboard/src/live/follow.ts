import type { Client, ExecutionResult } from 'graphql-ws'
import { delayOf, waitOrWake } from './retry-wait.ts'

/** What every message of a stream says about its place in the log of events. */
export interface Position {
  /** The last event that this message includes. */
  seq: number
  /** `epoch:seq`, with which the stream can be taken up again after this message. */
  position: string
  /** The server cannot continue from where we were: take a snapshot. */
  resync: boolean
}

export interface FollowOptions<Data> {
  query: string
  variables: Record<string, unknown>
  /** Where to begin: a position that the page holds, a snapshot yet to be taken, or null for what happens next. */
  after: string | null | (() => Promise<string | null>)
  position: (data: Data) => Position
  /** Called for each message, in order, never for one that was seen already. */
  apply: (data: Data, position: Position) => void
  /** Fetches a new snapshot and answers its position; the stream goes on from there. */
  resync: () => Promise<string | null>
  /** Hears every position, for the connection pill. */
  seen?: (position: Position) => void
  /** The server refused the subscription itself. */
  failed?: (message: string) => void
}

const epochOf = ({ position }: Position) => position.slice(0, position.indexOf(':'))

/**
 * Follows a stream without gap and without repetition. graphql-ws sends the same payload object again when it
 * reconnects, so moving `payload.variables.after` with each message is the whole resume protocol. Returns the stop.
 */
export function follow<Data>(socket: Pick<Client, 'subscribe'>, options: FollowOptions<Data>): () => void {
  let stopped = false
  let unsubscribe = () => {}
  let epoch: string | null = null
  let seq = -1
  let failures = 0

  const restart = async (snapshot: () => Promise<string | null>) => {
    unsubscribe()
    let after: string | null = null
    for (let tries = 0; !stopped; tries++) {
      try {
        after = await snapshot()
        break
      } catch {
        await waitOrWake(delayOf(tries))
      }
    }
    epoch = null
    seq = -1
    if (!stopped) start(after)
  }

  const start = (after: string | null) => {
    const payload = { query: options.query, variables: { ...options.variables, after } as Record<string, unknown> }
    let over = false
    unsubscribe = socket.subscribe<Data>(payload, {
      next(message: ExecutionResult<Data>) {
        if (over || stopped) return
        if (message.errors?.length || !message.data) {
          options.failed?.(message.errors?.[0]?.message ?? 'The server sent an empty message.')
          return
        }
        const position = options.position(message.data)
        // Another epoch is another numbering, as after an import: what we hold cannot be carried on.
        if (position.resync || (epoch !== null && epochOf(position) !== epoch)) {
          over = true
          void restart(options.resync)
          return
        }
        if (position.seq <= seq) return
        failures = 0
        epoch = epochOf(position)
        seq = position.seq
        payload.variables.after = position.position
        options.seen?.(position)
        options.apply(message.data, position)
      },
      error(reason) {
        if (stopped) return
        if (Array.isArray(reason)) {
          options.failed?.(reason.map((each: { message: string }) => each.message).join(' '))
          return
        }
        // The socket gave up for a reason that is not about us, such as a fault inside the server: begin again.
        void waitOrWake(delayOf(failures++)).then(() => stopped || start(payload.variables.after as string | null))
      },
      complete() {},
    })
  }

  if (typeof options.after === 'function') void restart(options.after)
  else start(options.after)
  return () => {
    stopped = true
    unsubscribe()
  }
}
