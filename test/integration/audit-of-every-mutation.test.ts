import 'reflect-metadata'
import { setTimeout } from 'node:timers/promises'
import {
  execute,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parse,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql'
import { beforeAll, expect, test } from 'vitest'
import { PUBLIC_FIELDS } from '../../server/account/public-fields.ts'
import { makeViewer, rightsOf } from '../../server/account/viewer.ts'
import { roles, type Role } from '../../server/account/permissions.ts'
import { gateMutations } from '../../server/audit/mutation-gate.ts'
import type { Context } from '../../server/kernel/context.ts'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { buildSchema } from '../../server/schema.ts'
import { anApp } from '../support/app.ts'

/** Without the role of a worker, so that nothing is set going by what happens to be accepted here. */
const app = anApp({ settings: { WAYBILL_ROLES: 'api,sequencer' } })

type MutationField = GraphQLField<unknown, unknown>
interface Entry {
  mutation: string
  outcome: 'ACCEPTED' | 'REFUSED'
  code: string | null
  actor: string
}
interface Said {
  data?: Record<string, { userErrors: { code: string }[] } | null> | null
  errors?: readonly { extensions?: Record<string, unknown> }[]
}

const mutations = (schema: GraphQLSchema) => Object.values(schema.getMutationType()!.getFields()) as MutationField[]
const document = ({ name, args }: MutationField) =>
  `mutation($input: ${String(args[0]!.type)}) { ${name}(input: $input) { userErrors { code } } }`

const SCALARS: Record<string, unknown> = {
  Boolean: false,
  DateTime: '2026-11-26T00:00:00Z',
  Float: 1,
  ID: 'ci_0',
  Int: 1,
  JSON: {},
  Moment: '2026-11-26T00:00:00Z',
  Position: '00000000:1',
  String: 'nothing',
}

/** The least that the API lets through to the field: what is required, with values that mean nothing. */
function leastOf(type: GraphQLInputType): unknown {
  const inner = getNullableType(type)
  if (isListType(inner)) return [leastOf(inner.ofType)]
  if (isEnumType(inner)) return inner.getValues()[0]!.name
  if (isInputObjectType(inner)) {
    const required = Object.values(inner.getFields()).filter((field) => isNonNullType(field.type))
    return Object.fromEntries(required.map((field) => [field.name, leastOf(field.type)]))
  }
  if (!(inner.name in SCALARS)) throw new Error(`Say here what an input of the type ${inner.name} may be.`)
  return SCALARS[inner.name]
}

/** What a call adds to the audit log. */
async function addedBy(call: () => Promise<unknown>): Promise<Entry[]> {
  const [before] = await app.database.rows<{ count: number }>('select count(*)::int as count from audit_entry')
  await call()
  return app.database.rows<Entry>(
    `select mutation, outcome, code, actor from audit_entry order by created_at, uuid offset $1`,
    [before!.count],
  )
}

/** The entry that an answer calls for. */
function entryFor(mutation: string, actor: string, { data, errors }: Said): Entry {
  const refused = data?.[mutation]?.userErrors[0]?.code ?? errors?.[0]?.extensions?.code
  return { mutation, actor, outcome: refused ? 'REFUSED' : 'ACCEPTED', code: refused ? String(refused) : null }
}

/** What is answered. Nobody in particular may ask less often than a fast machine does: then it waits and asks again. */
async function askedPatiently(request: RequestInit): Promise<Said> {
  for (;;) {
    const response = await fetch(`${app.url}/graphql`, request)
    const said = (await response.json()) as Said
    if (response.status !== 429) return said
    await setTimeout(Number(said.errors?.[0]?.extensions?.seconds) * 1000)
  }
}

/** Every mutation field, called by somebody over HTTP: what was audited beside what was answered. */
async function auditedFrom(who: string, token?: string): Promise<[Entry[], Entry][]> {
  const seen: [Entry[], Entry][] = []
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  for (const field of mutations(app.schema)) {
    let said: Said = {}
    const added = await addedBy(async () => {
      said = await askedPatiently({
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-waybill-csrf': '1', ...authorization },
        body: JSON.stringify({ query: document(field), variables: { input: leastOf(field.args[0]!.type) } }),
      })
    })
    seen.push([added, entryFor(field.name, who, said)])
  }
  return seen
}

/** A token of somebody with these roles everywhere; signing out does not end it. */
async function tokenOf(name: string, held: Role[]): Promise<string> {
  const person = await app.person(held, undefined, name)
  return (await person.does<{ secret: string }>('apiTokenCreate', { name }, 'secret')).secret
}

// Made before anything else: a new person has to ask as nobody in particular first, and the first test uses that up.
const tokens: Record<string, string> = {}
beforeAll(async () => {
  tokens.viewer = await tokenOf('Vera Viewer', ['VIEWER'])
  tokens.every = await tokenOf('Ruth Roles', Object.keys(roles) as Role[])
})

test('every mutation that nobody signed in calls leaves one entry with the refusal that was answered', async () => {
  const seen = await auditedFrom('nobody signed in')
  expect(seen.length).toBeGreaterThan(90)
  for (const [added, expected] of seen) expect(added, expected.mutation).toEqual([expected])
  const closed = seen.filter(([, { mutation }]) => !PUBLIC_FIELDS.includes(`Mutation.${mutation}`))
  expect(new Set(closed.map(([, { code }]) => code))).toEqual(new Set(['UNAUTHENTICATED']))
})

test('every mutation that a viewer calls leaves one entry in the name of the viewer', async () => {
  const seen = await auditedFrom('Vera Viewer', tokens.viewer)
  for (const [added, expected] of seen) expect(added, expected.mutation).toEqual([expected])
  expect(seen.filter(([, { code }]) => code === 'FORBIDDEN').length).toBeGreaterThan(70)
})

test('every mutation that is called with what makes no sense by somebody who may leaves one entry that says how it ended', async () => {
  const seen = await auditedFrom('Ruth Roles', tokens.every)
  for (const [added, expected] of seen) expect(added, expected.mutation).toEqual([expected])
  const ended = (code: string) => seen.filter(([, entry]) => entry.code === code).map(([, { mutation }]) => mutation)
  // By a token, both of them.
  expect(ended('FORBIDDEN')).toEqual(['passwordChange', 'signOut'])
  expect(ended('INTERNAL_SERVER_ERROR')).toEqual([])
  expect(new Set(seen.map(([, { outcome }]) => outcome))).toEqual(new Set(['ACCEPTED', 'REFUSED']))
})

test('every mutation that is accepted leaves one entry that says so', async () => {
  const schema = buildSchema()
  // What the fields do has tests of its own; here each of them succeeds.
  for (const field of mutations(schema)) field.resolve = () => Promise.resolve({})
  gateMutations(schema)
  const viewer = makeViewer(
    { accountId: uuidOf(app.admin.id, 'acc'), name: 'Ada Admin', via: 'session' },
    rightsOf([{ role: 'ADMIN', scopeId: null }]),
  )
  for (const field of mutations(schema)) {
    const added = await addedBy(async () => {
      const contextValue = {
        em: app.app.orm.em.fork(),
        viewer,
        requestId: 'r1',
        loaders: new Map(),
        services: {},
      } as unknown as Context
      const variableValues = { input: leastOf(field.args[0]!.type) }
      const answer = await execute({ schema, document: parse(document(field)), contextValue, variableValues })
      expect(answer.errors, field.name).toBeUndefined()
    })
    const expected = { mutation: field.name, outcome: 'ACCEPTED', code: null, actor: 'Ada Admin' }
    expect(added, field.name).toEqual([expected])
  }
})
