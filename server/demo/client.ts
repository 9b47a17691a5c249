import { createClient, type Client } from 'graphql-ws'
import WebSocket from 'ws'

/** A refusal or failure as the API told it. */
export class ApiSaid extends Error {}

interface UserError {
  code: string
  message: string
}

/** One person's way to the public GraphQL API: the same requests a browser or a script would send. */
export interface ApiClient {
  readonly name: string
  /** Sends a query. */
  query<T>(document: string, variables?: object): Promise<T>
  /** Sends a mutation with one field and answers its payload; a refusal becomes `ApiSaid`. */
  mutate<T>(document: string, input?: object): Promise<T & { position: string }>
  /** Follows a subscription with one field from a position until `until` is satisfied; answers the last event. */
  follow<T>(
    document: string,
    variables: Record<string, unknown> & { after: string | null },
    until: (event: T) => boolean,
  ): Promise<T>
  close(): void
}

export function apiClient(url: string, name: string): ApiClient {
  const endpoint = new URL('/graphql', url)
  let cookie = ''
  let socket: Client | undefined

  async function query<T>(document: string, variables: object = {}): Promise<T> {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-waybill-csrf': '1',
        origin: endpoint.origin,
        ...(cookie ? { cookie } : {}),
      },
      body: JSON.stringify({ query: document, variables }),
    })
    const set = response.headers.getSetCookie().map((one) => one.split(';')[0])
    if (set.length) cookie = set.join('; ')
    const answer = (await response.json()) as { data?: T; errors?: { message: string }[] }
    if (answer.errors?.length || !answer.data)
      throw new ApiSaid(answer.errors ? wordsOf(answer.errors) : `Status ${response.status}.`)
    return answer.data
  }

  async function mutate<T>(document: string, input: object = {}): Promise<T & { position: string }> {
    const data = await query<Record<string, T & { position: string; userErrors: UserError[] }>>(document, { input })
    const payload = Object.values(data)[0]!
    if (payload.userErrors.length) throw new ApiSaid(payload.userErrors.map(({ message }) => message).join(' '))
    return payload
  }

  function connect(): Client {
    const headers = { cookie, origin: endpoint.origin }
    class Signed extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers })
      }
    }
    return createClient({
      url: new URL('/graphql', url.replace('http', 'ws')).href,
      webSocketImpl: Signed,
      lazy: true,
      retryAttempts: 5,
    })
  }

  async function follow<T>(
    document: string,
    variables: Record<string, unknown> & { after: string | null },
    until: (event: T) => boolean,
  ): Promise<T> {
    socket ??= connect()
    const payload = { query: document, variables: { ...variables } as Record<string, unknown> }
    try {
      for await (const { data, errors } of socket.iterate<Record<string, T & { position: string }>>(payload)) {
        if (errors?.length || !data) throw new ApiSaid(errors ? wordsOf(errors) : 'The stream answered nothing.')
        const event = Object.values(data)[0]!
        payload.variables.after = event.position
        if (until(event)) return event
      }
    } catch (error) {
      // What is refused before it starts comes as the list of its errors.
      throw Array.isArray(error) ? new ApiSaid(wordsOf(error)) : error
    }
    throw new ApiSaid('The stream ended before the work did.')
  }

  return { name, query, mutate, follow, close: () => void socket?.dispose() }
}

const wordsOf = (errors: readonly { message: string }[]) => errors.map(({ message }) => message).join(' ')
