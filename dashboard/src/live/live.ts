import type { Client as Socket } from 'graphql-ws'
import { inject, onScopeDispose, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import { createActivityHub, type ActivityHub } from './activity.ts'
import { hear, unconnected, type Connection, type Signal } from './connection.ts'
import { follow, type FollowOptions, type Position } from './follow.ts'
import { createSocket } from './socket.ts'

/** Everything live of one page: the socket, what it says about itself, and the ear on the log. */
export interface Live {
  socket: Socket
  connection: Readonly<ShallowRef<Connection>>
  activity: ActivityHub
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
  return { socket, connection, signal, seen, activity: createActivityHub(socket, seen) }
}

/** The live side of this page; main.ts provides it. */
export function useLive(): Live {
  const live = inject(liveKey)
  if (!live) throw new Error('createLive() was not provided to this application.')
  return live
}

/** Follows a hot stream for as long as the calling component lives. Call the answer to stop sooner. */
export function useStream<Data>(options: Omit<FollowOptions<Data>, 'seen'>): () => void {
  const { socket, seen } = useLive()
  const stop = follow<Data>(socket, { ...options, seen })
  onScopeDispose(stop)
  return stop
}
