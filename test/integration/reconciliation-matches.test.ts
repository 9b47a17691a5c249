// Pairs without a difference are results too: kept narrowly, listed where they are asked for.
import 'reflect-metadata'
import { expect, test } from 'vitest'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { reconciliationNodeLoaders } from '../../server/reconciliation/reconciliation.reads.ts'
import { aViewer, makeItems } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { aReconciledEstate } from '../support/reconciliation.ts'
import { countStatements } from '../support/statements.ts'

const estate = aReconciledEstate()
const observe = (uuid: string, attributes: object) =>
  estate.sql('update actual_item set attributes = attributes || $2::jsonb where uuid = $1', [
    uuid,
    JSON.stringify(attributes),
  ])
const hosts = { classNames: ['ComputerSystem'], attributes: ['port', 'role'], depth: 0 }

interface Listed {
  id: string
  kind: string
  state: string
  code: string
  message: string
  resolvedAt: string
  allowedActions: string[]
  run: { number: string }
  task: { name: string }
  configurationItem: { name: string }
  compared: { attribute: string; authorized: unknown; actual: unknown }[]
}
const LISTED = `id kind state code message resolvedAt allowedActions run { number } task { name } configurationItem { name }
  compared { attribute authorized actual }`
const listed = async (filter: object, who = aViewer()) => {
  const text = `query($filter: ReconciliationResultFilter) { reconciliationResults(first: 200, filter: $filter) { totalCount nodes { ${LISTED} } } }`
  type Answer = { reconciliationResults: { totalCount: number; nodes: Listed[] } }
  const { totalCount, nodes } = (await estate.query<Answer>(text, { filter }, who)).reconciliationResults
  expect(totalCount).toBe(nodes.length)
  return nodes
}
const counts = async (filter: object) => {
  const text = `query($filter: ReconciliationResultFilter) { reconciliationCounts(filter: $filter) { kind count } }`
  type Answer = { reconciliationCounts: { kind: string; count: number }[] }
  const { reconciliationCounts } = await estate.query<Answer>(text, { filter })
  return Object.fromEntries(reconciliationCounts.map(({ kind, count }) => [kind, count]))
}

test('a match is listed where it is asked for, with its task, its values and since when, until it differs', async () => {
  const [alike, other] = [
    await estate.pair('ComputerSystem', 'alike', { attributes: { port: 80, role: 'web' } }),
    await estate.pair('ComputerSystem', 'other', { attributes: { port: 80 } }),
  ]
  await observe(other.actual.uuid, { port: 81 })
  const store = await estate.pair('ComputerSystem', 'spare', { state: 'INVENTORY', attributes: { port: 1 } })
  await estate.lose(store.actual)
  const taskId = await estate.task({ name: 'Hosts', ...hosts })
  await estate.run(taskId)
  // Nobody who looks for what differs meets them.
  expect((await listed({ taskId })).map(({ kind }) => kind)).toEqual(['MISMATCH'])
  expect(await counts({ taskId, states: ['OPEN'] })).toEqual({ MISMATCH: 1, MATCH: 2 })
  const matches = await listed({ taskId, kinds: ['MATCH'] })
  expect(matches.map(({ message, code }) => [message, code]).toSorted()).toEqual([
    ['alike is as it should be.', 'AS_AUTHORIZED'],
    ['spare is not seen, and nobody expects to see it: it is INVENTORY.', 'NOT_EXPECTED'],
  ])
  const first = matches.find(({ configurationItem }) => configurationItem.name === 'alike')!
  expect(first).toMatchObject({
    state: 'RESOLVED',
    allowedActions: [],
    task: { name: 'Hosts' },
    compared: expect.arrayContaining([
      { attribute: 'port', authorized: 80, actual: 80 },
      { attribute: 'role', authorized: 'web', actual: 'web' },
    ]),
  })
  expect((await listed({ taskId, kinds: ['MATCH', 'MISMATCH'] })).map(({ kind }) => kind).toSorted()).toEqual([
    'MATCH',
    'MATCH',
    'MISMATCH',
  ])
  const uuid = uuidOf(first.id, 'rcn')
  expect((await reconciliationNodeLoaders.rcn(estate.context(), [uuid])).get(uuid)).toMatchObject({ kind: 'MATCH' })

  // What holds is not written again: it is the same row with the same instant, found again by the last run.
  await aMoment()
  await estate.run(taskId)
  const [again] = await listed({ kinds: ['MATCH'], itemId: alike.item.id })
  expect(again).toMatchObject({ id: first.id, resolvedAt: first.resolvedAt })
  expect(again!.run.number).not.toBe(first.run.number)

  await observe(alike.actual.uuid, { port: 8080 })
  await observe(other.actual.uuid, { port: 80 })
  await estate.run(taskId)
  const now = await listed({ taskId, kinds: ['MATCH'] })
  expect(now.map(({ configurationItem }) => configurationItem.name).toSorted()).toEqual(['other', 'spare'])
  expect(await counts({ taskId, states: ['OPEN'] })).toEqual({ MISMATCH: 1, MATCH: 2 })
})

test('a run that finds nothing new writes no row of a match', async () => {
  const taskId = await estate.task({ name: 'Still', ...hosts })
  await estate.run(taskId)
  const written = () => estate.sql('select uuid, xmin::text, since from reconciliation_match order by uuid')
  const before = await written()
  expect(before.length).toBeGreaterThan(0)
  await estate.run(taskId)
  expect(await written()).toEqual(before)
})

test('a match is seen by whom its item is given, and nothing about it can be decided', async () => {
  const { item } = await estate.pair('ComputerSystem', 'mine', { attributes: { port: 80 } })
  const taskId = await estate.task({ name: 'Mine', ...hosts })
  await estate.run(taskId)
  const [match] = await listed({ taskId, itemId: item.id, kinds: ['MATCH'] })
  const [elsewhere] = await estate.change((em) => makeItems(em, 'Site', ['elsewhere']))
  expect(await listed({ taskId, kinds: ['MATCH'] }, aViewer([elsewhere!.uuid]))).toEqual([])
  expect(await listed({ taskId, kinds: ['MATCH'] }, aViewer([item.uuid]))).toMatchObject([{ id: match!.id }])
  const decide = (who = aViewer()) =>
    estate.ask(
      'reconciliationResultResolve',
      'ReconciliationResultResolveInput',
      { id: match!.id, action: 'ignore' },
      'result { id }',
      who,
    )
  expect((await decide()).userErrors).toEqual([
    { message: 'mine is as it should be. There is nothing to decide about a match.', rule: 'something to decide' },
  ])
  expect((await decide(aViewer([elsewhere!.uuid]))).userErrors[0]!.message).toContain(
    'There is no reconciliation result',
  )
})

test('a list of matches takes as many statements however long it is', async () => {
  const statements = await countStatements(() => listed({ kinds: ['MATCH'] }))
  // The list, its total, runs, tasks, items, actual items, the mappings of promotion scopes.
  expect(statements.length).toBeLessThanOrEqual(7)
})
