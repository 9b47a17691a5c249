import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import { GraphQLError, Kind, visit, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql'
import type { FastifyBaseLogger } from 'fastify'
import { isSetUp } from '../account/one-time-link.ts'
import { BoundedMap } from '../kernel/bounded-map.ts'
import type { Context } from '../kernel/context.ts'
import { costError, limits as usualLimits, type Limits } from '../kernel/limits.ts'
import { compiledExecutor, executing } from './compiled-executor.ts'
import { CSRF_HEADERS } from './cross-site.ts'
import { judge, shownError } from '../kernel/shown-error.ts'

export interface ApolloParts {
  log: Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>
  limits?: Limits
}

/** Apollo Server, closed: no landing page, no stack traces, no GET, no batches, no hints for strangers. Start it before use. */
export function createApolloServer(
  schema: GraphQLSchema,
  { log, limits = usualLimits }: ApolloParts,
): ApolloServer<Context> {
  const { plugin: executor, gateway } = executing(schema, compiledExecutor(schema))
  return new ApolloServer<Context>({
    gateway,
    nodeEnv: 'production',
    // For the signed-in only: `guarding` sees to it.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    maxRecursiveSelections: limits.fields * 2,
    csrfPrevention: { requestHeaders: CSRF_HEADERS },
    // Answers are for one viewer at one moment; without the hints of the cache, Apollo does not wrap every field.
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      guarding(limits),
      speaking(log),
      executor,
    ],
    logger: plainLogger(log),
    // What no request is known of: an unreadable body, a plugin that fails.
    formatError: (formatted, error) =>
      judge(error) === 'shown' ? formatted : shownError(error as GraphQLError, 'http', false),
  })
}

/** Refuses what may not be run at all: before set-up, introspection by strangers, answers that cost too much. */
function guarding(limits: Limits): ApolloServerPlugin<Context> {
  let knownSetUp = false
  // What a document costs depends on it and on its variables; what comes again is not added up again.
  const affordable = new BoundedMap<string, true>(COSTS)
  return {
    async requestDidStart() {
      return {
        async didResolveOperation(asked) {
          const { schema, document, operation, operationName, queryHash, request, contextValue } = asked
          const { viewer } = contextValue
          knownSetUp ||= viewer !== null || (await isSetUp(contextValue.em))
          if (!knownSetUp && operation) requireOpenFields(operation)
          if (!viewer) requireNoIntrospection(document)
          const { variables } = request
          const key = `${queryHash} ${operationName ?? ''} ${JSON.stringify(variables ?? {})}`
          if (affordable.get(key)) return
          const error = costError({ schema, document, operationName, variables }, limits)
          if (error) throw error
          if (key.length <= LONGEST_KEY) affordable.set(key, true)
        },
      }
    },
  }
}

const COSTS = 2_000
const LONGEST_KEY = 1_000 // characters

const OPEN_BEFORE_SET_UP = new Set(['installation', 'installationSetUp', 'viewer', '__typename'])

function requireOpenFields({ selectionSet }: OperationDefinitionNode): void {
  const closed = selectionSet.selections.some(
    (each) => each.kind !== Kind.FIELD || !OPEN_BEFORE_SET_UP.has(each.name.value),
  )
  if (!closed) return
  throw new GraphQLError(
    'This Waybill is not set up yet. Open the set-up link that the server printed when it started.',
    {
      extensions: { code: 'NOT_SET_UP', http: { status: 503 } },
    },
  )
}

function requireNoIntrospection(document: DocumentNode): void {
  visit(document, {
    Field({ name: { value } }) {
      if (value !== '__schema' && value !== '__type') return
      throw new GraphQLError('Sign in first: the schema is shown to those who are signed in.', {
        extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
      })
    },
  })
}

/** Logs what nobody expected, and decides the words of every error. */
function speaking(log: ApolloParts['log']): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response, errors, contextValue, operationName }) {
          if (response.body.kind !== 'single' || !errors?.length) return
          const { requestId, viewer } = contextValue
          for (const error of errors)
            report(log, error, { requestId, operation: operationName, path: error.path?.join('.') })
          response.body.singleResult.errors = errors.map((error) => shownError(error, requestId, viewer !== null))
          if (errors.some((error) => judge(error) === 'too long')) response.http.status = 504
          if (errors.some((error) => judge(error) === 'unavailable')) response.http.status = 503
        },
      }
    },
  }
}

function report(log: ApolloParts['log'], error: GraphQLError, facts: object): void {
  const verdict = judge(error)
  if (verdict === 'defect') log.error({ ...facts, error: error.originalError ?? error }, 'A request failed')
  if (verdict === 'too long') log.warn(facts, 'The database gave a statement of a request up')
  if (verdict === 'unavailable')
    log.warn({ ...facts, reason: error.message }, 'The database was not there for a request')
}

function plainLogger(log: ApolloParts['log']) {
  const level = (name: 'debug' | 'info' | 'warn' | 'error') => (message?: unknown) => log[name](String(message))
  return { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') }
}
