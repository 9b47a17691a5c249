import { beforeAll, expect, test } from 'vitest'
import { createItem, moveItem, updateItem } from '../../server/item/item.service.ts'
import { createRelationship, removeRelationship } from '../../server/item/relationship.service.ts'
import { rows } from '../../server/kernel/sql.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { countStatements } from '../support/statements.ts'

const estate = anEstate()
const viewer = aViewer()

beforeAll(async () => {
  await rows(
    estate.orm.em.fork(),
    `insert into account (uuid, login, name, state) values ($1, 'ada', 'Ada', 'ACTIVE')`,
    [viewer.accountId],
  )
})

const TEXT = `query($from: Moment!, $to: Moment, $itemId: ID, $siteId: ID, $first: Int = 50, $after: String) {
  difference(from: $from, to: $to, itemId: $itemId, siteId: $siteId) {
    counts { created changed retired relationshipsAdded relationshipsRemoved }
    items(first: $first, after: $after) { totalCount pageInfo { endCursor hasNextPage }
      nodes { kind name className changeCount fields { field from to } changes { by reason } item { name } } }
    relationships(first: 50) { nodes { kind type { name } source { name } target { name } change { by reason } } } } }`
interface Difference {
  counts: object
  items: { totalCount: number; pageInfo: { endCursor: string; hasNextPage: boolean }; nodes: { name: string }[] }
  relationships: { nodes: object[] }
}
const differ = async (variables: object, who = viewer) =>
  (await estate.query<{ difference: Difference }>(TEXT, variables, who)).difference

test('the difference of two times is a change set with who and why, and says nothing of what came and went between', async () => {
  const [app, gone, other] = await estate.change((em) => makeItems(em, 'Application', ['app', 'gone', 'other']))
  const [old] = await estate.change((em) =>
    relate(em, [{ type: 'dependsOn', sourceId: app!.uuid, targetId: gone!.uuid }]),
  )
  const from = await aMoment()
  const change = (owner: string | null, reason: string) =>
    estate.change((em) => updateItem(em, estate.catalogue.now, { id: app!.id, attributes: { owner }, reason }, viewer))
  await change('Ada', 'first')
  await change('Kim', 'second')
  await estate.change((em) =>
    moveItem(em, estate.catalogue.now, { id: gone!.id, action: 'decommission', reason: 'sold' }, viewer).then(() => {}),
  )
  await estate.change((em) =>
    createItem(em, estate.catalogue.now, { className: 'Application', name: 'new', reason: 'bought' }, viewer),
  )
  await estate.change((em) => updateItem(em, estate.catalogue.now, { id: other!.id, name: 'another' }, viewer))
  await estate.change((em) => updateItem(em, estate.catalogue.now, { id: other!.id, name: 'other' }, viewer))
  await estate.change((em) =>
    removeRelationship(em, estate.catalogue.now, { id: old!.id, reason: 'not any more' }, viewer),
  )
  const brief = await estate.change((em) =>
    createRelationship(em, estate.catalogue.now, { type: 'dependsOn', sourceId: other!.id, targetId: app!.id }, viewer),
  )
  await aMoment()
  await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: brief.id }, viewer))
  await estate.change((em) =>
    createRelationship(
      em,
      estate.catalogue.now,
      { type: 'dependsOn', sourceId: app!.id, targetId: other!.id, reason: 'needs it' },
      viewer,
    ),
  )
  const to = await aMoment()
  await change(null, 'later')

  const found = await differ({ from, to })
  expect(found.counts).toEqual({ created: 1, changed: 1, retired: 1, relationshipsAdded: 1, relationshipsRemoved: 1 })
  expect(found.items.nodes).toMatchObject([
    {
      kind: 'CHANGED',
      name: 'app',
      changeCount: 2,
      fields: [{ field: 'owner', from: null, to: 'Kim' }],
      changes: [
        { by: 'Ada', reason: 'second' },
        { by: 'Ada', reason: 'first' },
      ],
    },
    {
      kind: 'RETIRED',
      name: 'gone',
      fields: [{ field: 'state', to: 'DECOMMISSIONED' }],
      changes: [{ reason: 'sold' }],
    },
    { kind: 'CREATED', name: 'new', changes: [{ by: 'Ada', reason: 'bought' }] },
  ])
  expect(found.relationships.nodes).toEqual([
    expect.objectContaining({
      kind: 'REMOVED',
      target: { name: 'gone' },
      change: { by: 'Ada', reason: 'not any more' },
    }),
    expect.objectContaining({ kind: 'ADDED', target: { name: 'other' }, change: { by: 'Ada', reason: 'needs it' } }),
  ])
  const ofOne = await differ({ from, to, itemId: gone!.id })
  expect(ofOne.items.nodes.map(({ name }) => name)).toEqual(['gone'])
  expect(ofOne.relationships.nodes).toHaveLength(1)

  const first = await differ({ from, to, first: 2 })
  const second = await differ({ from, to, first: 2, after: first.items.pageInfo.endCursor })
  expect([first, second].flatMap(({ items }) => items.nodes.map(({ name }) => name))).toEqual(['app', 'gone', 'new'])
  expect(first.items.totalCount).toBe(3)
  // Two lists and their totals, items, changes and names: whatever the number of rows.
  expect((await countStatements(() => differ({ from, to }))).length).toBeLessThanOrEqual(12)
  await expect(differ({ from: to, to: from })).rejects.toThrow(/is not before/)
})

test('a site and a caller of a site get only what is inside it', async () => {
  const [here, there] = await estate.change((em) => makeItems(em, 'Site', ['Here', 'There']))
  const [one, two] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['one', 'two']))
  await estate.change((em) =>
    relate(em, [
      { type: 'locatedIn', sourceId: one!.uuid, targetId: here!.uuid },
      { type: 'locatedIn', sourceId: two!.uuid, targetId: there!.uuid },
    ]),
  )
  const from = await aMoment()
  for (const item of [one!, two!]) {
    await estate.change((em) =>
      updateItem(em, estate.catalogue.now, { id: item.id, attributes: { role: 'web' } }, viewer),
    )
  }
  await estate.change((em) => relate(em, [{ type: 'dependsOn', sourceId: one!.uuid, targetId: two!.uuid }]))
  expect((await differ({ from: '2001-01-01T00:00:00Z', itemId: one!.id })).items.nodes).toMatchObject([
    { kind: 'CREATED', fields: expect.arrayContaining([{ field: 'site', from: null, to: 'Here' }]) },
  ])
  const names = ({ items }: Difference) => items.nodes.map(({ name }) => name)
  expect(names(await differ({ from }))).toEqual(['one', 'two'])
  expect(names(await differ({ from, siteId: here!.id }))).toEqual(['one'])
  const scoped = await differ({ from }, aViewer([there!.uuid]))
  expect(names(scoped)).toEqual(['two'])
  expect(scoped.relationships.nodes).toEqual([])
  await expect(differ({ from, itemId: one!.id }, aViewer([there!.uuid]))).rejects.toThrow(/no configuration item/)
})
