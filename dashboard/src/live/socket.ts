import { CloseCode, createClient, type Client } from 'graphql-ws'
import type { Signal } from './connection.ts'
import { delayOf, waitOrWake } from './retry-wait.ts'

export interface SocketOptions {
  url: string
  /** Receives what the connection pill needs to know. */
  signal: (signal: Signal) => void
  /** The session is over: revoked, expired or never there. */
  onUnauthenticated: () => void
  webSocketImpl?: unknown
}

const pongDeadline = 5_000 // 5 s

const forbidden = (event: unknown) =>
  typeof event === 'object' &&
  event !== null &&
  'code' in event &&
  (event.code === CloseCode.Unauthorized || event.code === CloseCode.Forbidden)

/**
 * The one WebSocket of the page. It never gives up, notices a dead peer within 17 s (ping every 12 s, 5 s to answer)
 * and says everything it learns about the connection through `signal`. Authentication is the session cookie.
 */
export function createSocket({ url, signal, onUnauthenticated, webSocketImpl }: SocketOptions): Client {
  let pingedAt = 0
  let deadline: ReturnType<typeof setTimeout> | undefined
  const client = createClient({
    url,
    webSocketImpl,
    lazy: true,
    lazyCloseTimeout: 10_000, // 10 s: changing the page does not close the socket
    keepAlive: 12_000, // 12 s
    retryAttempts: Infinity,
    shouldRetry: (event) => !forbidden(event),
    retryWait: (retries) => {
      const ms = delayOf(retries)
      signal({ kind: 'waiting', retryAt: Date.now() + ms })
      return waitOrWake(ms)
    },
    on: {
      connecting: () => signal({ kind: 'connecting' }),
      connected: () => signal({ kind: 'opened', at: Date.now() }),
      ping: (received) => {
        if (received) return
        pingedAt = performance.now()
        deadline = setTimeout(() => client.terminate(), pongDeadline)
      },
      pong: (received) => {
        if (!received) return
        clearTimeout(deadline)
        signal({ kind: 'heard', at: Date.now(), latency: Math.round(performance.now() - pingedAt) })
      },
      closed: (event) => {
        clearTimeout(deadline)
        signal({ kind: 'closed' })
        if (forbidden(event)) onUnauthenticated()
      },
    },
  })
  return client
}
