import { buildSchemaSync, type NonEmptyArray } from 'type-graphql'
import type { GraphQLSchema } from 'graphql'
import { AccountResolver, GrantResolver } from './account/account.resolver.ts'
import { ApiTokenResolver } from './account/api-token.resolver.ts'
import { SignInResolver } from './account/sign-in.resolver.ts'
import { gateMutations } from './audit/mutation-gate.ts'
import { authorize } from './kernel/authorize.ts'

/** Every resolver class; type-graphql makes the schema from them. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export const resolvers: Function[] = [AccountResolver, GrantResolver, SignInResolver, ApiTokenResolver]

/** Builds the schema; `schema.graphql` at the root is its printed form. */
export function buildSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
    resolvers: resolvers as NonEmptyArray<Function>,
    authChecker: authorize,
    validate: false,
    orphanedTypes: [],
  })
  return gateMutations(schema)
}
