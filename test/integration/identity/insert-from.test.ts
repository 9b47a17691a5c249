// Who may make items of a class: another source adds to what is known, and what it tells of the unknown is a line of the report.
import { afterEach, expect, test } from 'vitest'
import { graphOf, machine, software, sourcesOfTests, whole, type Run } from '../../support/sources.ts'
import { countStatements } from '../../support/statements.ts'

const estate = sourcesOfTests()

interface Answer {
  rule: { className: string; insertFrom: string[] | null; version: number } | null
  userErrors: { message: string; field: string[] | null }[]
}
const set = async (className: string, insertFrom: string[] | null) =>
  (
    await estate.query<{ identityRuleSet: Answer }>(
      `mutation($input: IdentityRuleSetInput!) { identityRuleSet(input: $input) { rule { className insertFrom version } userErrors { message field } } }`,
      { input: { className, insertFrom } },
    )
  ).identityRuleSet
const itemsNamed = (pattern: string) =>
  estate.sql<{ name: string; attributes: Record<string, unknown> }>(
    'select name, attributes from actual_item where name like ? order by name',
    [pattern],
  )
const linesOf = (run: Run) => run.problems.nodes.filter(({ rule }) => rule === 'insert-from')

afterEach(async () => {
  for (const className of ['*', 'ComputerSystem', 'VirtualMachine', 'SoftwareInstallation']) await set(className, null)
})

test('a source that may not insert adds to what is known, and what it tells of the unknown is a line that names class, element, source and rule', async () => {
  expect(await set('ComputerSystem', ['ssh'])).toMatchObject({ rule: { insertFrom: ['ssh'] }, userErrors: [] })
  const [ssh, netbox] = [await estate.source('ssh'), await estate.source('netbox')]
  await estate.load(ssh, [machine({ key: 'a1', name: 'in-1', serialNumber: 'I-1', platform: 'linux' })])
  const told = [
    machine({ key: '1', name: 'IN-1', serialNumber: 'i-1', role: 'cache' }),
    { ...machine({ key: '2', name: 'in-2', serialNumber: 'I-2' }), where: { source: 'racks.csv', line: 7 } },
    whole,
  ]
  const run = await estate.load(netbox, told)
  expect(run).toMatchObject({ state: 'SUCCEEDED', seen: 1, created: 0, changed: 1, warnings: 1, questions: 0 })
  expect(linesOf(run)).toEqual([
    {
      severity: 'warning',
      rule: 'insert-from',
      message: `ComputerSystem "in-2" (key 2) was not inserted: by the rule of ComputerSystem only ssh may insert it, and ${netbox.name} (netbox) may only add to what is known. Once one of them has inserted it, the next look takes this in.`,
      source: 'racks.csv',
      line: 7,
      element: null,
    },
  ])
  expect(await itemsNamed('in-%')).toMatchObject([{ attributes: { platform: 'linux', role: 'cache' } }])

  // Once somebody who may has inserted it, the same word is taken in.
  await estate.load(ssh, [machine({ key: 'a2', name: 'in-2', serialNumber: 'I-2' })])
  expect(await estate.load(netbox, told)).toMatchObject({ seen: 2, created: 0, unchanged: 2, warnings: 0 })
  const [{ n }] = (await estate.sql<{ n: string }>(
    `select count(*) as n from observation o join actual_item a on a.uuid = o.actual_item_id where a.name = 'in-2' and o.current`,
  )) as [{ n: string }]
  expect(Number(n)).toBe(2)
})

test('a single product may be named, and a dry run tells the same lines', async () => {
  const [one, other] = [await estate.source('csv'), await estate.source('csv')]
  await set('ComputerSystem', [one.id])
  expect(await estate.load(other, [machine({ key: 'p', name: 'pr-1' })], { dryRun: true })).toMatchObject({
    created: 0,
    warnings: 1,
    problems: { nodes: [{ rule: 'insert-from' }] },
  })
  expect(await estate.load(one, [machine({ key: 'p', name: 'pr-1' })])).toMatchObject({ created: 1, warnings: 0 })
})

test('a child class goes by the rule of its parent until it has its own, and a rule for every class stands last', async () => {
  const netbox = await estate.source('netbox')
  let count = 0
  const inserted = async (className: string) => {
    const key = `ch-${++count}`
    const item = { kind: 'item' as const, ref: key, key, className, name: key, attributes: {} }
    return (await estate.load(netbox, [item])).created === 1
  }
  await set('*', ['ssh'])
  expect(await inserted('Site')).toBe(false)
  await set('*', null)
  await set('ComputerSystem', ['ssh'])
  expect(await inserted('Site')).toBe(true)
  expect(await inserted('VirtualMachine')).toBe(false)
  await set('VirtualMachine', [])
  expect(await inserted('VirtualMachine')).toBe(true)
  expect(await inserted('ComputerSystem')).toBe(false)
})

test('what is recognised only within something that was not inserted waits with it, and comes with it', async () => {
  await set('ComputerSystem', ['ssh'])
  const [ssh, netbox] = [await estate.source('ssh'), await estate.source('netbox')]
  const told = [
    machine({ key: 'h1', name: 'ho-1', machineId: 'ho1' }),
    ...software('h1', 'shop', '1.0.0'),
    machine({ key: 'h2', name: 'ho-2', machineId: 'ho2' }),
    ...software('h2', 'shop', '1.0.0'),
  ]
  await estate.load(ssh, [machine({ key: 'x1', name: 'ho-1', machineId: 'ho1' })])
  const run = await estate.load(netbox, told)
  expect(run).toMatchObject({ created: 1, relationships: 1, warnings: 2 })
  expect(linesOf(run)[1]!.message).toBe(
    'SoftwareInstallation "shop on h2" (key h2/shop) was not inserted: it is recognised within ComputerSystem "ho-2", which was not inserted either.',
  )
  await estate.load(ssh, [machine({ key: 'x2', name: 'ho-2', machineId: 'ho2' })])
  expect(await estate.load(netbox, told)).toMatchObject({ created: 1, relationships: 2, warnings: 0 })
  const before = await graphOf(estate)
  expect(await estate.load(netbox, told)).toMatchObject({ created: 0, changed: 0, warnings: 0 })
  expect(await graphOf(estate)).toEqual(before)
})

test('what cannot be told apart is not inserted either, and the line names what it resembles', async () => {
  const [ssh, netbox] = [await estate.source('ssh'), await estate.source('netbox')]
  await estate.load(ssh, [
    machine({ key: 't1', name: 'tw-1', serialNumber: 'TW' }),
    machine({ key: 't2', name: 'tw-2', serialNumber: 'TW' }),
  ])
  await set('ComputerSystem', ['ssh'])
  const run = await estate.load(netbox, [machine({ key: 't', name: 'tw-x', serialNumber: 'TW' })])
  expect(run).toMatchObject({ created: 0, questions: 0, warnings: 1 })
  expect(linesOf(run)[0]!.message).toContain('It resembles what is known as tw-1, tw-2, and no rule decides')
})

test('an unknown source is refused at its field, and nobody else has to say the list anew', async () => {
  expect(await set('ComputerSystem', ['ssh', 'netbux'])).toMatchObject({
    rule: null,
    userErrors: [{ field: ['insertFrom'], message: expect.stringContaining('called "netbux"') }],
  })
  await set('ComputerSystem', ['ssh'])
  const { identityRuleSet } = await estate.query<{ identityRuleSet: Answer }>(
    `mutation { identityRuleSet(input: { className: "ComputerSystem", values: [] }) { rule { insertFrom } userErrors { message } } }`,
  )
  expect(identityRuleSet.rule).toEqual({ insertFrom: ['ssh'] })
})

test('as many statements hold back one element as a thousand', async () => {
  await set('ComputerSystem', ['ssh'])
  const asked = async (count: number) => {
    const netbox = await estate.source('netbox')
    const told = Array.from({ length: count }, (_, n) => machine({ key: `${n}`, name: `st-${count}-${n}` }))
    const statements = await countStatements(async () => {
      expect(await estate.load(netbox, told)).toMatchObject({ created: 0, warnings: count })
    })
    return statements.length
  }
  expect(await asked(1_000)).toBe(await asked(1))
})
