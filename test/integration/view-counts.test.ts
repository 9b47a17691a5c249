/** How many rows each of several filters has: what the badges of saved views show. */
import { beforeAll, describe, expect, test } from 'vitest'
import { anApp, type Person } from '../support/app.ts'
import { anAppEstate, type AppEstate } from '../support/app-estate.ts'
import { countStatementsMeanwhile } from '../support/statements.ts'
import { until } from '../support/until.ts'

const app = anApp()
let estate: AppEstate
let austinOnly: Person

/** List → its counts, the type of its filter, its table, and filters that tell its rows apart. */
const LISTS = [
  ['releases', 'releaseCounts', 'ReleaseFilter', [{}, { states: ['DRAFT'] }, { search: 'nothing like it' }]],
  ['tasks', 'taskCounts', 'TaskFilter', [{}, { mine: true }, { mine: false, states: ['READY'] }]],
  [
    'deployments',
    'deploymentCounts',
    'DeploymentFilter',
    [{ active: true }, {}, { search: 'zz' }, { states: ['DRAFT'] }],
  ],
  ['configurationItems', 'itemCounts', 'ConfigurationItemFilter', [{}, { classNames: ['Site'] }, { search: 'austin' }]],
  [
    'reconciliationResults',
    'reconciliationResultCounts',
    'ReconciliationResultFilter',
    [{}, { states: ['OPEN'] }, { kinds: ['MATCH'] }],
  ],
  ['auditEntries', 'auditCounts', 'AuditFilter', [{}, { outcome: 'REFUSED' }, { mutation: 'releaseCreate' }]],
] as const

beforeAll(async () => {
  estate = await anAppEstate(app, 2)
  await estate.draft()
  await app.admin.tries('releasePlan', { id: 'rls_0' })
  const { librarian } = estate
  await librarian.does('reconciliationTaskSave', { name: 'All', linkRules: [{ by: 'NAME', strength: 'STRONG' }] })
  await librarian.does('reconciliationStart', {})
  const matches = [{ kinds: ['MATCH'] }]
  await until(
    () => countsOf(app.admin, 'reconciliationResultCounts', 'ReconciliationResultFilter', matches),
    ([all]) => all!.count > 0,
  )
  austinOnly = await app.person('ADMIN', estate.site('Austin'))
}, 120_000)

type Counts = { count: number; more: boolean }[]
const countsOf = async (who: Person, field: string, type: string, filters: readonly object[]) =>
  (
    await who.query<{ counts: Counts }>(
      `query($filters: [${type}!]!) { counts: ${field}(filters: $filters) { count more } }`,
      { filters },
    )
  ).counts
const totalOf = async (who: Person, list: string, type: string, filter: object) =>
  (
    await who.query<{ list: { totalCount: number } }>(
      `query($filter: ${type}) { list: ${list}(first: 1, filter: $filter) { totalCount } }`,
      { filter },
    )
  ).list.totalCount

describe.each(LISTS)('%s', (list, field, type, filters) => {
  test('are counted as the list itself counts them, for everybody what they see', async () => {
    for (const who of [app.admin, austinOnly]) {
      const totals = []
      for (const filter of filters) totals.push(await totalOf(who, list, type, filter))
      expect(await countsOf(who, field, type, filters)).toEqual(totals.map((count) => ({ count, more: false })))
    }
    const counted = await countsOf(app.admin, field, type, filters)
    expect(Math.max(...counted.map(({ count }) => count))).toBeGreaterThan(0)
  })

  test('are counted in one statement however many filters there are, and refused beyond 50', async () => {
    const statements = async (number: number) =>
      (
        await countStatementsMeanwhile(() =>
          countsOf(
            app.admin,
            field,
            type,
            Array.from({ length: number }, () => filters[1]),
          ),
        )
      ).filter((text) => text.includes('as c0'))
    expect(await statements(1)).toHaveLength(1)
    expect(await statements(50)).toHaveLength(1)
    expect(await countsOf(app.admin, field, type, [])).toEqual([])
    const tooMany = Array.from({ length: 51 }, () => ({}))
    await expect(countsOf(app.admin, field, type, tooMany)).rejects.toThrow('One call counts at most 50 lists; 51')
  })
})

test('what is more than 1,000 is said to be more', async () => {
  await app.database.rows(
    `insert into release select (jsonb_populate_record(r, jsonb_build_object('uuid', gen_random_uuid(), 'ordinal', 100000 + n))).*
       from release r, generate_series(1, 1001) n where r.uuid = (select uuid from release limit 1)`,
  )
  const filters = [{}, { search: 'nothing like it' }]
  expect(await countsOf(app.admin, 'releaseCounts', 'ReleaseFilter', filters)).toEqual([
    { count: 1_000, more: true },
    { count: 0, more: false },
  ])
})
