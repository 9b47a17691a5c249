import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog, LoggedEvent } from './event-log.ts'
import type { Topic } from './events.ts'

/** What something that follows the log does; each step must be one that may be done twice. */
export interface Follower {
  topics: readonly Topic[]
  /** At the start and after a gap: makes up for what was missed. */
  catchUp(): Promise<void>
  follow(events: readonly LoggedEvent[]): Promise<void>
  /** Hears of what interrupted it; it goes on by itself. */
  onFault(fault: unknown): void
}

const AGAIN = 1_000 // ms

/** Lets a follower hear of all that is written from now on, until it is stopped. May run in several processes at once. */
export function followLog(events: EventLog, follower: Follower): { stop(): Promise<void> } {
  const ended = new AbortController()
  const { signal } = ended

  async function readLog(): Promise<void> {
    const since = events.positionAt(events.head())
    await follower.catchUp()
    const filter = { topics: follower.topics, reach: 'estate' as const }
    for await (const { resync, events: found } of events.read(filter, since, signal)) {
      if (resync) return
      if (found.length > 0) await follower.follow(found)
    }
  }

  const running = (async () => {
    while (!signal.aborted) {
      await readLog().catch((fault: unknown) => {
        if (!signal.aborted) follower.onFault(fault)
      })
      // The log is gone for the moment, or began anew.
      await sleep(AGAIN, undefined, { signal }).catch(() => undefined)
    }
  })()
  return {
    stop: async () => {
      ended.abort()
      await running
    },
  }
}
