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
type Listener = { topics: readonly string[]; refresh: () => void }

const gather = 250 // ms: one refresh for a burst of events

/**
 * The page's one ear on the log of events. Queries name the topics that concern them and are asked again when one of
 * them is heard, at most four times a second; hot figures have their own streams.
 */
export interface ActivityHub {
  /** Begins to listen; the returned function ends it. */
  open(): () => void
  /** Adds a listener for topics that begin with one of `topics`; the returned function takes it away. */
  on(topics: readonly string[], refresh: () => void): () => void
  /** Everything on the page is asked again, as after a resync or an own mutation. */
  refreshAll(): void
}

export function createActivityHub(socket: Pick<Client, 'subscribe'>, seen: (position: Position) => void): ActivityHub {
  const listeners = new Set<Listener>()
  const due = new Set<Listener>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const schedule = (listener: Listener) => {
    due.add(listener)
    timer ??= setTimeout(() => {
      timer = undefined
      const now = [...due]
      due.clear()
      for (const each of now) if (listeners.has(each)) each.refresh()
    }, gather)
  }
  const refreshAll = () => listeners.forEach(schedule)

  return {
    refreshAll,
    on(topics, refresh) {
      const listener = { topics, refresh }
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    open: () =>
      follow<ActivitySubscription>(socket, {
        query: textOf(ActivityDocument),
        variables: {},
        after: null,
        position: ({ activity }) => activity,
        seen,
        apply: ({ activity }) => {
          for (const listener of listeners) {
            if (listener.topics.some((topic) => activity.topic.startsWith(topic))) schedule(listener)
          }
        },
        resync: async () => {
          refreshAll()
          return null
        },
      }),
  }
}
