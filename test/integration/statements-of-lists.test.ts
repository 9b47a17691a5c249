import 'reflect-metadata'
import {
  execute,
  getNamedType,
  isEnumType,
  isNonNullType,
  isObjectType,
  isScalarType,
  parse,
  subscribe,
  type ExecutionResult,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeViewer, rightsOf } from '../../server/account/viewer.ts'
import { roles, type Role } from '../../server/account/permissions.ts'
import type { Context } from '../../server/kernel/context.ts'
import type { LoggedEvent } from '../../server/kernel/event-log.ts'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { buildSchema } from '../../server/schema.ts'
import { anApp } from '../support/app.ts'
import { anAppEstate } from '../support/app-estate.ts'
import { countStatements } from '../support/statements.ts'

const app = anApp()
let schema: GraphQLSchema

/** List of the API → its table. Rows are copied there, with other names and numbers, to have more of them. */
const TABLES: Record<string, string> = {
  accounts: 'account',
  apiTokens: 'api_token',
  auditEntries: 'audit_entry',
  deployments: 'deployment',
  discoveryRuns: 'discovery_run',
  identityQuestions: 'identity_question',
  managementProducts: 'management_product',
  packages: 'package',
  reconciliationIgnoreRules: 'reconciliation_ignore_rule',
  reconciliationRuns: 'reconciliation_run',
  reconciliationTasks: 'reconciliation_task',
  releases: 'release',
  repositories: 'repository',
  savedViews: 'saved_view',
  tasks: 'task',
}
/** These have their own tests: default-views.test.ts, items.test.ts, items-in-memory.test.ts, discovery.test.ts, reconciliation-tasks.test.ts and reconciliation-reach.test.ts. */
const ELSEWHERE = ['actualItems', 'configurationItems', 'defaultViews', 'reconciliationResults', 'unplannedChanges']

beforeAll(async () => {
  schema = buildSchema()
  const estate = await anAppEstate(app, 2)
  const { librarian } = estate
  for (const who of [app.admin, librarian]) await who.does('apiTokenCreate', { name: 'For a script' })
  await app.admin.does('savedViewCreate', { name: 'All', path: '/items', shared: true })
  await librarian.does('reconciliationStart', {})
  await librarian.does('reconciliationTaskSave', { name: 'All', linkRules: [{ by: 'NAME', strength: 'STRONG' }] })
  await librarian.does('reconciliationIgnoreRuleSave', { attribute: 'Comment', reason: 'Of no use.' })
  await app.database.rows(
    `insert into identity_question (uuid, number, kind, state, run_id, product_id, item_id, candidates, rule, evidence)
     select gen_random_uuid(), 'Q-' || a.name, 'PROPOSED', 'OPEN', r.uuid, r.product_id, a.uuid, array[a.uuid], 'name', '{}'
       from actual_item a, discovery_run r order by a.name limit 2`,
  )
  await estate.draft()
  await estate.validated((await estate.draft()).id)
})

/** Leaves of a type that need no argument, and one level below: what people look at in a list. */
function selectionOf(type: GraphQLObjectType, deep: boolean): string {
  return Object.values(type.getFields())
    .filter(({ args }) => !args.some((arg) => isNonNullType(arg.type) && arg.defaultValue === undefined))
    .map((field) => partOf(field, deep))
    .filter(Boolean)
    .join(' ')
}

function partOf({ name, type, args }: GraphQLField<unknown, unknown>, deep: boolean): string {
  const named = getNamedType(type)
  if (isScalarType(named) || isEnumType(named)) return name
  if (!deep || !isObjectType(named)) return ''
  const call = args.some((arg) => arg.name === 'first') ? `${name}(first: 2)` : name
  const nodes = named.getFields().nodes
  if (!nodes) return `${call} { ${selectionOf(named, false) || '__typename'} }`
  return `${call} { totalCount nodes { ${selectionOf(getNamedType(nodes.type) as GraphQLObjectType, false)} } }`
}

function documentOf(list: string): string {
  const connection = getNamedType(schema.getQueryType()!.getFields()[list]!.type) as GraphQLObjectType
  const node = getNamedType(connection.getFields().nodes!.type) as GraphQLObjectType
  const path = list === 'savedViews' ? ', path: "/items"' : ''
  return `{ ${list}(first: 200${path}) { totalCount pageInfo { hasNextPage endCursor } nodes { ${selectionOf(node, true)} } } }`
}

/** Who may do everything asks; the log stands still. */
function contextOfAll(events: Partial<Context['events']> = {}): Context {
  const viewer = makeViewer(
    { accountId: uuidOf(app.admin.id, 'acc'), name: 'Ada Admin', via: 'session' },
    rightsOf((Object.keys(roles) as Role[]).map((role) => ({ role, scopeId: null }))),
  )
  const log = { epoch: '00000000', head: () => 0, positionAt: (seq: number) => `00000000:${seq}`, ...events }
  return {
    em: app.app.orm.em.fork(),
    viewer,
    requestId: 'r1',
    loaders: new Map(),
    services: app.app.services,
    events: log as Context['events'],
  }
}

async function looked(list: string): Promise<{ rows: number; statements: string[] }> {
  let rows = 0
  const statements = await countStatements(async () => {
    const contextValue = contextOfAll()
    const answer = await execute({ schema, document: parse(documentOf(list)), contextValue })
    expect(answer.errors, list).toBeUndefined()
    rows = (answer.data as Record<string, { nodes: unknown[] }>)[list]!.nodes.length
  })
  return { rows, statements }
}

/** How often each statement was sent. */
const times = (statements: string[]) =>
  Object.fromEntries([...Map.groupBy(statements, (text) => text)].map(([text, all]) => [text, all.length]))

/** Copies each row of a table; what must be unique gets another value. */
async function copyRows(table: string, times: number): Promise<void> {
  const columns = await app.database.rows<{ name: string; type: string; only: boolean }>(
    `select a.attname as name, format_type(a.atttypid, null) as type,
            exists (select from pg_index i where i.indrelid = a.attrelid and i.indisunique and a.attnum = any(i.indkey)) as only
       from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped
        and a.attgenerated = '' and a.attidentity = '' and a.attname <> 'ordinal'`,
    [table],
  )
  const other = ({ name, type, only }: (typeof columns)[number]) => {
    if (table === 'audit_entry' && ['seq', 'hash', 'previous_hash'].includes(name)) return 'null'
    if (only && type === 'uuid' && name === 'uuid') return 'gen_random_uuid()'
    if (only && type === 'uuid[]') return 'array[gen_random_uuid()]'
    if (only && type === 'bytea') return `sha256(uuid_send(gen_random_uuid()))`
    if (type === 'text' && (only || ['name', 'number', 'login'].includes(name)) && !['kind', 'state'].includes(name))
      return `x.${name} || '-' || n || substr(x.uuid::text, 30)`
    return `x.${name}`
  }
  await app.database.rows(
    `insert into ${table} (${columns.map(({ name }) => name).join(', ')})
     select ${columns.map(other).join(', ')} from ${table} x, generate_series(1, $1) n`,
    [times],
  )
}

describe('a list takes as many statements for a full page as for a few rows:', () => {
  test('every list of the API is looked at here or in a test of its own', () => {
    const lists = Object.values(schema.getQueryType()!.getFields()).filter(({ type }) =>
      /Connection!?$/.test(String(type)),
    )
    expect(lists.map(({ name }) => name).toSorted()).toEqual([...Object.keys(TABLES), ...ELSEWHERE].toSorted())
  })

  test.each(Object.entries(TABLES))('%s', async (list, table) => {
    const few = await looked(list)
    expect(few.rows).toBeGreaterThan(0)
    await copyRows(table, Math.ceil(40 / few.rows))
    const many = await looked(list)
    expect(many.rows).toBeGreaterThanOrEqual(40)
    expect(times(many.statements)).toEqual(times(few.statements))
  })
})

test('the feed of what happens names who did it in one statement for all events that come at once', async () => {
  const feed = async (count: number) => {
    const actor = uuidOf(app.admin.id, 'acc')
    const events = Array.from({ length: count }, (_, index): LoggedEvent => {
      const seq = index + 1
      const what = { topic: 'release.changed' as const, subject: crypto.randomUUID(), version: 1, summary: 'planned' }
      return { seq, ...what, scopeIds: [], payload: null, actor, at: new Date() }
    })
    const position = `00000000:${count}`
    async function* read() {
      yield { seq: count, position, resync: false, events }
    }
    let heard = 0
    const statements = await countStatements(async () => {
      const document = parse('subscription { activity { topic nodeId summary actor at position } }')
      const stream = await subscribe({ schema, document, contextValue: contextOfAll({ read }) })
      for await (const { data, errors } of stream as AsyncGenerator<ExecutionResult>) {
        expect(errors).toBeUndefined()
        expect(data).toMatchObject({ activity: { actor: 'Ada Admin', summary: 'planned' } })
        heard++
      }
    })
    expect(heard).toBe(count)
    return statements.length
  }
  expect(await feed(1)).toBe(1)
  expect(await feed(50)).toBe(1)
})
