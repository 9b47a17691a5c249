import type { Question } from './question.ts'

/** Where to ask, and as whom. */
export interface Server {
  /** Address of the API, ending in `/graphql`. */
  endpoint: URL
  /** An API token; null asks without a sign-in. */
  token: string | null
}

/** What the API answered: the whole of it. */
export interface Answer {
  data?: Record<string, unknown> | null
  errors?: readonly { message: string; extensions?: { code?: string } }[]
}

/** Nobody is there, or somebody who is no Waybill: a sentence that says what to do. */
export class NoAnswer extends Error {}

/**
 * Sends a query or mutation.
 *
 * @throws NoAnswer when nothing answers, or not as Waybill does
 */
export async function ask({ endpoint, token }: Server, question: Question): Promise<Answer> {
  const { document, operationName, variables } = question
  const response = await fetch(endpoint, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({ query: document, variables, ...(operationName ? { operationName } : {}) }),
  }).catch((error: unknown) => {
    throw unreachable(endpoint, error)
  })
  const moved = response.headers.get('location')
  if (moved) throw new NoAnswer(`${endpoint.href} points to ${moved}. Set WAYBILL_URL to the address it moved to.`)
  const text = await response.text().catch((error: unknown) => {
    throw unreachable(endpoint, error)
  })
  return answerIn(text) ?? notWaybill(endpoint, response.status)
}

function answerIn(text: string): Answer | null {
  try {
    const answer = JSON.parse(text) as Answer | null
    return typeof answer === 'object' && answer && (answer.errors || answer.data !== undefined) ? answer : null
  } catch {
    return null
  }
}

function notWaybill(endpoint: URL, status: number): never {
  throw new NoAnswer(
    `${endpoint.href} answers with status ${status}, and not as Waybill does. Set WAYBILL_URL to the address of Waybill, or look at what stands between.`,
  )
}

/** The sentence for an address at which the way ends. */
export function unreachable(endpoint: URL, error: unknown): NoAnswer {
  const { cause = error } = error as { cause?: unknown }
  const { code, message } = cause as { code?: string; message?: string }
  return new NoAnswer(
    `nobody is reached at ${endpoint.origin} (${code || message || 'no reason given'}). Start Waybill there, or set WAYBILL_URL to where it runs.`,
    { cause: error },
  )
}

/**
 * What is wrong with an answer, in one line: errors, or the refusals of a mutation. Null: nothing.
 *
 * @param token whether one was sent along; without one the line says how to get one
 */
export function wrongIn({ data, errors = [] }: Answer, { token }: Pick<Server, 'token'>): string | null {
  const refusals = Object.values(data ?? {}).flatMap(
    (payload) => (payload as { userErrors?: { code: string; message: string }[] } | null)?.userErrors ?? [],
  )
  const first = errors[0] ?? refusals[0]
  if (!first) return null
  const code = 'code' in first ? first.code : errors[0]?.extensions?.code
  const more = errors.length + refusals.length - 1
  return [
    `${errors.length ? 'Waybill answered with an error' : 'Waybill refused it'}: ${oneLine(first.message)}${code ? ` (${code})` : ''}`,
    ...(code === 'UNAUTHENTICATED' ? [howToSignIn(token !== null)] : []),
    ...(more ? [`The answer holds ${more} more.`] : []),
  ].join(' ')
}

export const howToSignIn = (sent: boolean) =>
  `${sent ? 'The token in WAYBILL_TOKEN is no good (any more)' : 'WAYBILL_TOKEN is not set'}: put an API token into it, which you make on your account page of the dashboard.`

/** Nothing that a terminal would obey. */
export const oneLine = (text: string) => text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
