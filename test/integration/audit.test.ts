import type { MikroORM } from '@mikro-orm/postgresql'
import { printSchema, type GraphQLSchema } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountNodeLoaders } from '../../server/account/account.nodes.ts'
import { createSetUpLink } from '../../server/account/one-time-link.ts'
import { makeViewer, rightsOf } from '../../server/account/viewer.ts'
import { auditNodeLoaders } from '../../server/audit/audit.nodes.ts'
import type { Context } from '../../server/kernel/context.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { CHAIN_PENDING, chainPending } from '../../server/audit/chain.ts'
import { entities } from '../../server/entities.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { createSequencer, type Sequencer } from '../../server/kernel/sequencer.ts'
import { buildSchema } from '../../server/schema.ts'
import { aDatabase } from '../support/database.ts'
import { PASSWORD, peopleAt, type Person } from '../support/people.ts'
import { setTimeout as sleep } from 'node:timers/promises'

const database = aDatabase()
let orm: MikroORM
let schema: GraphQLSchema
let sequencer: Sequencer
let ada: Person
let adaId: string
const person = peopleAt(
  () => orm,
  () => schema,
)

interface Entry {
  mutation: string
  outcome: string
  code: string | null
  actor: string
  actorId: string | null
  subjectId: string | null
  input: Record<string, unknown>
  seq: number | null
  hash: string | null
}

const ENTRIES = `query($input: AuditFilter) { auditEntries(first: 50, filter: $input) { totalCount nodes {
  id at mutation outcome code message actor actorId subjectId reason input requestId seq hash } } }`

beforeAll(async () => {
  orm = await createOrm(database.url, { entities, migrations: [] })
  schema = buildSchema()
  sequencer = createSequencer({ url: database.url, retentionDays: 7, log: { info() {}, warn() {}, error() {} } })
  sequencer.inEachTick(async (client) => void (await chainPending(client)), CHAIN_PENDING)
  sequencer.start()
  ada = person()
  const token = await orm.em.fork().transactional((em) => createSetUpLink(em))
  const payload = await ada.ask<{ viewer: { account: { id: string } } }>(
    `mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { viewer { account { id } } } }`,
    { token, login: 'ada', name: 'Ada', password: PASSWORD },
  )
  adaId = payload.viewer.account.id
})
afterAll(async () => {
  await sequencer.stop()
  await orm.close()
})

const search = (filter: object = {}) => ada.ask<{ totalCount: number; nodes: Entry[] }>(ENTRIES, filter)

test('who did and who tried is listed, newest first, without secrets', async () => {
  const stranger = person()
  await stranger.refused(
    `mutation($input: SignInInput!) { signIn(input: $input) { userErrors { code message field } } }`,
    {
      login: 'ada',
      password: 'a wild guess',
    },
  )
  const { nodes } = await search()
  expect(nodes.map(({ mutation, outcome, code, actor }) => [mutation, outcome, code, actor])).toEqual([
    ['signIn', 'REFUSED', 'WRONG_CREDENTIALS', 'nobody signed in'],
    ['installationSetUp', 'ACCEPTED', null, 'Ada'],
  ])
  expect(nodes[1]).toMatchObject({ actorId: adaId, input: { login: 'ada', password: '…', token: '…' } })
  expect(JSON.stringify(nodes)).not.toContain('wild guess')
})

test('filters find by who, what, when and how it ended', async () => {
  expect((await search({ outcome: 'REFUSED' })).nodes.map(({ mutation }) => mutation)).toEqual(['signIn'])
  expect((await search({ actorId: adaId })).totalCount).toBe(1)
  expect((await search({ mutation: 'installationSetUp' })).totalCount).toBe(1)
  expect((await search({ until: '2020-01-01T00:00:00Z' })).totalCount).toBe(0)
  expect((await search({ since: '2020-01-01T00:00:00Z' })).totalCount).toBe(2)
  expect((await search({ subjectId: adaId })).totalCount).toBe(0)
  await ada.ask(`mutation($input: MoveInput!) { accountDisable(input: $input) { userErrors { code } } }`, { id: adaId })
  expect((await search({ subjectId: adaId })).nodes).toMatchObject([{ mutation: 'accountDisable', code: 'LAST_ADMIN' }])
})

test('the sequencer chains what was written, and the chain is verified on request', async () => {
  const verify = () =>
    ada.ask<{ ok: boolean; entries: number; head: string; detail: string }>(
      `{ auditVerification { ok entries head brokenAt detail } }`,
    )
  for (let tries = 0; tries < 100 && (await verify()).entries < 3; tries++) await sleep(20)
  const found = await verify()
  expect(found).toMatchObject({ ok: true, entries: 3, brokenAt: null })
  const { nodes } = await search()
  expect(nodes.map(({ seq }) => seq)).toEqual([3, 2, 1])
  expect(nodes[0]!.hash).toBe(found.head)
})

test('the API of accounts and audit is the one that was agreed', async () => {
  const { readFile } = await import('node:fs/promises')
  const agreed = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8')
  const names = [
    'Account',
    'AccountPayload',
    'AccountCreatePayload',
    'AccountState',
    'ApiToken',
    'ApiTokenCreatePayload',
    'AuditEntry',
    'AuditFilter',
    'AuditVerification',
    'Grant',
    'Installation',
    'Role',
    'RoleDefinition',
    'SignOutPayload',
    'Viewer',
    'ViewerPayload',
    'ViewerPermission',
    'SignInInput',
    'InstallationSetUpInput',
    'GrantCreateInput',
    'ApiTokenCreateInput',
  ]
  const lines = (text: string, name: string) => {
    const block = new RegExp(`^(type|input|enum) ${name}( implements Node)? \\{\\n([\\s\\S]*?)\\n\\}`, 'm').exec(
      text,
    )?.[3]
    return (block ?? '')
      .replace(/^ *""".*"""\n/gm, '')
      .replace(/^ *"""\n[\s\S]*?"""\n/gm, '')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .toSorted()
  }
  const ours = printSchema(schema)
  for (const name of names) {
    expect(lines(agreed, name).length, name).toBeGreaterThan(0)
    expect(lines(ours, name), name).toEqual(expect.arrayContaining(lines(agreed, name)))
  }
})

test('an entry, an account and a grant are found by their ids by those who may list them', async () => {
  const context = (rights: ReturnType<typeof rightsOf>) =>
    ({
      em: orm.em.fork(),
      viewer: makeViewer({ accountId: uuidv7(), name: 'x', via: 'session' }, rights),
    }) as unknown as Context
  const [entry] = await database.rows<{ uuid: string }>(`select uuid from audit_entry limit 1`)
  const [grant] = await database.rows<{ uuid: string; account_id: string }>(
    `select uuid, account_id from account_grant`,
  )
  const admin = context(rightsOf([{ role: 'ADMIN', scopeId: null }]))
  const viewer = context(rightsOf([{ role: 'VIEWER', scopeId: null }]))
  for (const [who, size] of [
    [admin, 1],
    [viewer, 0],
  ] as const) {
    expect((await auditNodeLoaders.aud(who, [entry!.uuid])).size).toBe(size)
    expect((await accountNodeLoaders.acc(who, [grant!.account_id])).size).toBe(size)
    expect((await accountNodeLoaders.grt(who, [grant!.uuid])).size).toBe(size)
  }
})
