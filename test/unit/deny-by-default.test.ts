import 'reflect-metadata'
import { getMetadataStorage } from 'type-graphql'
import { describe, expect, test } from 'vitest'
import { permissions, roles } from '../../server/account/permissions.ts'
import { PUBLIC_FIELDS } from '../../server/account/public-fields.ts'
import { buildSchema } from '../../server/schema.ts'

const schema = buildSchema()
const { queries, mutations, subscriptions } = getMetadataStorage()
const fields = Object.entries({ Query: queries, Mutation: mutations, Subscription: subscriptions }).flatMap(
  ([type, all]) =>
    all.map(({ schemaName, roles: needed }) => ({
      name: `${type}.${schemaName}`,
      needed: needed as string[] | undefined,
    })),
)
/** Signed in is enough: they are about the caller alone, or no secret. */
const SIGNED_IN = ['Query.roles', 'Mutation.signOut', 'Mutation.passwordChange']

describe('every field of the schema', () => {
  const inSchema = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}).map((name) => `${type!.name}.${name}`),
  )

  test('is looked at here', () => {
    expect(inSchema.length).toBeGreaterThan(20)
    expect(inSchema.filter((name) => !fields.some((field) => field.name === name))).toEqual([])
  })

  test('takes a permission, or stands on the written list of what is public', () => {
    const open = fields
      .filter(({ name, needed }) => inSchema.includes(name) && needed === undefined)
      .map(({ name }) => name)
    expect(open.toSorted()).toEqual([...PUBLIC_FIELDS].toSorted())
  })

  test('takes a named permission, or is about the caller alone', () => {
    const vague = fields.filter(({ needed }) => needed?.length === 0).map(({ name }) => name)
    expect(vague.toSorted()).toEqual(SIGNED_IN.toSorted())
  })

  test('takes permissions that the table knows', () => {
    const unknown = fields.flatMap(({ name, needed }) =>
      (needed ?? []).filter((one) => !(one in permissions)).map((one) => `${name}: ${one}`),
    )
    expect(unknown).toEqual([])
  })

  test('can be used by somebody who is no administrator, but for the management of accounts', () => {
    const given = new Set(
      Object.entries(roles).flatMap(([role, { permissions: held }]) => (role === 'ADMIN' ? [] : held)),
    )
    const closed = fields.filter(({ needed }) => needed?.length && !needed.some((one) => given.has(one as never)))
    expect(closed.filter(({ needed }) => !needed!.includes('account.manage'))).toEqual([])
  })
})
