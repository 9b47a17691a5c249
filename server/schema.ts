import { buildSchemaSync, type NonEmptyArray } from 'type-graphql'
import type { GraphQLSchema } from 'graphql'
import { authorize } from './kernel/authorize.ts'
import { noPubSub } from './kernel/subscription.ts'

/** Every resolver class; type-graphql makes the schema from them. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export const resolvers: Function[] = []

/** Builds the schema; `schema.graphql` at the root is its printed form. */
export function buildSchema(): GraphQLSchema {
  return buildSchemaSync({
    // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
    resolvers: resolvers as NonEmptyArray<Function>,
    authChecker: authorize,
    pubSub: noPubSub,
    validate: false,
    orphanedTypes: [],
  })
}
