import type { Client as Socket } from 'graphql-ws'
import { inject, onScopeDispose, shallowRef, watch, type InjectionKey, type ShallowRef } from 'vue'
import { createActivityHub, type ActivityHub } from './activity.ts'
import { hear, unconnected, type Connection, type Signal } from './connection.ts'
import { follow, type FollowOptions, type Position } from './follow.ts'
import { createSocket } from './socket.ts'

/** Everything live of one page: the socket, what it says about itself, and the ear on the log. */
export interface Live {
  socket: Socket
  connection: Readonly<ShallowRef<Connection>>
  activity: ActivityHub
  /** How many events wait while the reader holds the page still; null while it is live. */
  waiting: Readonly<ShallowRef<number | null>>
  /** Holds the page still, or lets what waited come in order. Nothing is lost either way. */
  pause(paused: boolean): void
  signal(signal: Signal): void
  seen(position: Position): void
}

export interface LiveOptions {
  url: string
  onUnauthenticated: () => void
}

export const liveKey: InjectionKey<Live> = Symbol('live')

export function createLive({ url, onUnauthenticated }: LiveOptions): Live {
  const connection = shallowRef(unconnected)
  const signal = (what: Signal) => (connection.value = hear(connection.value, what))
  const seen = ({ seq }: Position) => signal({ kind: 'heard', at: Date.now(), seq })
  const socket = createSocket({ url, signal, onUnauthenticated })
  const waiting = shallowRef<number | null>(null)
  const more = () => (waiting.value = waiting.value === null ? null : waiting.value + 1)
  const activity = createActivityHub(socket, seen, more)
  const pause = (paused: boolean) => {
    waiting.value = paused ? 0 : null
    activity.hold(paused)
  }
  return { socket, connection, signal, seen, activity, waiting, pause }
}

/** The live side of this page; main.ts provides it. */
export function useLive(): Live {
  const live = inject(liveKey)
  if (!live) throw new Error('createLive() was not provided to this application.')
  return live
}

/** Messages of one stream that are kept while the reader holds the page still; then it goes on by itself. */
const mostKept = 20_000

/**
 * Follows a hot stream for as long as the calling component lives. Call the answer to stop sooner. While the page is
 * held still its messages are kept, and applied in their order afterwards.
 */
export function useStream<Data>(options: Omit<FollowOptions<Data>, 'seen'>): () => void {
  const { socket, seen, waiting, pause } = useLive()
  let kept: [Data, Position][] = []
  const release = () => {
    const now = kept
    kept = []
    for (const [data, position] of now) options.apply(data, position)
  }
  const stopHearing = watch(waiting, (count) => count === null && release(), { flush: 'sync' })
  const stopFollowing = follow<Data>(socket, {
    ...options,
    seen,
    apply(data, position) {
      if (waiting.value === null) return options.apply(data, position)
      kept.push([data, position])
      if (kept.length >= mostKept) pause(false)
    },
    async resync() {
      kept = []
      return options.resync()
    },
  })
  const stop = () => {
    stopHearing()
    stopFollowing()
  }
  onScopeDispose(stop)
  return stop
}
