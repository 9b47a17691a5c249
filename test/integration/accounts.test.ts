import type { MikroORM } from '@mikro-orm/postgresql'
import type { GraphQLSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSetUpLink, createSignInLink } from '../../server/account/one-time-link.ts'
import { permissions } from '../../server/account/permissions.ts'
import { entities } from '../../server/entities.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { buildSchema } from '../../server/schema.ts'
import { aDatabase } from '../support/database.ts'
import { PASSWORD, peopleAt, type Person } from '../support/people.ts'

const database = aDatabase()
let orm: MikroORM
let schema: GraphQLSchema
const person = peopleAt(
  () => orm,
  () => schema,
)

const ERRORS = 'userErrors { code field message }'
const SET_UP = `mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { viewer { account { id name } permissions { permission estate scopeIds } } ${ERRORS} } }`
const CREATE = `mutation($input: AccountCreateInput!) { accountCreate(input: $input) { account { id version grants { id role } } invitationUrl ${ERRORS} } }`
const ACCEPT = `mutation($input: InvitationAcceptInput!) { invitationAccept(input: $input) { viewer { account { id } } ${ERRORS} } }`
const SIGN_IN = `mutation($input: SignInInput!) { signIn(input: $input) { viewer { account { id } } ${ERRORS} } }`
const BY_LINK = `mutation($input: SignInWithLinkInput!) { signInWithLink(input: $input) { viewer { account { id } } ${ERRORS} } }`
const SIGN_OUT = `mutation($input: PlainInput!) { signOut(input: $input) { signedOut ${ERRORS} } }`
const PASSWORD_CHANGE = `mutation($input: PasswordChangeInput!) { passwordChange(input: $input) { account { id } ${ERRORS} } }`
const GRANT = `mutation($input: GrantCreateInput!) { grantCreate(input: $input) { account { id version grants { id role } } ${ERRORS} } }`
const UNGRANT = `mutation($input: IdInput!) { grantRevoke(input: $input) { account { grants { id } } ${ERRORS} } }`
const DISABLE = `mutation($input: MoveInput!) { accountDisable(input: $input) { account { state } ${ERRORS} } }`
const TOKEN = `mutation($input: ApiTokenCreateInput!) { apiTokenCreate(input: $input) { apiToken { id permissions expiresAt } secret ${ERRORS} } }`
const UNTOKEN = `mutation($input: IdInput!) { apiTokenRevoke(input: $input) { apiToken { revokedAt } ${ERRORS} } }`
const ME = `{ viewer { account { id login } permissions { permission estate scopeIds } } }`
const ACCOUNTS = `{ accounts(first: 50) { totalCount nodes { login grants { role grantedBy { login } } lastSeenAt } } }`

const austin = uuidv7()
let ada: Person
let adaId: string

beforeAll(async () => {
  orm = await createOrm(database.url, { entities, migrations: [] })
  schema = buildSchema()
  await database.rows(
    `insert into configuration_item (uuid, ordinal, name, class_name, state, scope_ids) values ($1, 1, 'Austin', 'Site', 'PRODUCTION', array[$1::uuid])`,
    [austin],
  )
})
afterAll(() => orm.close())

const tokenOf = (url: string) => new URL(url).searchParams.get('token')!

async function invited(
  login: string,
  grants: object[],
  by = ada,
): Promise<{ who: Person; id: string; version: number; grants: { id: string }[] }> {
  const { account, invitationUrl, userErrors } = await by.ask<{
    account: { id: string; version: number; grants: { id: string }[] }
    invitationUrl: string
    userErrors: unknown[]
  }>(CREATE, { login, name: login, grants })
  expect(userErrors).toEqual([])
  const who = person()
  await who.ask(ACCEPT, { token: tokenOf(invitationUrl), password: PASSWORD })
  return { who, ...account }
}

describe('set-up', () => {
  test('an empty installation says so, and only the newest link opens it', async () => {
    expect(await person().ask(`{ installation { setUp sampleOffered } }`)).toEqual({
      setUp: false,
      sampleOffered: true,
    })
    const old = (await orm.em.fork().transactional((em) => createSetUpLink(em)))!
    const link = (await orm.em.fork().transactional((em) => createSetUpLink(em)))!
    const input = { token: old, login: 'Ada', name: 'Ada Lovelace', password: PASSWORD }
    expect(await person().refused(SET_UP, input)).toMatchObject({ code: 'LINK_NOT_VALID', field: ['token'] })
    expect(await person().refused(SET_UP, { ...input, token: link, password: 'short' })).toMatchObject({
      code: 'WEAK_PASSWORD',
      field: ['password'],
    })

    ada = person()
    const answers = await Promise.all([
      ada.ask<{ userErrors: object[]; viewer: { account: { id: string } } }>(SET_UP, { ...input, token: link }),
      person().ask<{ userErrors: object[] }>(SET_UP, { ...input, token: link }),
    ])
    expect(answers.flatMap(({ userErrors }) => userErrors)).toHaveLength(1)
    const [{ id }] = (await database.rows<{ id: string }>(`select uuid as id from account`)) as [{ id: string }]
    adaId = toNodeId('acc', id)
    if (!ada.cookie) await ada.ask(SIGN_IN, { login: 'ada', password: PASSWORD })
    expect(await person().ask(`{ installation { setUp } }`)).toEqual({ setUp: true })
    expect(await orm.em.fork().transactional((em) => createSetUpLink(em))).toBeNull()
  })

  test('the first account may do everything everywhere', async () => {
    const { permissions: held } = await ada.ask<{ permissions: { estate: boolean }[] }>(ME)
    expect(held).toHaveLength(Object.keys(permissions).length)
    expect(held.every(({ estate }) => estate)).toBe(true)
  })

  test('nothing that opens a door is kept as it is', async () => {
    const dump = JSON.stringify([
      await database.rows('select * from one_time_link'),
      await database.rows('select * from session'),
      await database.rows('select * from audit_entry'),
    ])
    expect(dump).not.toMatch(/wb_(lnk|ses)_/)
    expect(dump).not.toContain(PASSWORD)
  })
})

describe('signing in', () => {
  test('works by password in any case of the login, and by a link once', async () => {
    const again = person()
    await again.ask(SIGN_IN, { login: ' ADA', password: PASSWORD })
    expect(await again.ask(ME)).toMatchObject({ account: { id: adaId, login: 'ada' } })
    const [account] = await database.rows<{ uuid: string }>(`select uuid from account where login = 'ada'`)
    const token = await orm.em.fork().transactional((em) => createSignInLink(em, account!.uuid))
    const linked = person()
    await linked.ask(BY_LINK, { token })
    expect(await linked.ask(ME)).toMatchObject({ account: { id: adaId } })
    expect(await person().refused(BY_LINK, { token })).toMatchObject({ code: 'LINK_NOT_VALID' })
  })

  test('refuses a wrong password and an unknown login with the same words', async () => {
    const wrong = await person().refused(SIGN_IN, { login: 'ada', password: 'not this one' })
    const unknown = await person().refused(SIGN_IN, { login: 'nobody', password: 'not this one' })
    expect(wrong).toEqual({
      code: 'WRONG_CREDENTIALS',
      field: ['password'],
      message: 'Login and password do not belong together.',
    })
    expect(unknown).toEqual(wrong)
  })

  test('is slowed down after five failures from one address, and there only', async () => {
    const guesser = person()
    const attempts = await Promise.all(
      Array.from({ length: 8 }, () => guesser.refused(SIGN_IN, { login: 'ada', password: 'a guess of mine' })),
    )
    expect(attempts.map(({ code }) => code).filter((code) => code === 'TOO_MANY_TRIES')).toHaveLength(3)
    expect(await guesser.refused(SIGN_IN, { login: 'ada', password: PASSWORD })).toMatchObject({
      code: 'TOO_MANY_TRIES',
    })
    expect(await person().ask(SIGN_IN, { login: 'ada', password: PASSWORD })).toMatchObject({ userErrors: [] })
  })

  test('signing out ends the session for everybody who has its cookie, and tells the sockets', async () => {
    const one = person()
    await one.ask(SIGN_IN, { login: 'ada', password: PASSWORD })
    const copy = person()
    copy.cookie = one.cookie
    expect(await one.ask(SIGN_OUT)).toEqual({ signedOut: true, userErrors: [] })
    expect(one.cookie).toBeNull()
    expect(await copy.ask(ME)).toBeNull()
    const [event] = await database.rows<{ payload: object }>(
      `select payload from event_inbox where topic = 'account.revoked' order by id desc limit 1`,
    )
    expect(event!.payload).toMatchObject({ sessionIds: [expect.any(String)] })
  })

  test('a new password ends all other sessions and is the one that works', async () => {
    const { who } = await invited('paula', [{ role: 'VIEWER' }])
    const other = person()
    await other.ask(SIGN_IN, { login: 'paula', password: PASSWORD })
    expect(await who.refused(PASSWORD_CHANGE, { current: 'something else', next: 'seven white horses' })).toMatchObject(
      { code: 'WRONG_CREDENTIALS', field: ['current'] },
    )
    expect(await who.refused(PASSWORD_CHANGE, { current: PASSWORD, next: 'paula likes tea' })).toMatchObject({
      code: 'WEAK_PASSWORD',
      field: ['next'],
    })
    expect(await who.ask(PASSWORD_CHANGE, { current: PASSWORD, next: 'seven white horses' })).toMatchObject({
      userErrors: [],
    })
    expect(await who.ask(ME)).not.toBeNull()
    expect(await other.ask(ME)).toBeNull()
    expect(await person().refused(SIGN_IN, { login: 'paula', password: PASSWORD })).toMatchObject({
      code: 'WRONG_CREDENTIALS',
    })
  })
})

describe('accounts and grants', () => {
  test('an invitation works once and gives exactly the roles that were named', async () => {
    const { who, id } = await invited('olga', [
      { role: 'RELEASE_OWNER' },
      { role: 'DEPLOYER', scopeId: toNodeId('ci', austin) },
    ])
    const me = await who.ask<{
      account: object
      permissions: { permission: string; estate: boolean; scopeIds: string[] }[]
    }>(ME)
    expect(me.account).toEqual({ id, login: 'olga' })
    const of = (name: string) => me.permissions.find(({ permission }) => permission === name)
    expect(of('release.edit')).toEqual({ permission: 'release.edit', estate: true, scopeIds: [] })
    expect(of('deployment.start')).toEqual({
      permission: 'deployment.start',
      estate: false,
      scopeIds: [toNodeId('ci', austin)],
    })
    expect(of('account.manage')).toBeUndefined()
    const { account } = await who.ask<{ account: object }>(`{ viewer { account { grants { role scope { name } } } } }`)
    expect(account).toEqual({
      grants: [
        { role: 'RELEASE_OWNER', scope: null },
        { role: 'DEPLOYER', scope: { name: 'Austin' } },
      ],
    })
  })

  test('logins are unique in any case, also for two at once', async () => {
    const both = await Promise.all(
      ['Tim', 'tim'].map((login) => ada.ask<{ userErrors: object[] }>(CREATE, { login, name: 'Tim' })),
    )
    expect(both.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ code: 'LOGIN_TAKEN', field: ['login'] }])
  })

  test('an unknown scope is refused by name', async () => {
    const nowhere = toNodeId('ci', uuidv7())
    expect(await ada.refused(GRANT, { accountId: adaId, role: 'VIEWER', scopeId: nowhere })).toMatchObject({
      code: 'NOT_FOUND',
      field: ['scopeId'],
    })
  })

  test('who has no right to manage accounts is told so', async () => {
    const { who } = await invited('vera', [{ role: 'VIEWER' }])
    await expect(who.ask(CREATE, { login: 'x1', name: 'x' })).rejects.toThrow('account.manage')
    await expect(who.ask(ACCOUNTS)).rejects.toThrow('account.read')
  })

  test('an administrator of one site gives roles there, not elsewhere, and sees only who belongs there', async () => {
    const { who: sam } = await invited('sam', [{ role: 'ADMIN', scopeId: toNodeId('ci', austin) }])
    const here = { role: 'DEPLOYER', scopeId: toNodeId('ci', austin) }
    expect(await sam.refused(CREATE, { login: 'eve', name: 'Eve', grants: [{ role: 'VIEWER' }] })).toMatchObject({
      code: 'NOT_YOURS_TO_GRANT',
    })
    const { id } = await invited('dora', [here], sam)
    expect(await sam.refused(GRANT, { accountId: id, role: 'ADMIN' })).toMatchObject({
      code: 'NOT_YOURS_TO_GRANT',
      field: ['role'],
    })
    expect(await sam.refused(DISABLE, { id })).toMatchObject({ code: 'FORBIDDEN' })
    const { nodes } = await sam.ask<{ nodes: { login: string }[] }>(ACCOUNTS)
    expect(nodes.map(({ login }) => login)).toEqual(['dora', 'sam'])
  })

  test('the last administrator of the estate stays one', async () => {
    expect(await ada.refused(DISABLE, { id: adaId })).toMatchObject({ code: 'LAST_ADMIN' })
    const { nodes } = await ada.ask<{ nodes: { login: string }[] }>(ACCOUNTS)
    expect(nodes.length).toBeGreaterThan(3)
    const [grant] = await database.rows<{ uuid: string }>(
      `select uuid from account_grant where role = 'ADMIN' and scope_id is null`,
    )
    expect(await ada.refused(UNGRANT, { id: toNodeId('grt', grant!.uuid) })).toMatchObject({ code: 'LAST_ADMIN' })
  })

  test('of two administrators who take each other out at once, one stays', async () => {
    const bert = await invited('bert', [{ role: 'ADMIN' }])
    const carl = await invited('carl', [{ role: 'ADMIN' }])
    const [own] = await database.rows<{ uuid: string }>(
      `select g.uuid from account_grant g join account a on a.uuid = g.account_id where a.login = 'ada'`,
    )
    await ada.ask(UNGRANT, { id: toNodeId('grt', own!.uuid) })
    const answers = await Promise.all([
      bert.who.ask<{ userErrors: { code: string }[] }>(DISABLE, { id: carl.id }),
      carl.who.ask<{ userErrors: { code: string }[] }>(DISABLE, { id: bert.id }),
    ])
    expect(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(['LAST_ADMIN'])
    const left = await database.rows<{ login: string }>(
      `select login from account where state = 'ACTIVE' and login in ('bert', 'carl')`,
    )
    expect(left).toHaveLength(1)
    const keeper = left[0]!.login === 'bert' ? bert : carl
    await keeper.who.ask(GRANT, { accountId: adaId, role: 'ADMIN' })
  })

  test('a grant that is taken back is gone with the next request', async () => {
    const { who, grants } = await invited('rita', [{ role: 'RELEASE_MANAGER' }])
    expect(await who.ask(ACCOUNTS)).toMatchObject({ totalCount: expect.any(Number) })
    await ada.ask(UNGRANT, { id: grants[0]!.id })
    await expect(who.ask(ACCOUNTS)).rejects.toThrow('account.read')
    const [event] = await database.rows<{ payload: object }>(
      `select payload from event_inbox where topic = 'account.revoked' order by id desc limit 1`,
    )
    expect(event!.payload).toEqual({})
  })

  test('a disabled account is out at once: session, token, sign-in', async () => {
    const { who, id } = await invited('dan', [{ role: 'VIEWER' }])
    const { secret } = await who.ask<{ secret: string }>(TOKEN, { name: 'ci' })
    expect(await ada.ask(DISABLE, { id })).toMatchObject({ account: { state: 'DISABLED' } })
    expect(await who.ask(ME)).toBeNull()
    const program = person()
    program.bearer = secret
    await expect(program.ask(ME)).rejects.toThrow('unknown, revoked or expired')
    expect(await person().refused(SIGN_IN, { login: 'dan', password: PASSWORD })).toMatchObject({
      code: 'WRONG_CREDENTIALS',
    })
    expect(await ada.refused(DISABLE, { id })).toMatchObject({ code: 'ILLEGAL_TRANSITION' })
  })
})

describe('API tokens', () => {
  test('do what they were made for and no more, also when the owner can', async () => {
    const program = person()
    const made = await ada.ask<{ secret: string; apiToken: { id: string; permissions: string[] } }>(TOKEN, {
      name: 'ci',
      permissions: ['account.read', 'token.own'],
      expiresInDays: 30,
    })
    expect(made.secret).toMatch(/^wb_api_/)
    expect(made.apiToken.permissions).toEqual(['account.read', 'token.own'])
    program.bearer = made.secret
    expect(await program.ask(ACCOUNTS)).toMatchObject({ totalCount: expect.any(Number) })
    await expect(program.ask(CREATE, { login: 'mallory', name: 'M' })).rejects.toThrow('account.manage')
    expect(await program.refused(TOKEN, { name: 'more', permissions: ['account.manage'] })).toMatchObject({
      code: 'NOT_YOURS_TO_GRANT',
    })
    const child = await program.ask<{ apiToken: { permissions: string[]; expiresAt: string } }>(TOKEN, {
      name: 'child',
    })
    expect(child.apiToken.permissions).toEqual(['account.read', 'token.own'])
    expect(child.apiToken.expiresAt).not.toBeNull()
    expect(await program.refused(PASSWORD_CHANGE, { current: PASSWORD, next: 'something new here' })).toMatchObject({
      code: 'FORBIDDEN',
    })
    await ada.ask(UNTOKEN, { id: made.apiToken.id })
    await expect(program.ask(ACCOUNTS)).rejects.toThrow('unknown, revoked or expired')
  })

  test('lose what their owner loses', async () => {
    const { who, grants } = await invited('rob', [{ role: 'RELEASE_MANAGER' }, { role: 'VIEWER' }])
    const { secret } = await who.ask<{ secret: string }>(TOKEN, { name: 'ci' })
    const program = person()
    program.bearer = secret
    await program.ask(ACCOUNTS)
    await ada.ask(UNGRANT, { id: grants[0]!.id })
    await expect(program.ask(ACCOUNTS)).rejects.toThrow('account.read')
  })

  test('of others are not found', async () => {
    const { who } = await invited('tess', [{ role: 'VIEWER' }])
    const { apiToken } = await ada.ask<{ apiToken: { id: string } }>(TOKEN, { name: 'mine' })
    expect(await who.refused(UNTOKEN, { id: apiToken.id })).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('with a typing error or an end in the past are refused', async () => {
    const { secret } = await ada.ask<{ secret: string }>(TOKEN, { name: 'short', expiresInDays: 1 })
    const program = person()
    program.bearer = secret.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
    await expect(program.ask(ME)).rejects.toThrow('unknown, revoked or expired')
    program.bearer = secret
    expect(await program.ask(ME)).not.toBeNull()
    await database.rows(`update api_token set expires_at = now() - interval '1 second' where name = 'short'`)
    await expect(program.ask(ME)).rejects.toThrow('unknown, revoked or expired')
  })
})

test('names of those who did something are known to all, their habits and rights are not', async () => {
  const { who } = await invited('nora', [{ role: 'VIEWER' }])
  const [last] = await database.rows<{ n: number }>(
    `select count(*)::int as n from audit_entry where outcome = 'REFUSED'`,
  )
  expect(last!.n).toBeGreaterThan(10)
  expect(
    await who.ask(`{ viewer { account { login grants { role grantedBy { login grants { role } lastSeenAt } } } } }`),
  ).toEqual({
    account: { login: 'nora', grants: [{ role: 'VIEWER', grantedBy: { login: 'ada', grants: [], lastSeenAt: null } }] },
  })
})
