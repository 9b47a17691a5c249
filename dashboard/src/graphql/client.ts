import { Client, fetchExchange, mapExchange, subscriptionExchange } from '@urql/core'
import type { Client as Socket } from 'graphql-ws'
import { createCache } from './cache.ts'
import { isUnauthenticated } from './errors.ts'
import { renewing } from './renewing.ts'

export interface GraphqlOptions {
  url: string
  socket: Pick<Socket, 'subscribe'>
  /** The session is over; called for every operation that says so. */
  onUnauthenticated: () => void
  /** False: nothing is kept, for answers of an earlier time, whose things have the ids of those of now. */
  cached?: boolean
}

/** Pages and mutations. Hot streams go past the cache, through live/. */
export function createGraphql({ url, socket, onUnauthenticated, cached = true }: GraphqlOptions): Client {
  return new Client({
    url,
    // The server refuses GET as a possible forgery.
    preferGetMethod: false,
    requestPolicy: 'cache-and-network',
    fetchOptions: {
      credentials: 'same-origin',
      headers: { 'x-waybill-csrf': '1', 'apollo-require-preflight': 'true' },
    },
    exchanges: [
      mapExchange({
        onError(error) {
          if (isUnauthenticated(error)) onUnauthenticated()
        },
      }),
      ...(cached ? [renewing(createCache)] : []),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  })
}
