import type { Client } from 'graphql-ws'
import { graphql } from '../gql/gql.ts'
import { textOf } from '../graphql/text.ts'
import type { ActivitySubscription } from '../gql/graphql.ts'
import { follow, type Position } from './follow.ts'

const ActivityDocument = graphql(`
  subscription Activity($after: Position) {
    activity(after: $after) {
      seq
      position
      resync
      topic
      nodeId
    }
  }
`)

export type Activity = ActivitySubscription['activity']
/** Ids of the things that events were about, by their topics; null: anything may have changed. */
export type Heard = ReadonlyMap<string, string> | null
type Listener = {
  topics: readonly string[]
  refresh: (heard: Heard) => void
  askedAt: number
  /** How often it was called since there was a pause. */
  inARow: number
  /** Since it was called last. */
  about: Map<string, string> | null
  timer?: ReturnType<typeof setTimeout>
}

const together = 40 // ms: what one commit tells comes at once
const gather = 250 // ms: one refresh for a burst of events
/** More things than these are said as "anything". */
const mostAbout = 200
const apart = 1_000 // ms between two refreshes of one query while events keep coming

/**
 * How long an event waits to be shown: the first one after a pause nearly not at all, what it brings about a moment, and a
 * stream of them makes one refresh a second. In ms.
 */
function waitOf(listener: Listener): number {
  const quiet = Date.now() - listener.askedAt
  if (quiet > apart) listener.inARow = 0
  const pause = listener.inARow === 0 ? 0 : listener.inARow === 1 ? gather : apart
  return Math.max(together, pause - quiet)
}

/**
 * The page's one ear on the log of events. Queries name the topics that concern them and are asked again when one of
 * them is heard: soon after a pause, and once a second each while they go on; hot figures have their own streams.
 */
export interface ActivityHub {
  /** Begins to listen; the returned function ends it. */
  open(): () => void
  /** Adds a listener for topics that begin with one of `topics`; the returned function takes it away. */
  on(topics: readonly string[], refresh: (heard: Heard) => void): () => void
  /** Everything on the page is asked again, as after a resync. */
  refreshAll(): void
  /** The same after something that the reader did. */
  acted(): void
  /** When that was last, in ms; 0: not yet. */
  readonly actedAt: number
  /** While held, nothing is asked again for events; they are counted, and letting go asks once for all of them. */
  hold(held: boolean): void
}

export function createActivityHub(
  socket: Pick<Client, 'subscribe'>,
  seen: (position: Position) => void,
  waiting: () => void = () => {},
): ActivityHub {
  const listeners = new Set<Listener>()
  const heard = new Set<Listener>()
  let holding = false
  let actedAt = 0
  const schedule = (listener: Listener, wait: number) => {
    listener.timer ??= setTimeout(() => {
      listener.timer = undefined
      listener.askedAt = Date.now()
      listener.inARow++
      const { about } = listener
      listener.about = new Map()
      listener.refresh(about)
    }, wait)
  }
  const soon = (listener: Listener) => {
    clearTimeout(listener.timer)
    listener.timer = undefined
    schedule(listener, gather)
  }
  const refreshAll = () =>
    listeners.forEach((listener) => {
      listener.about = null
      soon(listener)
    })
  const note = (listener: Listener, topic: string, id: string | null | undefined) => {
    if (!id || (listener.about && listener.about.size >= mostAbout)) listener.about = null
    else listener.about?.set(id, topic)
  }

  return {
    refreshAll,
    acted() {
      actedAt = Date.now()
      refreshAll()
    },
    get actedAt() {
      return actedAt
    },
    on(topics, refresh) {
      const listener: Listener = { topics, refresh, askedAt: 0, inARow: 0, about: new Map() }
      listeners.add(listener)
      return () => {
        clearTimeout(listener.timer)
        listeners.delete(listener)
        heard.delete(listener)
      }
    },
    hold(held) {
      holding = held
      if (held) return
      heard.forEach(soon)
      heard.clear()
    },
    open: () =>
      follow<ActivitySubscription>(socket, {
        query: textOf(ActivityDocument),
        variables: {},
        after: null,
        position: ({ activity }) => activity,
        seen,
        apply: ({ activity }) => {
          if (holding) waiting()
          for (const listener of listeners) {
            if (!listener.topics.some((topic) => activity.topic.startsWith(topic))) continue
            note(listener, activity.topic, activity.nodeId)
            if (holding) heard.add(listener)
            else schedule(listener, waitOf(listener))
          }
        },
        resync: async () => {
          refreshAll()
          return null
        },
      }),
  }
}
