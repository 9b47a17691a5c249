import { HeaderMap, type ApolloServer } from '@apollo/server'
import compress from '@fastify/compress'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { constants } from 'node:zlib'
import { BoundedMap } from '../kernel/bounded-map.ts'
import type { Context } from '../kernel/context.ts'
import { limits as usualLimits, documentError, tooMuch, type Limits } from '../kernel/limits.ts'
import { RateLimiter } from '../kernel/rate-limiter.ts'
import { judge, shownError } from '../kernel/shown-error.ts'
import type { ContextOf } from './request-context.ts'

/** Requests of one account, from all its sessions and tokens; and of one address of nobody in particular. */
const OF_ACCOUNT = { burst: 500, perMinute: 6_000 }
const OF_STRANGER = { burst: 100, perMinute: 300 }

/**
 * Long answers travel as a tenth of their bytes to whoever can unpack them; the usual quality of Brotli would take longer than
 * the bytes do. Their length tells strangers nothing: no other origin can have one made with words of its own in it.
 */
const PACKING = {
  threshold: 4_096, // bytes
  encodings: ['br' as const, 'gzip' as const],
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
}

const DOCUMENTS = 500
const LONGEST_KEPT = 20_000 // characters

/** Answers POST /graphql with a started Apollo Server. */
export function fastifyGraphql(
  app: FastifyInstance,
  apollo: ApolloServer<Context>,
  contextOf: ContextOf,
  limits: Limits = usualLimits,
): void {
  const accounts = new RateLimiter(OF_ACCOUNT)
  const strangers = new RateLimiter(OF_STRANGER)
  // What comes again is not measured again.
  const fitting = new BoundedMap<string, true>(DOCUMENTS)

  function requireFitting(query: string): void {
    if (fitting.get(query)) return
    const error = documentError(query, limits)
    if (error) throw error
    if (query.length <= LONGEST_KEPT) fitting.set(query, true)
  }

  function requireSlow({ viewer }: Context, address: string): void {
    const seconds = viewer ? accounts.take(viewer.accountId) : strangers.take(address)
    if (seconds === 0) return
    const { perMinute } = viewer ? OF_ACCOUNT : OF_STRANGER
    throw new GraphQLError(`Too many requests: at most ${perMinute} in a minute. Try again in ${seconds} s.`, {
      extensions: { code: 'LIMIT_EXCEEDED', limit: 'rate', max: perMinute, seconds, http: { status: 429 } },
    })
  }

  async function answer(request: FastifyRequest, reply: FastifyReply, signal: AbortSignal) {
    const context = await contextOf(request, reply, signal)
    requireSlow(context, request.ip)
    const { query } = (request.body ?? {}) as { query?: unknown }
    if (typeof query === 'string') requireFitting(query)
    return apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersOf(request),
        body: request.body,
        search: '',
      },
      context: async () => context,
    })
  }

  void app.register(async (scope) => {
    await scope.register(compress, PACKING)
    scope.removeContentTypeParser('text/plain')
    scope.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) =>
      send(reply, statusOf(error), bodyError(error, request, limits)),
    )
    scope.post('/graphql', { bodyLimit: limits.body }, async (request, reply) => {
      requireUtf8(request)
      const time = new AbortController()
      const timer = setTimeout(() => time.abort(timeOut(limits)), limits.time)
      const over = new Promise<never>((_, failed) =>
        time.signal.addEventListener('abort', () => failed(time.signal.reason as Error)),
      )
      try {
        const work = answer(request, reply, time.signal)
        const { status, headers, body } = await Promise.race([work, over])
        for (const [name, value] of headers) void reply.header(name, value)
        void reply.header('cache-control', 'no-store').status(status ?? 200)
        if (body.kind !== 'complete') throw new Error('Answers in parts are not supported')
        return reply.send(body.string)
      } catch (error) {
        if (judge(error) === 'defect') request.log.error({ error, requestId: request.id }, 'A request failed')
        const shown = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error })
        return send(reply, statusOf(error), shownError(shown, request.id, false))
      } finally {
        clearTimeout(timer)
      }
    })
    scope.get('/graphql', async (_request, reply) =>
      send(
        reply.header('allow', 'POST'),
        405,
        wrong('Queries and mutations are sent by POST, subscriptions over a WebSocket.'),
      ),
    )
  })
}

function headersOf({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap()
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return map
}

/** Other character sets cost the decoder more than they are worth (CVE-2026-23897), and JSON is UTF-8. */
function requireUtf8(request: FastifyRequest): void {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
  if (!charset || /^utf-?8$/i.test(charset)) return
  throw new GraphQLError('Send JSON in UTF-8.', { extensions: { code: 'BAD_REQUEST', http: { status: 415 } } })
}

function timeOut({ time }: Limits): GraphQLError {
  return new GraphQLError(
    `The answer took longer than ${time / 1000} s and was given up. Ask for less at once. ` +
      'Whether a mutation still happened, a repetition with the same idempotencyKey tells.',
    { extensions: { code: 'TIME_OUT', limit: 'time', max: time, http: { status: 504 } } },
  )
}

function bodyError(error: Error & { code?: string }, request: FastifyRequest, { body }: Limits): GraphQLFormattedError {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return tooMuch(
      'body',
      'The request is too large, in bytes',
      body,
      Number(request.headers['content-length']) || `more than ${body}`,
    )
  }
  if (error instanceof GraphQLError) return shownError(error, request.id, false)
  if (statusOf(error) < 500) return wrong(`The request cannot be read: ${error.message}`)
  request.log.error({ error, requestId: request.id }, 'A request failed')
  return shownError(new GraphQLError('', { originalError: error }), request.id, false)
}

const wrong = (message: string): GraphQLFormattedError => ({ message, extensions: { code: 'BAD_REQUEST' } })

function statusOf(error: unknown): number {
  const { extensions, statusCode } = error as { extensions?: { http?: { status?: number } }; statusCode?: number }
  if (judge(error) === 'unavailable') return 503
  if (judge(error) === 'too long') return 504
  return extensions?.http?.status ?? statusCode ?? (judge(error) === 'shown' ? 400 : 500)
}

function send(reply: FastifyReply, status: number, { message, extensions }: GraphQLFormattedError) {
  return reply
    .status(status)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ errors: [{ message, extensions }] }))
}
