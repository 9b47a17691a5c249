import type { MikroORM } from '@mikro-orm/postgresql'
import { execute, parse, type GraphQLSchema } from 'graphql'
import { accountNodeLoaders } from '../../server/account/account.nodes.ts'
import { SignInLimits } from '../../server/account/account.services.ts'
import { createAuthentication } from '../../server/account/authentication.ts'
import { knownScopes } from '../../server/item/grant-scope.resolver.ts'
import type { Context, Viewer } from '../../server/kernel/context.ts'

/** Somebody at the API: keeps the session cookie like a browser does. */
export interface Person {
  /** Sends one document and answers the data of its first field; top-level errors are thrown with their code. */
  ask<T = Record<string, unknown>>(document: string, input?: object): Promise<T>
  /** The same, and answers `code field message` of the refusal; fails when it was accepted. */
  refused(document: string, input?: object): Promise<{ code: string; message: string; field: string[] | null }>
  cookie: string | null
  bearer: string | null
}

export const PASSWORD = 'many green bottles'

/** The API without a network: as many people as a test likes, each with an address of their own. */
export function peopleAt(orm: () => MikroORM, schema: () => GraphQLSchema) {
  const signIns = new SignInLimits()
  let addresses = 0
  const services = {
    nodeLoaders: accountNodeLoaders,
    accounts: {
      sessionHours: 1,
      publicUrl: () => 'http://localhost:4000',
      signIns,
      knownScopes,
      installation: { version: '0.0.0', sample: async () => ({ offered: true, opened: false }) },
    },
  }
  return function person(address = `10.0.0.${++addresses}`): Person {
    const self: Person = {
      cookie: null,
      bearer: null,
      async ask(document, input = {}) {
        const em = orm().em.fork()
        const found = await createAuthentication(em)({ session: self.cookie, bearer: self.bearer })
        const viewer: Viewer | null = found?.viewer ?? null
        const contextValue = {
          em,
          viewer,
          requestId: 'test',
          loaders: new Map(),
          events: { positionOf: async (id: string) => `00000000:${id}` },
          services,
          caller: {
            address,
            setSession: (secret: string) => (self.cookie = secret),
            clearSession: () => (self.cookie = null),
          },
        } as unknown as Context
        const answer = await execute({
          schema: schema(),
          document: parse(document),
          contextValue,
          variableValues: { input },
        })
        if (answer.errors) throw answer.errors[0]!.originalError ?? answer.errors[0]
        return Object.values(answer.data!)[0] as never
      },
      async refused(document, input) {
        const { userErrors } = await self.ask<{ userErrors: never[] }>(document, input)
        if (!userErrors[0]) throw new Error('It was accepted.')
        return userErrors[0]
      },
    }
    return self
  }
}
