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
type Listener = {
  topics: readonly string[]
  refresh: () => void
  askedAt: number
  timer?: ReturnType<typeof setTimeout>
}

const gather = 250 // ms: one refresh for a burst of events
const apart = 1_000 // ms between two refreshes of one query while events keep coming

/**
 * The page's one ear on the log of events. Queries name the topics that concern them and are asked again when one of
 * them is heard, at most once a second each; hot figures have their own streams.
 */
export interface ActivityHub {
  /** Begins to listen; the returned function ends it. */
  open(): () => void
  /** Adds a listener for topics that begin with one of `topics`; the returned function takes it away. */
  on(topics: readonly string[], refresh: () => void): () => void
  /** Everything on the page is asked again, as after a resync or an own mutation. */
  refreshAll(): void
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
  const schedule = (listener: Listener, between: number) => {
    const wait = Math.max(gather, listener.askedAt + between - Date.now())
    listener.timer ??= setTimeout(() => {
      listener.timer = undefined
      listener.askedAt = Date.now()
      listener.refresh()
    }, wait)
  }
  const soon = (listener: Listener) => {
    clearTimeout(listener.timer)
    listener.timer = undefined
    schedule(listener, gather)
  }
  const refreshAll = () => listeners.forEach(soon)

  return {
    refreshAll,
    on(topics, refresh) {
      const listener: Listener = { topics, refresh, askedAt: 0 }
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
            if (holding) heard.add(listener)
            else schedule(listener, apart)
          }
        },
        resync: async () => {
          refreshAll()
          return null
        },
      }),
  }
}
