import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { howToSignIn, NoAnswer, oneLine, unreachable, type Answer, type Server } from './ask.ts'
import type { Question } from './question.ts'

const FORBIDDEN = 4403
const KEEP_ALIVE = 10_000 // ms
/** Pauses double from a second on: a quarter of an hour in all. */
const ATTEMPTS = 10

/**
 * Gives what a subscription tells, until it ends. When the line breaks, one that declares `$after` and selects `position`
 * goes on behind the last event without a gap.
 *
 * @param note hears a sentence for each attempt to reach the server again
 * @throws NoAnswer when nobody answers, or the line broke for good
 */
export async function* follow(
  { endpoint, token }: Server,
  question: Question,
  note: (sentence: string) => void,
): AsyncGenerator<Answer> {
  let [wasThere, place] = [false, false]
  const client = createClient({
    url: endpoint.href.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: token ? { token } : {},
    keepAlive: KEEP_ALIVE,
    retryAttempts: ATTEMPTS,
    shouldRetry: () => wasThere && place,
    on: {
      connected: () => void (wasThere = true),
      connecting: (again) => again && note('The line broke; going on behind the last event.'),
    },
  })
  // Sent again as it is at that time, so the next line begins where the last one broke.
  const variables = { ...question.variables }
  const { document: query, operationName } = question
  try {
    for await (const result of client.iterate<Record<string, unknown>>({ query, operationName, variables })) {
      const position = positionIn(result)
      if (question.takesPlace && position) {
        variables.after = position
        place = true
      }
      yield result as Answer
    }
  } catch (error) {
    // What is refused before it starts comes as the list of its errors.
    if (!Array.isArray(error)) throw brokenOff(error, { endpoint, token }, wasThere)
    yield { errors: error as NonNullable<Answer['errors']> }
  } finally {
    await client.dispose()
  }
}

function positionIn({ data }: Pick<Answer, 'data'>): string | null {
  const [event] = Object.values(data ?? {}) as ({ position?: unknown } | null)[]
  return typeof event?.position === 'string' ? event.position : null
}

function brokenOff(error: unknown, { endpoint, token }: Server, wasThere: boolean): NoAnswer {
  // A line that ended has a code and a reason; one that never came about, an error.
  const { code, reason, error: inner } = error as { code?: unknown; reason?: string; error?: unknown }
  if (code === FORBIDDEN) return new NoAnswer(`it lets nobody in without a good token. ${howToSignIn(token !== null)}`)
  if (!wasThere) return unreachable(endpoint, inner ?? error)
  const why = [code, oneLine(reason ?? '')].filter(Boolean).join(' ')
  return new NoAnswer(
    `the line to ${endpoint.origin} broke${why && ` (${why})`}. Ask again; a subscription that declares $after: Position and selects position goes on by itself.`,
    { cause: error },
  )
}
