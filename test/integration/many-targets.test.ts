/** Many targets of a deployment are tried again or left out by one call: all or none, and each that stands against it is named. */
import { beforeAll, expect, test } from 'vitest'
import { anApp } from '../support/app.ts'
import { anAppEstate, faultAt, type AppEstate } from '../support/app-estate.ts'
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
