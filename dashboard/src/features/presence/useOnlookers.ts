import { computed, onScopeDispose, shallowRef, watch, type ComputedRef } from 'vue'
import { graphql } from '../../gql/gql.ts'
import type { OnlookersSubscription } from '../../gql/graphql.ts'
import { textOf } from '../../graphql/text.ts'
import { useLive } from '../../live/live.ts'
import { delayOf, waitOrWake } from '../../live/retry-wait.ts'

const Document = graphql(`
  subscription Onlookers($id: ID!) {
    presence(id: $id) {
      total
      others {
        accountId
        name
        since
      }
    }
  }
`)
type Presence = OnlookersSubscription['presence']

const nobody: Presence = { total: 0, others: [] }

/**
 * Who else looks at the thing now; the reader is seen by them for as long as the calling component lives. While the line is
 * cut nobody is known to look. It has no place in the log: each message tells everything.
 */
export function useOnlookers(id: () => string): ComputedRef<Presence> {
  const { socket, connection } = useLive()
  const presence = shallowRef(nobody)
  let stop = () => {}
  const begin = (subject: string) => {
    let over = false
    let failures = 0
    let unsubscribe = () => {}
    const subscribe = () => {
      unsubscribe = socket.subscribe<OnlookersSubscription>(
        { query: textOf(Document), variables: { id: subject } },
        {
          next({ data }) {
            failures = 0
            presence.value = data?.presence ?? nobody
          },
          error(reason) {
            presence.value = nobody
            // A list is a refusal of the server's; anything else is the line's.
            if (over || Array.isArray(reason)) return
            void waitOrWake(delayOf(failures++)).then(() => over || subscribe())
          },
          complete: () => (presence.value = nobody),
        },
      )
    }
    subscribe()
    return () => {
      over = true
      unsubscribe()
      presence.value = nobody
    }
  }
  const go = () => {
    stop()
    stop = begin(id())
  }
  const leave = () => {
    stop()
    stop = () => {}
  }
  watch(id, go, { immediate: true })
  // A browser may keep a page that was left, and its socket with it, to show it again at once.
  const comeBack = ({ persisted }: PageTransitionEvent) => persisted && go()
  window.addEventListener('pagehide', leave)
  window.addEventListener('pageshow', comeBack)
  onScopeDispose(() => {
    window.removeEventListener('pagehide', leave)
    window.removeEventListener('pageshow', comeBack)
    leave()
  })
  return computed(() => (connection.value.phase === 'open' ? presence.value : nobody))
}
