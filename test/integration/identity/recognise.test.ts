import { expect, test } from 'vitest'
import { graphOf, machine, software, sourcesOfTests, whole } from '../../support/sources.ts'

const estate = sourcesOfTests()
const itemsNamed = (pattern: string) =>
  estate.sql<{ uuid: string; name: string; state: string; attributes: Record<string, unknown> }>(
    'select uuid, name, state, attributes from actual_item where name like ? order by name, uuid',
    [pattern],
  )
const QUESTIONS = `{ identityQuestions(first: 200, states: [OPEN]) { nodes { id number kind version rule allowedActions item { id name }
  candidates { agree against item { id name attributes { name value } } } } } }`
interface Question {
  id: string
  kind: string
  rule: string
  item: { id: string; name: string }
  candidates: { agree: string[]; against: string[]; item: { id: string; name: string } }[]
}
const questionsOf = async (name: string) => {
  const { identityQuestions } = await estate.query<{ identityQuestions: { nodes: Question[] } }>(QUESTIONS)
  return identityQuestions.nodes.filter(({ item }) => item.name === name)
}

test('a machine that two sources see is one item, whatever name they give it', async () => {
  const [ssh, netbox] = [await estate.source('ssh'), await estate.source('netbox')]
  await estate.load(ssh, [
    machine({ key: '10.0.0.1', name: 'a-1', machineId: 'AA11', serialNumber: 'S-A1', platform: 'linux' }),
  ])
  expect(
    await estate.load(netbox, [machine({ key: '77', name: 'A-1.example', serialNumber: 's-a1', role: 'cache' })]),
  ).toMatchObject({
    created: 0,
    changed: 1,
    questions: 0,
  })
  expect(await itemsNamed('a-1%')).toMatchObject([
    { attributes: { machineId: 'AA11', serialNumber: 'S-A1', platform: 'linux', role: 'cache' } },
  ])
  expect(await itemsNamed('A-1%')).toEqual([])
})

test('junk recognises nothing', async () => {
  const one = await estate.source('ssh')
  const junk = ['NA', 'To Be Filled By O.E.M.', '0', 'None', 'unknown', '', '00000000']
  const run = await estate.load(
    one,
    junk.map((serialNumber, index) => machine({ key: `j${index}`, name: `junk-${index}`, serialNumber })),
  )
  const other = await estate.source('netbox')
  await estate.load(
    other,
    junk.map((serialNumber, index) => machine({ key: `k${index}`, name: `other-${index}`, serialNumber })),
  )
  expect(run).toMatchObject({ created: junk.length, questions: 0 })
  expect(await itemsNamed('other-%')).toHaveLength(junk.length)
})

test('docker and loopback addresses recognise nothing; a real address of an interface does', async () => {
  const [one, other] = [await estate.source('ssh'), await estate.source('netbox')]
  const mac = (value: string) => ({ kind: 'mac', value })
  await estate.load(one, [
    machine({
      key: 'm1',
      name: 'mac-1',
      identifiers: [mac('02:42:AC:11:00:02'), mac('00:00:00:00:00:00'), mac('52:54:00:AA:00:01')],
    }),
    machine({ key: 'm2', name: 'mac-2', identifiers: [mac('02:42:ac:11:00:02'), mac('52:54:00:aa:00:02')] }),
  ])
  await estate.load(other, [
    machine({ key: '1', name: 'mac-one', identifiers: [mac('52:54:00:aa:00:01'), mac('02:42:ac:11:00:02')] }),
  ])
  expect(await itemsNamed('mac-%')).toHaveLength(2)
})

test('a cloned machine id merges nothing and asks a person', async () => {
  const [one, other] = [await estate.source('ssh'), await estate.source('netbox')]
  const clones = [
    machine({ key: 'c1', name: 'clone-1', machineId: 'cc', serialNumber: 'C-1' }),
    machine({ key: 'c2', name: 'clone-2', machineId: 'cc', serialNumber: 'C-2' }),
  ]
  expect(await estate.load(one, clones)).toMatchObject({ created: 2, questions: 1 })
  expect(await questionsOf('clone-2')).toMatchObject([
    { kind: 'CONFLICT', rule: 'ComputerSystem/machine-id', candidates: [{ item: { name: 'clone-1' } }] },
  ])
  // Later a third clone, seen elsewhere: its serial number says that it is neither.
  expect(
    await estate.load(other, [machine({ key: 'c3', name: 'clone-3', machineId: 'CC', serialNumber: 'C-3' })]),
  ).toMatchObject({ created: 1, questions: 1 })
  const [question] = await questionsOf('clone-3')
  expect(question).toMatchObject({
    kind: 'CONFLICT',
    candidates: [{ agree: ['ComputerSystem/machine-id'], against: ['ComputerSystem/serial'] }, {}],
  })
  const before = await graphOf(estate)
  expect(await estate.load(one, clones)).toMatchObject({ created: 0, changed: 0, questions: 0 })
  expect(await graphOf(estate)).toEqual(before)
})

test('several candidates under one mark are ambiguous', async () => {
  const [one, other] = [await estate.source('ssh'), await estate.source('netbox')]
  await estate.load(one, [
    machine({ key: 't1', name: 'twin-1', serialNumber: 'T-1' }),
    machine({ key: 't2', name: 'twin-2', serialNumber: 'T-1' }),
  ])
  await estate.load(other, [machine({ key: 't', name: 'twin-x', serialNumber: 'T-1' })])
  expect(await questionsOf('twin-x')).toMatchObject([{ kind: 'AMBIGUOUS', candidates: [{}, {}] }])
})

test('a weak mark proposes and merges nothing', async () => {
  const [one, other] = [await estate.source('ssh'), await estate.source('netbox')]
  await estate.load(one, [machine({ key: 'w1', name: 'weak-1', serialNumber: 'W-1' })])
  await estate.load(other, [machine({ key: '9', name: 'Weak-1', role: 'cache' })])
  expect(await itemsNamed('%eak-1')).toHaveLength(2)
  expect(await questionsOf('Weak-1')).toMatchObject([
    { kind: 'PROPOSED', rule: 'ComputerSystem/name', candidates: [{ item: { name: 'weak-1' } }] },
  ])
})

test('an installation is found through its host, whatever key its source gives it', async () => {
  const [one, other] = [await estate.source('ssh'), await estate.source('netbox')]
  await estate.load(one, [machine({ key: 'h1', name: 'host-1', machineId: 'h1' }), ...software('h1', 'shop', '1.0.0')])
  const run = await estate.load(other, [
    machine({ key: 'x9', name: 'host-1', machineId: 'h1' }),
    ...software('x9', 'shop', '1.0.0'),
    ...software('x9', 'cart', '2.0.0'),
  ])
  expect(run).toMatchObject({ created: 1 })
  expect(await estate.sql(`select name from actual_item where attributes->>'package' = 'shop'`)).toHaveLength(1)
})

test('what two sources say apart goes by their rank, and each value can be explained', async () => {
  const [ssh, netbox] = [await estate.source('ssh'), await estate.source('netbox')]
  const id = { machineId: 'why1' }
  await estate.load(netbox, [
    machine({ key: 'y', name: 'why-1', ...id, platform: 'bsd', role: 'cache', owner: 'Nora' }),
  ])
  await estate.load(ssh, [machine({ key: 'y', name: 'why-1', ...id, platform: 'linux', owner: 'Otto' })])
  await estate.load(netbox, [
    machine({ key: 'y', name: 'why-1', ...id, platform: 'aix', role: 'cache', owner: 'Nora' }),
  ])
  const [item] = await itemsNamed('why-1')
  expect(item!.attributes).toMatchObject({ platform: 'linux', role: 'cache' })
  expect(item!.attributes).not.toHaveProperty('owner')
  const why = (attribute: string) =>
    estate.query<{ whyValue: unknown }>(
      `query($id: ID!, $attribute: String!) { whyValue(id: $id, attribute: $attribute) { value rule winner { source value at run { number } } losers { source value reason } } }`,
      { id: `act_${item!.uuid.replaceAll('-', '')}`, attribute },
    )
  expect(await why('platform')).toMatchObject({
    whyValue: {
      value: 'linux',
      rule: expect.stringContaining('trusted most'),
      winner: { source: ssh.name, value: 'linux', run: { number: expect.stringMatching(/^RUN-/) } },
      losers: [{ source: netbox.name, value: 'aix', reason: 'Its source is trusted less.' }],
    },
  })
  expect(await why('role')).toMatchObject({
    whyValue: { value: 'cache', rule: 'It is the only source that says anything.', losers: [] },
  })
  expect(await why('owner')).toMatchObject({
    whyValue: { value: null, rule: expect.stringContaining('never taken from discovery'), winner: null },
  })
})

test('absence counts only where all was seen: missing first, retired by policy, back when it is seen again', async () => {
  const product = await estate.source('ssh')
  await estate.query(
    `mutation($input: DiscoveryPolicySetInput!) { discoveryPolicySet(input: $input) { policy { retireAfterRefreshes } userErrors { message } } }`,
    { input: { productId: product.id, retireAfterRefreshes: 2 } },
  )
  const scope = (name: string) => ({ kind: 'scope' as const, name })
  const all = [
    scope('n'),
    machine({ key: 'n1', name: 'gone-n1' }),
    scope('s'),
    machine({ key: 's1', name: 'gone-s1' }),
    machine({ key: 's2', name: 'gone-s2' }),
  ]
  await estate.load(product, [...all, whole])
  expect(await estate.load(product, [scope('s'), machine({ key: 's1', name: 'gone-s1' })])).toMatchObject({
    missing: 0,
  })
  const south = [scope('s'), machine({ key: 's1', name: 'gone-s1' }), { kind: 'complete' as const, scope: 's' }]
  expect(await estate.load(product, south)).toMatchObject({
    missing: 1,
    retired: 0,
    scopes: { nodes: [{ name: 's', state: 'FINISHED', complete: true }] },
  })
  expect(await estate.load(product, south)).toMatchObject({ missing: 0, retired: 1 })
  expect(await itemsNamed('gone-%')).toMatchObject([
    { state: 'PRESENT' },
    { state: 'PRESENT' },
    { name: 'gone-s2', state: 'RETIRED' },
  ])
  expect(await estate.load(product, [...all, whole])).toMatchObject({ changed: 1, unchanged: 2 })
  await estate.load(product, [{ kind: 'gone', className: 'ComputerSystem', key: 'n1' }])
  expect((await itemsNamed('gone-n1'))[0]).toMatchObject({ state: 'MISSING' })
})
