import { expect, test } from 'vitest'
import type { Sighting } from '../../../server/discovery/adapters/adapter.ts'
import { toNodeId } from '../../../server/kernel/node-id.ts'
import { graphOf, machine, software, sourcesOfTests, whole } from '../../support/sources.ts'

const estate = sourcesOfTests()
const where = (line: number, element: string) => ({ source: 'book.xml', line, element })

test('what cannot be taken over is told with line, element and rule, and the rest is taken over', async () => {
  const product = await estate.source()
  const inside = (from: string, to: string, line: number): Sighting => ({
    kind: 'relationship',
    type: 'locatedIn',
    from,
    to,
    evidence: 'book',
    where: where(line, `locatedIn ${from}`),
  })
  const site = (key: string): Sighting => ({
    kind: 'item',
    ref: key,
    className: 'Site',
    name: key,
    key,
    attributes: {},
  })
  const run = await estate.load(product, [
    machine({ key: 'b1', name: 'bad-1', serialNumber: 'B-1' }),
    { ...machine({ key: 'b2', name: 'bad-2' }), ref: 'b1', where: where(12, 'cs id="b1"') } as Sighting,
    { kind: 'item', ref: 'q', className: 'Quantum', name: 'q', attributes: {}, where: where(20, 'sys.Quantum') },
    {
      kind: 'relationship',
      type: 'dependsOn',
      from: 'b1',
      to: 'nobody',
      evidence: 'book',
      where: where(30, 'dependsOn'),
    },
    { kind: 'relationship', type: 'loves', from: 'b1', to: 'b1', evidence: 'book', where: where(31, 'loves') },
    ...['r1', 'r2', 'r3'].map(site),
    inside('r1', 'r2', 40),
    inside('r2', 'r3', 41),
    inside('r3', 'r1', 42),
    inside('b1', 'r1', 43),
    { kind: 'gone', className: 'ComputerSystem', key: 'never', where: where(50, 'delete') },
    { kind: 'problem', severity: 'warning', rule: 'mss', message: 'It has two spellings.', where: where(3, 'mss') },
  ])
  expect(run).toMatchObject({ state: 'SUCCEEDED', created: 5, relationships: 1, warnings: 9, errors: 0 })
  const told = (rule: string) => run.problems.nodes.filter((one) => one.rule === rule)
  expect(told('duplicate-ref')).toMatchObject([
    { line: 12, element: 'cs id="b1"', source: 'book.xml', message: expect.stringContaining('"b1"') },
  ])
  expect(told('class')).toMatchObject([{ line: 20, message: 'There is no class Quantum, so "q" was left out.' }])
  expect(told('relation-ends')).toMatchObject([{ line: 30, message: expect.stringContaining('"nobody"') }])
  expect(told('relation-type')).toMatchObject([{ line: 31 }])
  expect(told('containment-ring').map(({ line }) => line)).toEqual([40, 41, 42])
  expect(told('gone-unknown')).toMatchObject([{ line: 50 }])
  expect(told('mss')).toMatchObject([{ line: 3 }])
})

test('an error leaves the graph as it was, and so do a source that ends in the middle and a killed process', async () => {
  const product = await estate.source()
  await estate.load(product, [
    machine({ key: 'k1', name: 'kept-1', role: 'cache' }),
    ...software('k1', 'shop', '1.0.0'),
    whole,
  ])
  const before = await graphOf(estate)
  const broken: Sighting[] = [
    machine({ key: 'k1', name: 'other', role: 'web' }),
    machine({ key: 'k2', name: 'kept-2' }),
  ]
  const run = await estate.load(product, [
    ...broken,
    { kind: 'problem', severity: 'error', rule: 'xml', message: 'The book is truncated.', where: where(99, 'idml') },
  ])
  expect(run).toMatchObject({
    state: 'FAILED',
    errors: 1,
    failure: 'One error in what was read, so nothing was changed. The first: The book is truncated.',
  })
  expect(run.problems.nodes).toMatchObject([{ severity: 'error', line: 99 }])
  estate.shows(product, async function* () {
    yield* broken
    throw new Error('The line went dead.')
  })
  expect(await estate.load(product)).toMatchObject({
    state: 'FAILED',
    failure: expect.stringContaining('The line went dead.'),
  })
  expect(await graphOf(estate)).toEqual(before)
  // What they read is kept for who resumes them, until a later run has looked at the product.
  await estate.load(product, [
    machine({ key: 'k1', name: 'kept-1', role: 'cache' }),
    ...software('k1', 'shop', '1.0.0'),
    whole,
  ])
  expect(
    await estate.sql(`select 1 from pg_class where relnamespace = 'staging'::regnamespace and relkind = 'r'`),
  ).toEqual([])
})

test('a time that goes backwards is left out; the same key twice in a read is one thing', async () => {
  const product = await estate.source()
  const at = (time: string, role: string): Sighting =>
    ({ ...machine({ key: 'z', name: 'clock', role }), at: time }) as Sighting
  await estate.load(product, [at('2026-05-02T00:00:00Z', 'new')])
  const run = await estate.load(product, [at('2026-05-01T00:00:00Z', 'old')])
  expect(run).toMatchObject({ changed: 0, warnings: 1, problems: { nodes: [{ rule: 'time-backwards' }] } })
  const later = { ...at('2026-05-03T00:00:00Z', 'first'), ref: 'z1' } as Sighting
  const patch = {
    ...machine({ key: 'z', name: 'clock', platform: 'linux' }),
    ref: 'z2',
    partial: true,
    at: '2026-05-04T00:00:00Z',
  } as Sighting
  expect(await estate.load(product, [later, patch])).toMatchObject({ seen: 1, changed: 1 })
  expect(await estate.sql(`select attributes from actual_item where name = 'clock'`)).toEqual([
    { attributes: { role: 'first', platform: 'linux' } },
  ])
})

test('an interrupted run goes on after the scopes that it had finished', async () => {
  const product = await estate.source()
  const scopes = ['one', 'two', 'three']
  const read: string[] = []
  const kill = new AbortController()
  let dies = true
  estate.shows(product, async function* () {
    for (const name of scopes) {
      read.push(name)
      yield { kind: 'scope', name, of: 3 }
      yield machine({ key: name, name: `resume-${name}` })
      for (let i = 0; i < 2_100; i++) yield machine({ key: `${name}-${i}`, name: `${name}-${i}` })
      if (name === 'two' && dies) {
        kill.abort(new Error('killed'))
        return
      }
    }
    yield whole
  })
  const runId = await estate.start(product)
  await expect(estate.run(runId, kill.signal).then(() => kill.signal.throwIfAborted())).rejects.toThrow('killed')
  dies = false
  const finished = await estate.sql<{ name: string }>(
    `select name from discovery_scope where run_id = ? and state = 'FINISHED'`,
    [runId],
  )
  expect(finished).toEqual([{ name: 'one' }])
  await estate.run(runId)
  expect(await estate.sql(`select state, created, seen from discovery_run where uuid = ?`, [runId])).toEqual([
    { state: 'SUCCEEDED', created: 6_303, seen: 6_303 },
  ])
})

test('a dry run tells what a run would do, keeps its problems, and changes nothing', async () => {
  const product = await estate.source()
  const before = await graphOf(estate)
  const sightings: Sighting[] = [
    machine({ key: 'd1', name: 'dry-1', serialNumber: 'D-1' }),
    { kind: 'relationship', type: 'dependsOn', from: 'd1', to: 'nobody', evidence: 'x' },
  ]
  const dry = await estate.load(product, sightings, { dryRun: true })
  expect(dry).toMatchObject({
    state: 'SUCCEEDED',
    created: 1,
    warnings: 1,
    problems: { nodes: [{ rule: 'relation-ends' }] },
  })
  expect(await graphOf(estate)).toEqual(before)
})

test('a ring of places that three sources close together is kept as seen, and promoted without what closes it', async () => {
  const site = (name: string): Sighting => ({
    kind: 'item',
    ref: name,
    className: 'Site',
    name,
    key: name,
    attributes: {},
  })
  const [hall, wing, house] = ['ring hall', 'ring wing', 'ring house']
  for (const [inner, outer] of [
    [hall!, wing!],
    [wing!, house!],
    [house!, hall!],
  ] as const) {
    const inside: Sighting = { kind: 'relationship', type: 'locatedIn', from: inner, to: outer, evidence: 'book' }
    const run = await estate.load(await estate.source(), [site(inner), site(outer), inside, whole])
    expect(run).toMatchObject({ state: 'SUCCEEDED', relationships: 1, warnings: 0, errors: 0 })
  }
  const places = await estate.sql<{ uuid: string }>(
    `select uuid from actual_item where name like 'ring h%' or name = ?`,
    [wing],
  )
  expect(places).toHaveLength(3)
  await estate.query(`mutation($input: ItemsPromoteInput!) { itemsPromote(input: $input) { items { id } } }`, {
    input: { actualItemIds: places.map(({ uuid }) => toNodeId('act', uuid)) },
  })
  expect(
    await estate.sql(
      `select s.name as inner, t.name as outer from relationship r join configuration_item s on s.uuid = r.source_id
       join configuration_item t on t.uuid = r.target_id where r.valid_to is null order by 1`,
    ),
  ).toEqual([
    { inner: hall, outer: wing },
    { inner: wing, outer: house },
  ])
  const { reconciliationResults } = await estate.query<{ reconciliationResults: { nodes: { message: string }[] } }>(
    '{ reconciliationResults(first: 9, filter: { kinds: [LINK_FAILURE] }) { nodes { message } } }',
  )
  expect(reconciliationResults.nodes).toEqual([
    { message: expect.stringContaining('The ring would be ring house → ring hall → ring wing → ring house.') },
  ])
})
