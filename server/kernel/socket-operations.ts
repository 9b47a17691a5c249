import {
  getOperationAST,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
} from 'graphql'
import type { Context as SocketContext, SubscribePayload } from 'graphql-ws'
import { randomUUID } from 'node:crypto'
import { costError } from './limits.ts'
import { judge, shownError } from './shown-error.ts'
import type { SocketLimits } from './socket-limits.ts'
import type { SocketSettings, SocketState } from './sockets.ts'

/** A document that may be run, or what is wrong with it. */
type Checked = DocumentNode | readonly GraphQLError[]

const KNOWN_DOCUMENTS = 500

export interface Operations {
  /** Turns a subscribe message into what is executed, each time with a context of its own, or into the reasons why not. */
  prepare(
    context: SocketContext<never, SocketState>,
    payload: SubscribePayload,
  ): (() => ExecutionArgs) | readonly GraphQLError[]
  /** A result as it goes over the wire. */
  serialise(result: ExecutionResult): string
  shown(error: GraphQLError | GraphQLFormattedError): GraphQLFormattedError
}

export function createOperations(settings: SocketSettings, limits: SocketLimits): Operations {
  const documents = new Map<string, Checked>()

  /** Pages send the same few documents again and again. */
  function check(query: string): Checked {
    const known = documents.get(query)
    if (known) return known
    const checked = read(query)
    if (documents.size >= KNOWN_DOCUMENTS) documents.delete(documents.keys().next().value!)
    documents.set(query, checked)
    return checked
  }

  function read(query: string): Checked {
    try {
      const document = parse(query, { maxTokens: 2_000 })
      const errors = validate(settings.schema, document, [...specifiedRules, ...(settings.rules ?? [])])
      if (errors.length > 0) return errors
      const operation = getOperationAST(document)
      if (operation?.operation === 'subscription') return document
      return [refusal('Over the socket go subscriptions, one in each message; send queries and mutations by HTTP.')]
    } catch (error) {
      return [error instanceof GraphQLError ? error : refusal('The document cannot be read.')]
    }
  }

  return {
    prepare(context, { query, variables, operationName }) {
      if (Object.keys(context.subscriptions).length > limits.subscriptionsPerSocket) {
        return [refusal(`One connection carries no more than ${limits.subscriptionsPerSocket} subscriptions.`)]
      }
      const checked = check(query)
      if (!('kind' in checked)) return checked
      const costly = costError({
        schema: settings.schema,
        document: checked,
        operationName,
        variables: variables ?? undefined,
      })
      if (costly) return [costly]
      const { viewer } = context.extra.authenticated!
      return () => ({
        schema: settings.schema,
        document: checked,
        variableValues: variables ?? {},
        operationName: operationName ?? null,
        contextValue: settings.contextFor(viewer),
      })
    },
    serialise: (result) =>
      JSON.stringify(result.errors ? { ...result, errors: result.errors.map((error) => shown(error)) } : result),
    shown,
  }

  /** In the words that the same error has by HTTP; whoever has a subscription is signed in. */
  function shown(error: GraphQLError | GraphQLFormattedError): GraphQLFormattedError {
    // Without a cause it was made by GraphQL itself, about the document or its variables.
    if (!(error instanceof GraphQLError) || !error.originalError) {
      const { message, locations, path, extensions } = error
      const code = extensions?.code ?? 'GRAPHQL_VALIDATION_FAILED'
      return { message, locations, path, extensions: { code } } as GraphQLFormattedError
    }
    const requestId = randomUUID()
    const verdict = judge(error)
    const { originalError } = error
    if (verdict === 'defect') settings.log.error({ error: originalError, requestId }, 'A subscription failed.')
    else if (verdict !== 'shown')
      settings.log.warn({ error: originalError.message, requestId }, 'A subscription failed.')
    return shownError(error, requestId, true)
  }
}

const refusal = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_INPUT' } })
