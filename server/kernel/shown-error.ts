import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { Refusal } from './errors.ts'

/**
 * Codes whose errors are shown with their own words: they were made for the caller. Everything else is a defect, or
 * something that only we should know, and is shown as such with the number under which the log has it.
 */
const OWN_WORDS = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_SET_UP',
  'LIMIT_EXCEEDED',
  'TIME_OUT',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'INTROSPECTION_DISABLED',
  'CROSS_SITE',
])

export type Verdict = 'shown' | 'unavailable' | 'too long' | 'defect'

/** What an error comes from: resolvers' errors are wrapped once by GraphQL. */
function sourceOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? error.originalError : error
}

export function judge(error: unknown): Verdict {
  const source = sourceOf(error)
  if (source instanceof Refusal) return 'shown'
  if (isDatabaseLoss(source)) return 'unavailable'
  if (isStatementTimeout(source)) return 'too long'
  if (source instanceof GraphQLError || (error as GraphQLError).originalError === undefined) {
    const { code } = (error as GraphQLError).extensions ?? {}
    if (OWN_WORDS.has(String(code))) return 'shown'
  }
  return 'defect'
}

/** The error as the caller gets it. `requestId` is the number in the log; strangers get no hints about the schema. */
export function shownError(error: GraphQLError, requestId: string, signedIn: boolean): GraphQLFormattedError {
  const { locations, path } = error
  const place = { ...(locations && { locations }), ...(path && { path }) }
  const source = sourceOf(error)
  switch (judge(error)) {
    case 'shown': {
      const message = signedIn ? error.message : error.message.replace(/ Did you mean .*\?$/, '')
      if (source instanceof Refusal) return { message, ...place, extensions: { code: source.code, ...source.facts } }
      const { stacktrace: _, exception: __, http: ___, ...extensions } = error.extensions
      // Apollo gives everything that validation found the same code.
      const overLimit = extensions.limit && extensions.code === 'GRAPHQL_VALIDATION_FAILED'
      return { message, ...place, extensions: overLimit ? { ...extensions, code: 'LIMIT_EXCEEDED' } : extensions }
    }
    case 'unavailable':
      return {
        message: `The database cannot be reached at the moment, so nothing was done. Try again; with the same idempotencyKey a mutation is safe to repeat. (${requestId})`,
        ...place,
        extensions: { code: 'UNAVAILABLE', requestId },
      }
    case 'too long':
      return {
        message: `The database took too long over a part of this, or waited too long for somebody else's change, and gave it up; nothing of it was done. Ask for less at once, or try again. (${requestId})`,
        ...place,
        extensions: { code: 'TIME_OUT', limit: 'statement', requestId },
      }
    case 'defect':
      return {
        message: `Something broke inside Waybill. The server's log has it under ${requestId}.`,
        ...place,
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
      }
  }
}

/** SQLSTATE classes and system errors that say that the connection is gone or does not come about. */
const LOST = /^(08|57P0[1-5]|53300|ECONN|EPIPE|ETIMEDOUT|EAI_|ENOTFOUND|EHOSTUNREACH)/
const LOST_WORDS =
  /connection terminated|connection (error|ended)|timeout exceeded when trying to connect|not queryable/i

/** The database gave a statement up after WAYBILL_STATEMENT_SECONDS: SQLSTATE query_canceled. */
function isStatementTimeout(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false
  return (error as Error & { code?: unknown }).code === '57014' || isStatementTimeout(error.cause, depth + 1)
}

export function isDatabaseLoss(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 4) return false
  const { code, cause } = error as Error & { code?: unknown }
  if (typeof code === 'string' && LOST.test(code)) return true
  if (LOST_WORDS.test(error.message)) return true
  const inner = error instanceof AggregateError ? error.errors : [cause]
  return inner.some((each) => isDatabaseLoss(each, depth + 1))
}
