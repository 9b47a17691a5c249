/**
 * Runs queries as compiled functions (graphql-jit) instead of walking their documents anew for each request. A document
 * is compiled when it comes for the second time; mutations, what cannot be compiled and what came once go the usual way.
 * test/integration/compiled-executor.test.ts compares the answers of both ways.
 */
import { HeaderMap, type ApolloServerPlugin } from '@apollo/server'
import type { GatewayInterface } from '@apollo/server-gateway-interface'
import {
  execute,
  getOperationAST,
  GraphQLError,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql'
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit'
import { BoundedMap } from '../kernel/bounded-map.ts'
import type { Context } from '../kernel/context.ts'

const DOCUMENTS = 500 // compiled, or seen once; a hundred bytes to some hundred kilobytes each

/** What is kept of a document: seen once, not to be compiled, or its function. */
type Known = 'seen' | 'plain' | CompiledQuery

export interface Execution {
  document: DocumentNode
  /** Names the document's text. */
  key: string
  operationName?: string | null
  variables?: Record<string, unknown> | null
  context: unknown
}

export type Executor = (execution: Execution) => Promise<ExecutionResult>

export function compiledExecutor(schema: GraphQLSchema): Executor {
  const known = new BoundedMap<string, Known>(DOCUMENTS)

  function compiled({ document, key, operationName }: Execution): CompiledQuery | null {
    const name = `${key} ${operationName ?? ''}`
    const before = known.get(name)
    if (before === undefined) known.set(name, isQuery(document, operationName) ? 'seen' : 'plain')
    if (before === undefined || before === 'plain') return null
    if (before !== 'seen') return before
    const made = compileQuery(schema, document, operationName ?? undefined)
    known.set(name, isCompiledQuery(made) ? made : 'plain')
    return isCompiledQuery(made) ? made : null
  }

  return async (execution) => {
    const { document, operationName, variables, context } = execution
    const usual = () => execute({ schema, document, operationName, variableValues: variables, contextValue: context })
    const query = compiled(execution)
    if (!query) return usual()
    const result = await query.query(undefined, context, variables ?? {})
    // Variables that do not fit: nothing was run yet, and graphql-js has the better words.
    if (!('data' in result)) return usual()
    return result.errors ? { ...result, errors: result.errors.map(asUsual) } : result
  }
}

const isQuery = (document: DocumentNode, name?: string | null) =>
  getOperationAST(document, name ?? undefined)?.operation === 'query'

/** An error as graphql-js makes it: with its cause and its extensions, told apart by class. */
function asUsual({ message, locations, path, originalError, extensions }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { path, originalError, extensions })
  return Object.defineProperty(error, 'locations', { value: locations, enumerable: true })
}

/**
 * The executor as Apollo Server takes one from outside: as a plugin that answers before it executes anything, and, for what
 * ends with errors, as a gateway that hands in what the plugin found, because only what is executed has its errors judged.
 * Not the gateway alone: the objects that Apollo makes for one have getters, thus a shape of their own each, which keeps all of
 * its request in memory until the next full collection.
 */
export function executing(schema: GraphQLSchema, run: Executor) {
  const failed = new WeakMap<object, Promise<ExecutionResult>>()

  const plugin: ApolloServerPlugin<Context> = {
    async requestDidStart() {
      return {
        async responseForOperation({ document, queryHash, operationName, request: { variables }, contextValue }) {
          const key = queryHash! // Apollo has it by now
          const outcome = run({ document, key, operationName, variables, context: contextValue })
          const result = await outcome.catch(() => null)
          if (result && !result.errors?.length)
            return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult: result } }
          failed.set(contextValue, outcome)
          return null
        },
      }
    },
  }

  const gateway: GatewayInterface = {
    onSchemaLoadOrUpdate(tell) {
      tell({ apiSchema: schema, coreSupergraphSdl: '' })
      return () => {}
    },
    async load() {
      return { executor: ({ context }) => failed.get(context as object)! }
    },
    async stop() {},
  }

  return { plugin, gateway }
}
