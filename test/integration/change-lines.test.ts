// A change set shows more than items: relationships that begin and end, and what people would be asked.
import { expect, test } from 'vitest'
import type { Sighting } from '../../server/discovery/adapters/adapter.ts'
import { graphOf, machine, software, sourcesOfTests, whole, type Run } from '../support/sources.ts'

const estate = sourcesOfTests()

interface Line {
  kind: string
  className: string
  name: string
  itemId: string | null
  relationship: { type: string; otherName: string; otherClassName: string; otherId: string | null } | null
  question: {
    kind: string
    rule: string
    wantedClass: string | null
    candidates: { name: string; className: string; itemId: string | null; agree: string[]; against: string[] }[]
  } | null
}
interface Shown extends Run {
  relationshipsNew: number
  relationshipsGone: number
  listsRelationships: boolean
  changes: { totalCount: number; nodes: Line[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
}
const shownBy = async ({ id }: { id: string }, page = 'first: 50') =>
  (
    await estate.query<{ discoveryRun: Shown }>(
      `query($id: ID!) { discoveryRun(id: $id) { id state questions relationships relationshipsNew relationshipsGone listsRelationships
        changes(${page}) { totalCount pageInfo { hasNextPage endCursor } nodes { kind className name itemId
          relationship { type otherName otherClassName otherId }
          question { kind rule wantedClass candidates { name className itemId agree against } } } } } }`,
      { id },
    )
  ).discoveryRun
const anId = expect.stringMatching(/^act_/)
const inside = (from: string, to: string): Sighting => {
  return { kind: 'relationship', type: 'dependsOn', from, to, evidence: 'test' }
}

test('a dry run shows relationships that would begin and end, with both names and the type', async () => {
  const product = await estate.source()
  const [a, b] = [machine({ key: 'a', name: 'line-a' }), machine({ key: 'b', name: 'line-b' })]
  await estate.load(product, [a, b, inside('a', 'b'), whole])
  const before = await graphOf(estate)
  const other = [a, b, inside('b', 'a'), ...software('a', 'shop', '1.0.0'), whole]
  const dry = await shownBy(await estate.load(product, other, { dryRun: true }))
  expect(dry).toMatchObject({ relationships: 2, relationshipsNew: 2, relationshipsGone: 1, listsRelationships: true })
  expect(dry.changes.nodes).toEqual([
    { ...nothing, kind: 'CREATED', className: 'SoftwareInstallation', name: 'shop on a', itemId: null },
    { ...nothing, kind: 'RELATIONSHIP_GONE', ...between('line-a', 'dependsOn', 'line-b') },
    { ...nothing, kind: 'RELATIONSHIP_NEW', ...between('line-b', 'dependsOn', 'line-a') },
    {
      ...nothing,
      kind: 'RELATIONSHIP_NEW',
      ...between('shop on a', 'runsOn', 'line-a'),
      className: 'SoftwareInstallation',
      itemId: null,
    },
  ])
  expect(await graphOf(estate)).toEqual(before)

  const real = await shownBy(await estate.load(product))
  expect(real).toMatchObject({ relationshipsNew: 2, relationshipsGone: 1, listsRelationships: true })
  expect(real.changes.nodes.map(({ kind, name, itemId }) => [kind, name, itemId])).toEqual([
    ['CREATED', 'shop on a', anId],
    ['RELATIONSHIP_GONE', 'line-a', anId],
    ['RELATIONSHIP_NEW', 'line-b', anId],
    ['RELATIONSHIP_NEW', 'shop on a', anId],
  ])
  const again = await shownBy(await estate.load(product))
  expect(again).toMatchObject({ relationships: 2, relationshipsNew: 0, relationshipsGone: 0 })
  expect(again.changes.nodes).toEqual([])
})

test('its lines come page by page, and of some kinds alone', async () => {
  const product = await estate.source()
  const told = ['p', 'q', 'r'].flatMap((key) => [machine({ key, name: `page-${key}` }), ...software(key, 'shop', '1')])
  const run = await estate.load(product, told, { dryRun: true })
  const first = await shownBy(run, 'first: 2, kinds: [RELATIONSHIP_NEW]')
  expect(first.changes).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
  const rest = await shownBy(run, `first: 2, kinds: [RELATIONSHIP_NEW], after: "${first.changes.pageInfo.endCursor}"`)
  expect([...first.changes.nodes, ...rest.changes.nodes].map(({ name }) => name)).toEqual([
    'shop on p',
    'shop on q',
    'shop on r',
  ])
  await expect(shownBy(run, 'first: 2, kinds: [NONSENSE]')).rejects.toThrow(/NONSENSE/)
})

test('a dry run shows whom people would be asked about, by which rule and among which items', async () => {
  const [one, two] = [await estate.source('ssh'), await estate.source('netbox')]
  await estate.load(one, [machine({ key: 'x', name: 'ask-me', serialNumber: 'ASK-1' })])
  const told = [machine({ key: 'y', name: 'ask-me' })]
  const dry = await shownBy(await estate.load(two, told, { dryRun: true }))
  expect(dry.questions).toBe(1)
  expect(dry.changes.nodes).toEqual([
    { ...nothing, kind: 'CREATED', className: 'ComputerSystem', name: 'ask-me', itemId: null },
    {
      ...nothing,
      kind: 'QUESTION',
      className: 'ComputerSystem',
      name: 'ask-me',
      itemId: null,
      question: {
        kind: 'PROPOSED',
        rule: 'ComputerSystem/name',
        wantedClass: null,
        candidates: [
          { name: 'ask-me', className: 'ComputerSystem', itemId: anId, agree: ['ComputerSystem/name'], against: [] },
        ],
      },
    },
  ])
  expect(await estate.sql(`select 1 from identity_question`)).toEqual([])

  // For real it is put, and listed as the work item that it is.
  const real = await shownBy(await estate.load(two))
  expect(real.questions).toBe(1)
  expect(real.changes.nodes.map(({ kind }) => kind)).toEqual(['CREATED'])
  expect(await estate.sql(`select 1 from identity_question`)).toHaveLength(1)
})

test('another class of a known item is asked about with the class that the source says', async () => {
  const product = await estate.source('ssh')
  const told = (className: string): Sighting[] => [
    { kind: 'item', ref: 'cls', className, name: 'cls-1', key: 'cls', attributes: { serialNumber: 'CLS-1' } },
  ]
  await estate.load(product, told('StorageSystem'))
  const dry = await shownBy(await estate.load(product, told('NetworkDevice'), { dryRun: true }))
  expect(dry.changes.nodes.filter(({ kind }) => kind === 'QUESTION')).toMatchObject([
    { name: 'cls-1', itemId: anId, question: { kind: 'RECLASSIFY', wantedClass: 'NetworkDevice', candidates: [] } },
  ])
})

test('what awaits a review is shown again when a relationship of it is another by now', async () => {
  const product = await estate.source()
  const told = [machine({ key: 'v', name: 'rev-v' }), machine({ key: 'w', name: 'rev-w' }), inside('v', 'w'), whole]
  await estate.query(
    `mutation($input: DiscoveryPolicySetInput!) { discoveryPolicySet(input: $input) { userErrors { message } } }`,
    { input: { productId: product.id, changes: 'REVIEW' } },
  )
  const waiting = await estate.load(product, told)
  const kinds = ({ changes }: Shown) => changes.nodes.map(({ kind }) => kind)
  expect(kinds(await shownBy(waiting))).toEqual(['CREATED', 'CREATED', 'RELATIONSHIP_NEW'])
  await estate.query(`mutation($input: MoveInput!) { discoveryApply(input: $input) { userErrors { message } } }`, {
    input: { id: waiting.id },
  })
  await estate.run(waiting.id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
  const applied = await shownBy(waiting)
  expect(applied.state).toBe('SUCCEEDED')
  expect(applied.changes.nodes[2]).toMatchObject({ itemId: anId, relationship: { otherId: anId } })

  const next = await estate.load(product, [...told.slice(0, 2), inside('w', 'v'), whole])
  expect(next.state).toBe('AWAITING_REVIEW')
  await estate.sql(`delete from actual_relationship where product_id = ?`, [product.uuid])
  await estate.query(`mutation($input: MoveInput!) { discoveryApply(input: $input) { userErrors { message } } }`, {
    input: { id: next.id },
  })
  await estate.run(next.id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
  expect(await shownBy(next)).toMatchObject({ state: 'AWAITING_REVIEW', relationshipsGone: 0 })
})

test('of very many relationships a real run says the numbers, and a dry run lists all', async () => {
  const product = await estate.source()
  const count = 5_001
  const told = (): Sighting[] => [
    machine({ key: 'hub', name: 'hub' }),
    ...Array.from({ length: count }, (_, n) => software('hub', `part-${n}`, '1')).flat(),
  ]
  const dry = await shownBy(await estate.load(product, told(), { dryRun: true }), 'first: 1, kinds: [RELATIONSHIP_NEW]')
  expect(dry).toMatchObject({ relationshipsNew: count, listsRelationships: true, changes: { totalCount: count } })
  const real = await shownBy(await estate.load(product), 'first: 1, kinds: [RELATIONSHIP_NEW]')
  expect(real).toMatchObject({ relationshipsNew: count, listsRelationships: false, changes: { totalCount: 0 } })
})

const nothing = { relationship: null, question: null }
function between(name: string, type: string, otherName: string) {
  const other = { type, otherName, otherClassName: 'ComputerSystem', otherId: anId }
  return { className: 'ComputerSystem', name, itemId: anId, relationship: other }
}
