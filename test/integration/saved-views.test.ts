import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MikroORM } from '@mikro-orm/postgresql'
import type { GraphQLSchema } from 'graphql'
import { createSetUpLink } from '../../server/account/one-time-link.ts'
import { entities } from '../../server/entities.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { buildSchema } from '../../server/schema.ts'
import { aDatabase } from '../support/database.ts'
import { PASSWORD, peopleAt, type Person } from '../support/people.ts'
import { countStatements } from '../support/statements.ts'

const database = aDatabase()
let orm: MikroORM
let schema: GraphQLSchema
const person = peopleAt(
  () => orm,
  () => schema,
)

const ERRORS = 'userErrors { code field message itemId rule }'
const VIEW = 'id name path shared version allowedActions owner { name }'
const SET_UP = `mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { ${ERRORS} } }`
const INVITE = `mutation($input: AccountCreateInput!) { accountCreate(input: $input) { invitationUrl ${ERRORS} } }`
const ACCEPT = `mutation($input: InvitationAcceptInput!) { invitationAccept(input: $input) { ${ERRORS} } }`
const TOKEN = `mutation($input: ApiTokenCreateInput!) { apiTokenCreate(input: $input) { secret ${ERRORS} } }`
const CREATE = `mutation($input: SavedViewCreateInput!) { savedViewCreate(input: $input) { savedView { ${VIEW} } ${ERRORS} } }`
const UPDATE = `mutation($input: SavedViewUpdateInput!) { savedViewUpdate(input: $input) { savedView { ${VIEW} } ${ERRORS} } }`
const REMOVE = `mutation($input: MoveInput!) { savedViewRemove(input: $input) { savedView { ${VIEW} } ${ERRORS} } }`
const viewsOf = (path: string) => `{ savedViews(first: 200, path: "${path}") { totalCount nodes { ${VIEW} } } }`

interface View {
  id: string
  name: string
  path: string
  shared: boolean
  version: number
}

let ada: Person
let bob: Person
let eve: Person

beforeAll(async () => {
  orm = await createOrm(database.url, { entities, migrations: [] })
  schema = buildSchema()
  ada = person()
  const token = await orm.em.fork().transactional((em) => createSetUpLink(em))
  await ada.ask(SET_UP, { token, login: 'ada', name: 'Ada', password: PASSWORD })
  bob = await invited('Bob')
  eve = await invited('Eve')
})
afterAll(() => orm.close())

async function invited(name: string): Promise<Person> {
  const input = { login: name.toLowerCase(), name, grants: [{ role: 'VIEWER' }] }
  const { invitationUrl } = await ada.ask<{ invitationUrl: string }>(INVITE, input)
  const who = person()
  await who.ask(ACCEPT, { token: new URL(invitationUrl).searchParams.get('token'), password: PASSWORD })
  return who
}

/** The view that the call answers; fails when it was refused. */
async function done(who: Person, document: string, input: object): Promise<View> {
  const { savedView, userErrors } = await who.ask<{ savedView: View; userErrors: object[] }>(document, input)
  expect(userErrors).toEqual([])
  return savedView
}
const save = (who: Person, name: string, path: string, shared = false) => done(who, CREATE, { name, path, shared })
const namesOf = async (who: Person, path: string) =>
  (await who.ask<{ nodes: View[] }>(viewsOf(path))).nodes.map(({ name }) => name)

describe('saved views', () => {
  test('are seen by their owner, and by others once they are shared', async () => {
    const hosts = await save(bob, ' Hosts ', '/items?class=Host')
    await save(bob, 'In trouble', '/deployments?show=trouble', true)
    expect(hosts).toMatchObject({ name: 'Hosts', shared: false, version: 1, owner: { name: 'Bob' } })
    expect(await namesOf(bob, '/items')).toEqual(['Hosts'])
    expect(await namesOf(eve, '/items')).toEqual([])
    expect(await namesOf(ada, '/items')).toEqual([])
    expect(await eve.ask(viewsOf('/deployments?show=all'))).toMatchObject({
      totalCount: 1,
      nodes: [{ name: 'In trouble', owner: { name: 'Bob' }, allowedActions: [] }],
    })
    const shared = await done(bob, UPDATE, { id: hosts.id, shared: true, expectedVersion: 1 })
    expect(shared).toMatchObject({ name: 'Hosts', path: '/items?class=Host', shared: true, version: 2 })
    expect(await namesOf(eve, '/items')).toEqual(['Hosts'])
    await done(bob, UPDATE, { id: hosts.id, shared: false })
    expect(await namesOf(eve, '/items')).toEqual([])
  })

  test('stand with one’s own first, each part by name', async () => {
    for (const name of ['beta', 'Alpha']) await save(eve, name, '/tasks', true)
    for (const name of ['delta', 'Charlie']) await save(bob, name, '/tasks?show=all', true)
    expect(await namesOf(bob, '/tasks')).toEqual(['Charlie', 'delta', 'Alpha', 'beta'])
    expect(await namesOf(eve, '/tasks')).toEqual(['Alpha', 'beta', 'Charlie', 'delta'])
  })

  test('answer by id to whoever sees them', async () => {
    const { id } = await save(bob, 'By id', '/releases')
    const NODE = `{ node(id: "${id}") { ... on SavedView { name } } }`
    expect(await bob.ask(NODE)).toEqual({ name: 'By id' })
    expect(await eve.ask(NODE)).toBeNull()
    await done(bob, UPDATE, { id, shared: true })
    expect(await eve.ask(NODE)).toEqual({ name: 'By id' })
  })

  test('are renamed, and replaced by what is shown now', async () => {
    const { id } = await save(bob, 'Old', '/audit')
    expect(await done(bob, UPDATE, { id, name: 'New' })).toMatchObject({ name: 'New', path: '/audit' })
    expect(await done(bob, UPDATE, { id, path: '/audit?show=refused' })).toMatchObject({
      name: 'New',
      path: '/audit?show=refused',
    })
    expect(await bob.refused(UPDATE, { id, name: 'Newer', expectedVersion: 1 })).toMatchObject({
      code: 'VERSION_CONFLICT',
      message: expect.stringContaining('The view "New"'),
    })
  })

  test('have one name per account and page, whatever its case', async () => {
    const first = await save(bob, 'Austin', '/graph?by=SITE')
    expect(await bob.refused(CREATE, { name: 'AUSTIN', path: '/graph' })).toMatchObject({
      code: 'VIEW_NAME_TAKEN',
      field: ['name'],
      itemId: first.id,
      message: 'You have a view "Austin" of /graph already. Take another name, or replace what that one shows.',
    })
    await save(bob, 'Austin', '/classes')
    await save(eve, 'Austin', '/graph')
    const tokyo = await save(bob, 'Tokyo', '/graph')
    expect(await bob.refused(UPDATE, { id: tokyo.id, name: 'austin' })).toMatchObject({ code: 'VIEW_NAME_TAKEN' })
    expect(await done(bob, UPDATE, { id: first.id, name: 'austin' })).toMatchObject({ name: 'austin' })
    const twice = await Promise.all(
      [1, 2].map(() => eve.ask<{ userErrors: object[] }>(CREATE, { name: 'Twice', path: '/graph' })),
    )
    expect(twice.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ code: 'VIEW_NAME_TAKEN' }])
  })

  test.each([
    ['', 'length'],
    ['   ', 'length'],
    ['x'.repeat(101), 'length'],
    ['two\nlines', 'length'],
  ])('refuse the name %j', async (name, rule) => {
    expect(await bob.refused(CREATE, { name, path: '/items' })).toMatchObject({
      code: 'BAD_INPUT',
      field: ['name'],
      rule,
      message: 'The name of a view has 1 to 100 characters on one line.',
    })
  })

  test.each([
    ['that is empty', ''],
    ['without a beginning', 'items'],
    ['to another host', '//elsewhere.example/items'],
    ['with an empty part', '/items//more'],
    ['to another host by a backslash', '/\\elsewhere.example'],
    ['with a scheme', 'https://elsewhere.example/'],
    ['that is a script', 'javascript:alert(1)'],
    ['with a NUL', '/items\u0000'],
    ['of two lines', '/items?search=a\nb'],
    ['with a fragment', '/items#part'],
    ['that is too long', `/items?search=${'x'.repeat(2_000)}`],
  ])('refuse a path %s', async (_, path) => {
    const refusal = { code: 'BAD_INPUT', field: ['path'] }
    expect(await bob.refused(CREATE, { name: 'Away', path })).toMatchObject(refusal)
    const { id } = (await bob.ask<{ nodes: View[] }>(viewsOf('/classes'))).nodes[0]!
    expect(await bob.refused(UPDATE, { id, path })).toMatchObject(refusal)
  })

  test('keep an address that somebody searches for', async () => {
    const path = '/items?search=http://web1:8080/'
    expect(await save(bob, 'By address', path)).toMatchObject({ path })
  })

  test('are changed by their owner only, and removed by the owner or who manages all accounts', async () => {
    const shared = await save(bob, 'Shared', '/products', true)
    const own = await save(bob, 'Own', '/products')
    expect(await eve.refused(UPDATE, { id: shared.id, name: 'Hers' })).toMatchObject({
      code: 'FORBIDDEN',
      itemId: shared.id,
      message: 'The view "Shared" belongs to Bob; only they change it. Save a view of your own instead.',
    })
    expect(await ada.refused(UPDATE, { id: shared.id, name: 'Hers' })).toMatchObject({ code: 'FORBIDDEN' })
    expect(await eve.refused(REMOVE, { id: shared.id })).toMatchObject({ code: 'FORBIDDEN' })
    for (const who of [eve, ada]) {
      expect(await who.refused(UPDATE, { id: own.id, name: 'Hers' })).toMatchObject({ code: 'NOT_FOUND' })
      expect(await who.refused(REMOVE, { id: own.id })).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(await ada.ask(viewsOf('/products'))).toMatchObject({ nodes: [{ allowedActions: ['remove'] }] })
    expect(await done(ada, REMOVE, { id: shared.id })).toMatchObject({ name: 'Shared' })
    await done(bob, REMOVE, { id: own.id, expectedVersion: 1 })
    expect(await namesOf(bob, '/products')).toEqual([])
    expect(await bob.refused(REMOVE, { id: own.id })).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('are made and removed once for one key, and every call stands in the audit log', async () => {
    const input = { name: 'Once', path: '/discovery', shared: true, idempotencyKey: 'once' }
    const { id } = await done(eve, CREATE, input)
    expect(await done(eve, CREATE, input)).toMatchObject({ id })
    expect(await namesOf(eve, '/discovery')).toEqual(['Once'])
    await bob.refused(REMOVE, { id })
    await done(eve, REMOVE, { id, idempotencyKey: 'gone' })
    expect(await eve.ask(REMOVE, { id, idempotencyKey: 'gone' })).toEqual({ savedView: null, userErrors: [] })
    const log = await database.rows<{ call: string }>(
      `select distinct mutation || ' ' || outcome as call from audit_entry where subject_id = $1`,
      [id],
    )
    expect(log.map(({ call }) => call).toSorted()).toEqual([
      'savedViewCreate ACCEPTED',
      'savedViewRemove ACCEPTED',
      'savedViewRemove REFUSED',
    ])
  })

  test('are closed to a token that was not made for them', async () => {
    const { secret } = await bob.ask<{ secret: string }>(TOKEN, { name: 'ci', permissions: ['estate.read'] })
    const program = person()
    program.bearer = secret
    await expect(program.ask(viewsOf('/items'))).rejects.toThrow('view.own')
    await expect(program.ask(CREATE, { name: 'x', path: '/items' })).rejects.toThrow('view.own')
  })

  test('are at most 100 of one account, read in as many statements as one', async () => {
    const look = () => countStatements(() => eve.ask(viewsOf('/library')))
    const zoe = await invited('Zoe')
    await save(zoe, 'View 0', '/library', true)
    const one = (await look()).length
    for (let n = 1; n < 100; n++) await save(zoe, `View ${n}`, '/library', true)
    expect((await look()).length).toBe(one)
    expect(await zoe.refused(CREATE, { name: 'Too many', path: '/library' })).toMatchObject({
      code: 'BAD_INPUT',
      rule: 'number of views',
      message: 'An account has at most 100 views. Remove one that is not used.',
    })
  })
})
