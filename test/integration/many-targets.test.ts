/** Many targets of a deployment are tried again, left out or settled by one call: all or none, and each that stands against it is named. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { anApp } from '../support/app.ts'
import { anAppEstate, faultAt, type AppEstate, type Item } from '../support/app-estate.ts'
import { until } from '../support/until.ts'

const app = anApp()
let estate: AppEstate
let id: string
/** Ids of targets by the name of their item. */
const targets = new Map<string, string>()

const bad = () => estate.items.slice(0, 3)
const idsOf = (items: { name: string }[]) => items.map(({ name }) => targets.get(name)!)
const stateOf = async () =>
  Object.fromEntries((await estate.state(id)).targets.nodes.map(({ item, state }) => [item.name, state]))

beforeAll(async () => {
  estate = await anAppEstate(app, 6)
  for (const { name } of bad()) await faultAt(estate.hosts.hosts, name, { step: 'copy', fault: 'fail' })
  ;({ id } = await estate.approved({ items: estate.items }))
  await estate.deployer.does('deploymentStart', { id })
  await estate.ends(id, 'PARTIAL')
  for (const target of (await estate.state(id)).targets.nodes) targets.set(target.item.name, target.id)
})

test('a mixed choice is refused as a whole, and each target that cannot is named', async () => {
  const good = estate.items.slice(3, 5)
  const before = await stateOf()
  const refused = await estate.deployer.tries('targetsRetry', { id, targetIds: idsOf([...bad(), ...good]) })
  expect(refused.map(({ code }) => code)).toEqual(['ILLEGAL_TRANSITION', 'ILLEGAL_TRANSITION'])
  for (const { name } of good) expect(refused.some(({ message }) => message.startsWith(name))).toBe(true)
  expect(await stateOf()).toEqual(before)
})

test('none, a stranger and a missing reason are refused in words', async () => {
  const say = async (mutation: string, input: object) =>
    (await estate.deployer.tries(mutation, { id, ...input })).map(({ message }) => message).join(' ')
  expect(await say('targetsRetry', { targetIds: [] })).toContain('1 to 20,000 targets are changed at once')
  expect(await say('targetsRetry', { targetIds: ['tgt_00000000-0000-7000-8000-000000000000'] })).toMatch(
    /no target|not/,
  )
  expect(await say('targetsExclude', { targetIds: idsOf(bad()) })).toMatch(/reason/i)
})

test('who reaches some of them only may not change the others', async () => {
  const tokyo = await app.person('DEPLOYER', estate.site('Tokyo'), 'Toki Tokyo')
  const refused = await tokyo.tries('targetsRetry', { id, targetIds: idsOf(bad()) })
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.every(({ code }) => code === 'NOT_FOUND')).toBe(true)
  expect(Object.values(await stateOf()).filter((state) => state === 'FAILED')).toHaveLength(3)
})

test('one call leaves out, another tries again, each with one entry in the audit log', async () => {
  const entries = () =>
    app.database.rows<{ n: number }>(`select count(*)::int as n from audit_entry where mutation like 'targets%'`)
  const [before] = await entries()
  const [out, ...again] = bad()
  await estate.deployer.does('targetsExclude', { id, targetIds: idsOf([out!]), reason: 'It is being replaced.' })
  for (const { name } of again) await faultAt(estate.hosts.hosts, name, null)
  await estate.deployer.does('targetsRetry', { id, targetIds: idsOf(again) })
  expect((await entries())[0]!.n - before!.n).toBe(2)
  const ended = await until(stateOf, (states) => again.every(({ name }) => states[name] === 'REPORTED_OK'))
  expect(ended[out!.name]).toBe('EXCLUDED')
})

test('the list tells which deployments changed since an instant', async () => {
  const changed = async (since: Date) =>
    (
      await estate.owner.query<{ deployments: { nodes: { id: string }[] } }>(
        'query($since: DateTime!) { deployments(first: 9, filter: { changedSince: $since }) { nodes { id } } }',
        { since: since.toISOString() },
      )
    ).deployments.nodes.map((one) => one.id)
  const still = async () => (await changed(new Date(Date.now() - 500))).length === 0
  await until(still, (isStill) => isStill)
  const since = new Date()
  expect(await changed(new Date(0))).toEqual([id])
  // The task of the first deployment is over with it.
  const { taskId } = await estate.planned(estate.items)
  const draft = await estate.draft({ items: estate.items.slice(5), taskId })
  expect(await changed(since)).toEqual([draft.id])
})

describe('targets in doubt', () => {
  /** Somebody else's lock on a host, which no attempt and no look gets past. */
  const lockAt = (name: string) => join(estate.hosts.hosts, name, 'state', 'lock.1000000')
  const inDoubt = () => estate.items.slice(1, 4)
  const well = () => estate.items[4]!
  let doubted: string
  const byName = async () =>
    Object.fromEntries((await estate.state(doubted)).targets.nodes.map((target) => [target.item.name, target]))

  beforeAll(async () => {
    for (const { name } of inDoubt()) await writeFile(lockAt(name), `${process.pid} -`)
    const { taskId } = await estate.planned(estate.items, ['1.0.0'])
    const items = [...inDoubt(), well()]
    const made = await estate.approved({ items, version: '1.0.0', taskId, pace: { attemptSeconds: 2 } })
    doubted = made.id
    await estate.deployer.does('deploymentStart', { id: doubted })
    await estate.ends(doubted, 'INTERVENTION', undefined, 60_000)
    targets.clear()
    for (const { name, id } of (await estate.state(doubted)).targets.nodes.map(({ item, id }) => ({ ...item, id })))
      targets.set(name, id)
    for (const { name } of inDoubt()) await rm(lockAt(name))
  }, 120_000)

  test('one that is not in doubt refuses all, by its name, and it must be said what was seen', async () => {
    const input = { id: doubted, outcome: 'OK' }
    const mixed = { ...input, targetIds: idsOf([inDoubt()[0]!, well()]), reason: 'I looked.' }
    const refused = await estate.deployer.tries('targetsResolve', mixed)
    expect(refused).toMatchObject([{ code: 'ILLEGAL_TRANSITION', message: expect.stringContaining(well().name) }])
    const silent = { ...input, targetIds: idsOf(inDoubt()) }
    expect(await estate.deployer.tries('targetsResolve', silent)).toMatchObject([
      { code: 'BAD_INPUT', field: ['reason'] },
    ])
    expect(await estate.approver.tries('targetsResolve', { ...silent, reason: 'I looked.' })).toMatchObject([
      { message: expect.stringContaining('deployment.control') },
    ])
    const seen = await byName()
    for (const { name } of inDoubt()) expect(seen[name]).toMatchObject({ state: 'IN_DOUBT' })
  })

  test('what a person found settles all of them with their attempts, and what is said to be there is looked at', async () => {
    const [first, second, third] = inDoubt() as [Item, Item, Item]
    const settle = (items: Item[], outcome: string, reason: string) =>
      estate.deployer.does('targetsResolve', { id: doubted, targetIds: idsOf(items), outcome, reason })
    await settle([first, second], 'OK', 'The console says 1.0.0.')
    await settle([third], 'FAILED', 'The console says 1.1.0.')
    const audited = await app.database.rows<{ outcome: string }>(
      `select outcome from audit_entry where mutation = 'targetsResolve' and outcome = 'ACCEPTED'`,
    )
    expect(audited).toHaveLength(2)
    // They never had it: the word of a person is looked at like that of a module.
    await estate.ends(doubted, 'PARTIAL', 'CONTRADICTED', 60_000)
    const seen = await byName()
    const attempts = (state: string) => [{ state }]
    for (const { name } of [first, second])
      expect(seen[name]).toMatchObject({ state: 'REPORTED_OK', confirmation: 'CONTRADICTED', attempts: attempts('OK') })
    const cause = 'Dora Deployer found it not done: The console says 1.1.0.'
    expect(seen[third.name]).toMatchObject({ state: 'FAILED', cause, attempts: attempts('FAILED') })
  }, 90_000)
})
