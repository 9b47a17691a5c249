import { expect, test } from 'vitest'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { updateItem } from '../../server/item/item.service.ts'
import { explain } from '../../server/kernel/cause.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { rows } from '../../server/kernel/sql.ts'
import { runReconciliation } from '../../server/reconciliation/reconciliation.job.ts'
import { runOnTime } from '../../server/reconciliation/schedule.ts'
import { aViewer, makeItems, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { ERRORS, reconciliationOfTests } from '../support/reconciling.ts'
import { countStatements } from '../support/statements.ts'

const { enqueued, jobs, estate, viewer, sql, ask, save, run, resultsOf, see, seeEdge, pair, observe } =
  reconciliationOfTests()

test('a dry run says what it would link and find, and writes nothing; the run for real does it', async () => {
  const { task } = await save({ name: 'Applications', classNames: ['Application'] })
  const seen = await see('Application', 'till')
  await see('Application', 'stranger')
  await estate.change((em) => makeItems(em, 'Application', ['till']))
  const linked = () => sql('select from configuration_item where actual_item_id = $1', [seen.uuid])
  const dry = await run(task.id, true)
  expect(dry).toMatchObject({
    dryRun: true,
    preview: {
      totalCount: 2,
      nodes: [
        {
          kind: 'LINK',
          code: 'LINKED',
          message: 'till would be linked by the same name.',
          configurationItem: { name: 'till' },
          actualItem: { name: 'till' },
        },
        {
          kind: 'UNEXPECTED',
          code: 'NOT_AUTHORIZED',
          message: 'stranger is seen, and nobody authorized it.',
          configurationItem: null,
          actualItem: { name: 'stranger' },
        },
      ],
    },
  })
  expect(await linked()).toEqual([])
  expect(await resultsOf(task.id)).toEqual([])
  const real = await run(task.id)
  expect(real).toMatchObject({ compared: 1, matches: 1, preview: { totalCount: 0 } })
  expect(real.kinds).toEqual(
    expect.arrayContaining([
      { kind: 'MATCH', count: 1 },
      { kind: 'LINK', count: 1 },
      { kind: 'UNEXPECTED', count: 1 },
    ]),
  )
  expect(await linked()).toHaveLength(1)
  expect((await resultsOf(task.id)).map(({ kind, state, code }) => [kind, state, code])).toEqual(
    expect.arrayContaining([
      ['UNEXPECTED', 'OPEN', 'NOT_AUTHORIZED'],
      ['LINK', 'RESOLVED', 'LINKED'],
    ]),
  )
})

test('rules are asked in their order; a weak one only proposes, and a person links the pair by hand', async () => {
  const { task } = await save({
    name: 'Weak',
    classNames: ['Site'],
    linkRules: [
      { by: 'ATTRIBUTE', attribute: 'code', strength: 'STRONG' },
      { by: 'NAME', strength: 'WEAK' },
    ],
    caseSensitive: false,
  })
  const [bergen, oslo] = await estate.change((em) =>
    makeItems(em, 'Site', ['Bergen', 'Oslo'], { attributes: { code: 'X' } }),
  )
  await estate.change((em) =>
    updateItem(em, estate.catalogue.now, { id: bergen!.id, attributes: { code: 'BGO' } }, viewer),
  )
  await see('Site', 'Bryggen', { code: 'bgo' })
  const seen = await see('Site', 'OSLO')
  await run(task.id)
  const open = await resultsOf(task.id, { states: ['OPEN'], kinds: ['LINK_FAILURE'] })
  expect(open).toMatchObject([{ code: 'WEAK_CANDIDATES', candidates: [{ name: 'Oslo' }] }])
  expect(open[0]!.message).toContain('One item has the same name as OSLO')
  const link = (itemId: string, actualItemId: string) =>
    ask(
      `mutation($input: ReconciliationLinkInput!) { reconciliationLink(input: $input) { item { name } ${ERRORS} } }`,
      { itemId, actualItemId },
    )
  expect((await link(bergen!.id, seen.id)).userErrors[0]!.message).toBe('Bergen is linked with what was seen already.')
  expect((await link(oslo!.id, seen.id)).userErrors).toEqual([])
  await run(task.id)
  expect(await resultsOf(task.id, { states: ['OPEN'], kinds: ['LINK_FAILURE'] })).toEqual([])
})

test('relationships are compared too: what only one side has is a mismatch of its source', async () => {
  const { task } = await save({ name: 'Edges', classNames: ['ComputerSystem'], depth: 1 })
  const [web, db, cache] = await Promise.all(['e-web', 'e-db', 'e-cache'].map((name) => pair('ComputerSystem', name)))
  const on = (one: { item: ConfigurationItem }, other: { item: ConfigurationItem }) => ({
    type: 'dependsOn',
    sourceId: one.item.uuid,
    targetId: other.item.uuid,
  })
  await estate.change((em) => relate(em, [on(web!, db!), on(db!, cache!)]))
  await seeEdge('dependsOn', web!.actual, cache!.actual)
  await run(task.id)
  const results = await resultsOf(task.id, { states: ['OPEN'], kinds: ['MISMATCH'] })
  // Of e-db discovery sees no relationship at all, so that it does not see this one says nothing.
  expect(results).toMatchObject([
    {
      code: 'RELATIONSHIPS_DIFFER',
      relationships: [
        { type: 'dependsOn', other: 'e-cache', authorized: false },
        { type: 'dependsOn', other: 'e-db', authorized: true },
      ],
    },
  ])
  const flat = await save({ name: 'No edges', classNames: ['ComputerSystem'], depth: 0 })
  await run(flat.task.id)
  expect(await resultsOf(flat.task.id, { kinds: ['MISMATCH'] })).toEqual([])
})

test('what a task ignores, and what a rule ignores, is not shown from the next run on; the rule can be taken back', async () => {
  const { task } = await save({ name: 'Ports', classNames: ['ComputerSystem'], attributes: ['port', 'role'], depth: 0 })
  const { actual, item } = await pair('ComputerSystem', 'i-web', { port: 80, role: 'web' })
  await aMoment()
  await observe(actual, { port: 81, role: 'db' })
  const open = async () => {
    await run(task.id)
    const found = await resultsOf(task.id, { states: ['OPEN'], itemId: item.id })
    return found.flatMap(({ differences }) => differences.map(({ attribute }) => attribute)).toSorted()
  }
  expect(await open()).toEqual(['port', 'role'])
  const ignore = (input: object) =>
    ask<{ rule: { id: string } }>(
      `mutation($input: ReconciliationIgnoreRuleSaveInput!) { reconciliationIgnoreRuleSave(input: $input) { rule { id } ${ERRORS} } }`,
      input,
    )
  expect((await ignore({ reason: 'all' })).userErrors[0]!.message).toMatch(/would ignore everything/)
  const { rule } = await ignore({ attribute: 'port', configurationItemId: item.id, reason: 'behind a proxy' })
  expect(await open()).toEqual(['role'])
  await save({
    id: task.id,
    name: 'Ports',
    classNames: ['ComputerSystem'],
    attributes: ['port', 'role'],
    depth: 0,
    ignoredAttributes: ['role'],
  })
  expect(await open()).toEqual([])
  await ignore({
    id: rule.id,
    active: false,
    attribute: 'port',
    configurationItemId: item.id,
    reason: 'behind a proxy',
  })
  expect(await open()).toEqual(['port'])
})

test('a change that no deployment explains is drift, on the result, on the item and in the counts of Now', async () => {
  const { task } = await save({ name: 'Drift', classNames: ['SoftwareInstallation'], depth: 0 })
  const [bare, brought] = [
    await pair('SoftwareInstallation', 'd-shop', { package: 'shop', version: '1.0.0' }),
    await pair('SoftwareInstallation', 'd-till', { package: 'till', version: '1.0.0' }),
  ]
  await aMoment()
  await observe(bare.actual, { version: '6.6.6' })
  await estate.change(async (em) => {
    await explain(em, { cause: 'DEPLOYMENT', originId: 'dpl_0', originNumber: 'DPL-7' })
    await rows(em, `update actual_item set attributes = attributes || '{"version": "2.0.0"}' where uuid = $1`, [
      brought.actual.uuid,
    ])
  })
  await run(task.id)
  expect(await resultsOf(task.id, { states: ['OPEN'], itemId: bare.item.id })).toMatchObject([
    {
      explanation: 'UNEXPLAINED',
      differences: [{ attribute: 'version', explanation: 'UNEXPLAINED', deploymentNumber: null }],
    },
  ])
  expect(await resultsOf(task.id, { states: ['OPEN'], itemId: brought.item.id })).toMatchObject([
    { explanation: 'EXPLAINED', differences: [{ deploymentNumber: 'DPL-7' }] },
  ])
  expect(await resultsOf(task.id, { unexplained: true })).toHaveLength(1)
  const text = `query($id: ID!) { configurationItem(id: $id) { observedChanges { attribute value deploymentNumber } } now { unexplainedDrift } }`
  const [open] = await sql<{ n: number }>(
    `select count(*)::int as n from reconciliation_result where state = 'OPEN' and explanation = 'UNEXPLAINED'`,
  )
  expect(open!.n).toBeGreaterThan(0)
  expect(await estate.query(text, { id: bare.item.id })).toEqual({
    configurationItem: { observedChanges: [{ attribute: 'version', value: '6.6.6', deploymentNumber: null }] },
    now: { unexplainedDrift: open!.n },
  })
})

test('many results are decided at once or not at all, and what is not as it was compared is refused', async () => {
  const { task } = await save({ name: 'Bulk', classNames: ['ComputerSystem'], attributes: ['arch'], depth: 0 })
  const pairs = await Promise.all([1, 2, 3].map((n) => pair('ComputerSystem', `b-${n}`, { arch: 'x64' })))
  for (const { actual } of pairs) await observe(actual, { arch: 'arm64' })
  await run(task.id)
  const open = async () => (await resultsOf(task.id, { states: ['OPEN'], kinds: ['MISMATCH'] })).map(({ id }) => id)
  const ids = await open()
  expect(ids).toHaveLength(3)
  const decide = () =>
    ask<{ results: object[] }>(
      `mutation($input: ReconciliationResultsResolveInput!) { reconciliationResultsResolve(input: $input) { results { id state } ${ERRORS} } }`,
      { ids, action: 'acceptActual', comment: 'new machines' },
    )
  await observe(pairs[1]!.actual, { arch: 'riscv' })
  expect((await decide()).userErrors[0]!.message).toMatch(/arch of b-2 was seen as "riscv" since/)
  expect(await open()).toHaveLength(3)
  await observe(pairs[1]!.actual, { arch: 'arm64' })
  const { results, userErrors } = await decide()
  expect(userErrors).toEqual([])
  expect(results).toHaveLength(3)
  expect(await open()).toEqual([])
  const arch = await sql(`select distinct attributes->>'arch' as arch from configuration_item where name like 'b-_'`)
  expect(arch).toEqual([{ arch: 'arm64' }])
})

test('the clock starts a task at its time, once, and sets the next; a changed or inactive task is not started', async () => {
  const { task } = await save({ name: 'Hourly', classNames: ['Site'], everyMinutes: 60 })
  const [first] = enqueued.splice(0)
  expect(first).toMatchObject({ queue: 'reconciliation-clock', options: { startAfterSeconds: expect.any(Number) } })
  const { taskId, at } = first!.data as { taskId: string; at: string }
  await runOnTime(estate.orm.em, { jobs }, taskId, at)
  expect(enqueued.map(({ queue }) => queue)).toEqual(['reconciliation', 'reconciliation-clock'])
  await runReconciliation(estate.orm.em, (enqueued[0]!.data as { runId: string }).runId, estate.services)
  enqueued.splice(0)
  await runOnTime(estate.orm.em, { jobs }, taskId, at)
  expect(enqueued).toEqual([])
  await save({ id: task.id, name: 'Hourly', active: false, everyMinutes: 60 })
  expect(enqueued).toEqual([])
  const { userErrors } = await ask(
    `mutation($input: ReconciliationStartInput!) { reconciliationStart(input: $input) { run { id } ${ERRORS} } }`,
    { taskId: task.id },
  )
  expect(userErrors[0]).toMatchObject({ rule: 'active task' })
})

test('a task with a wrong name, class, attribute, rule or depth is refused in words, and one of a site by whom it is not given', async () => {
  const wrong: [object, RegExp][] = [
    [{ name: ' ' }, /1 to 100 characters/],
    [{ name: 'everything' }, /already a task called everything/],
    [{ name: 'W', classNames: ['Ship'] }, /no item class "Ship"/],
    [{ name: 'W', attributes: ['sails'] }, /No class has an attribute "sails"/],
    [{ name: 'W', linkRules: [{ by: 'ATTRIBUTE', strength: 'WEAK' }] }, /names the attribute/],
    [{ name: 'W', depth: 9 }, /depth is from 0 to 8; 9 was given/],
    [{ name: 'W', everyMinutes: 0 }, /everyMinutes is from 1 to 44640/],
  ]
  for (const [input, words] of wrong) expect((await save(input)).userErrors[0]?.message).toMatch(words)
  expect((await save({ name: 'W' }, aViewer([uuidv7()]))).userErrors[0]!.rule).toBe('reconciliation.run')
})

test('a list of results takes a fixed number of statements', async () => {
  const statements = await countStatements(() => resultsOf('rct_01936000000070008000000000000002'))
  expect(statements.length).toBeLessThanOrEqual(3)
})
