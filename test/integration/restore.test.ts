import { expect, test } from 'vitest'
import { defineRelationshipType, defineRule } from '../../server/catalogue/relationship-type.service.ts'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { moveItem, updateItem } from '../../server/item/item.service.ts'
import { removeRelationship } from '../../server/item/relationship.service.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { until } from '../support/until.ts'

const estate = anEstate()
const viewer = aViewer()

interface Restored {
  item: { id: string } | null
  fields: { field: string; from: unknown; to: unknown }[]
  relationships: { kind: string; type: { name: string }; source: { name: string }; target: { name: string } }[]
  undoAt: string | null
  userErrors: { message: string; rule: string; itemId: string | null }[]
}
const restore = async (input: object, who = viewer) =>
  (
    await estate.query<{ itemRestore: Restored }>(
      `mutation($input: ItemRestoreInput!) { itemRestore(input: $input) { item { id } undoAt
        fields { field from to } relationships { kind type { name } source { name } target { name } }
        userErrors { message rule itemId } } }`,
      { input },
      who,
    )
  ).itemRestore
const PICTURE = `query($id: ID!, $at: Moment) { configurationItem(id: $id, at: $at) { name state attributes { name value }
  relationships(first: 50) { nodes { direction type { name } other { name } } } } }`
const pictureOf = (id: string, at?: string) => estate.query(PICTURE, { id, at })

let counter = 0
/** An application that needs `base` and is needed by `shop`, then renamed, moved and cut off. */
async function aChangedItem() {
  const n = ++counter
  const [app, base, shop] = (await estate.change((em) =>
    makeItems(em, 'Application', [`app ${n}`, `base ${n}`, `shop ${n}`]),
  )) as [ConfigurationItem, ConfigurationItem, ConfigurationItem]
  const [needs] = await estate.change((em) =>
    relate(em, [
      { type: 'dependsOn', sourceId: app.uuid, targetId: base.uuid },
      { type: 'dependsOn', sourceId: shop.uuid, targetId: app.uuid },
    ]),
  )
  const before = await aMoment()
  await estate.change(async (em) => {
    await updateItem(
      em,
      estate.catalogue.now,
      { id: app.id, name: `renamed ${n}`, attributes: { owner: 'Kim' } },
      viewer,
    )
    await moveItem(em, estate.catalogue.now, { id: app.id, action: 'test' }, viewer)
    await removeRelationship(em, estate.catalogue.now, { id: needs!.id }, viewer)
    await relate(em, [{ type: 'dependsOn', sourceId: app.uuid, targetId: shop.uuid }])
  })
  await aMoment()
  return { app, base, shop, before, n }
}

test('a dry run shows what a restore would change and changes nothing', async () => {
  const { app, before, n } = await aChangedItem()
  const present = await pictureOf(app.id)
  const { fields, relationships, undoAt, userErrors } = await restore({ id: app.id, at: before, dryRun: true })
  expect(userErrors).toEqual([])
  expect(fields).toEqual([
    { field: 'name', from: `renamed ${n}`, to: `app ${n}` },
    { field: 'state', from: 'TEST', to: 'PRODUCTION' },
    { field: 'owner', from: 'Kim', to: null },
  ])
  expect(relationships).toEqual([
    { kind: 'REMOVED', type: { name: 'dependsOn' }, source: { name: `renamed ${n}` }, target: { name: `shop ${n}` } },
    { kind: 'ADDED', type: { name: 'dependsOn' }, source: { name: `renamed ${n}` }, target: { name: `base ${n}` } },
  ])
  expect(undoAt).toBeNull()
  expect(await pictureOf(app.id)).toEqual(present)
})

test('a restore is one new change that says why, and restoring to the time before it undoes it', async () => {
  const { app, before } = await aChangedItem()
  const [changed, wanted] = [await pictureOf(app.id), await pictureOf(app.id, before)]
  const { undoAt, userErrors } = await restore({ id: app.id, at: before, reason: 'it was better' })
  expect(userErrors).toEqual([])
  expect(await pictureOf(app.id)).toEqual(wanted)
  const { configurationItem } = await estate.query<{ configurationItem: object }>(
    `query($id: ID!) { configurationItem(id: $id) { versions(first: 1) { nodes { change { mutation reason } } }
      relationshipChanges(first: 2) { nodes { kind change { mutation reason } } } } }`,
    { id: app.id },
  )
  const change = { mutation: 'itemRestore', reason: 'it was better' }
  expect(configurationItem).toEqual({
    versions: { nodes: [{ change }] },
    relationshipChanges: {
      nodes: expect.arrayContaining([
        { kind: 'ADDED', change },
        { kind: 'REMOVED', change },
      ]),
    },
  })
  await aMoment()
  expect((await restore({ id: app.id, at: undoAt })).userErrors).toEqual([])
  expect(await pictureOf(app.id)).toEqual(changed)
})

test('only the parts that were asked for come back', async () => {
  const { app, before, n } = await aChangedItem()
  const { fields, relationships } = await restore({ id: app.id, at: before, parts: ['STATE'] })
  expect(fields).toEqual([{ field: 'state', from: 'TEST', to: 'PRODUCTION' }])
  expect(relationships).toEqual([])
  expect(await pictureOf(app.id)).toMatchObject({ configurationItem: { name: `renamed ${n}`, state: 'PRODUCTION' } })
})

test('a restore is refused in words when the other end is gone, when the item is decommissioned, and before its beginning', async () => {
  const { app, base, before, n } = await aChangedItem()
  await estate.change((em) => moveItem(em, estate.catalogue.now, { id: base.id, action: 'decommission' }, viewer))
  const present = await pictureOf(app.id)
  const [refused] = (await restore({ id: app.id, at: before })).userErrors
  expect(refused).toEqual({
    message: `renamed ${n} depends on base ${n} cannot come back: base ${n} is DECOMMISSIONED. Nothing was restored.`,
    rule: 'both ends must be there',
    itemId: base.id,
  })
  expect(await pictureOf(app.id)).toEqual(present)
  expect((await restore({ id: app.id, at: before, parts: ['ATTRIBUTES', 'STATE'] })).userErrors).toEqual([])
  expect((await restore({ id: app.id, at: '2001-01-01T00:00:00Z' })).userErrors[0]!.message).toMatch(
    /did not exist at 2001-01-01T00:00:00.000Z; its first version begins at/,
  )
  await estate.change((em) => moveItem(em, estate.catalogue.now, { id: app.id, action: 'decommission' }, viewer))
  expect((await restore({ id: app.id, at: before })).userErrors[0]!.rule).toBe('decommissioned')
})

test('a restore is refused to whom the item is not given, and when it was changed in the meantime', async () => {
  const { app, base, before } = await aChangedItem()
  expect((await restore({ id: app.id, at: before }, aViewer([base.uuid]))).userErrors[0]!.message).toMatch(
    /no configuration item/,
  )
  expect((await restore({ id: app.id, at: before, expectedVersion: 1 })).userErrors[0]!.message).toMatch(
    /changed in the meantime/,
  )
})

test('a restore into a world where another stands in its place is refused with what stands there now', async () => {
  const [host, east, west] = await estate.change(async (em) => [
    ...(await makeItems(em, 'ComputerSystem', ['wanderer'])),
    ...(await makeItems(em, 'Site', ['East', 'West'])),
  ])
  const at = (site: ConfigurationItem) => ({ type: 'locatedIn', sourceId: host!.uuid, targetId: site.uuid })
  const [there] = await estate.change((em) => relate(em, [at(east!)]))
  const before = await aMoment()
  await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: there!.id }, viewer))
  await estate.change((em) => relate(em, [at(west!)]))
  // Of the item itself: the one of now makes room for the one of then.
  expect((await restore({ id: host!.id, at: before, dryRun: true })).userErrors).toEqual([])
  // Of the place: the item is the other end, and what it stands in now is not the place's affair.
  expect((await restore({ id: east!.id, at: before })).userErrors).toMatchObject([
    {
      message:
        'wanderer is located in East cannot come back: wanderer is located in West already, and it can have only one such relationship. Remove that one first. Nothing was restored.',
      rule: 'only one of this type',
      itemId: host!.id,
    },
  ])
})

test('a restore is refused when a target has got its only source since', async () => {
  await estate.change(async (em) => {
    const facts = { name: 'leads', title: 'leads', inverse: 'ledBy', inverseTitle: 'is led by' }
    await defineRelationshipType(em, { ...facts, cardinality: 'ONE_TO_MANY' }, viewer)
    await defineRule(em, { type: 'leads', source: 'Application', target: 'Application' }, viewer)
  })
  await until(
    () => Promise.resolve(estate.catalogue.now.relationshipType('leads')),
    (type) => type?.pairs.length === 1,
  )
  const [first, second, team] = await estate.change((em) =>
    makeItems(em, 'Application', ['first lead', 'second lead', 'team']),
  )
  const leads = (lead: ConfigurationItem) => ({ type: 'leads', sourceId: lead.uuid, targetId: team!.uuid })
  const [led] = await estate.change((em) => relate(em, [leads(first!)]))
  const before = await aMoment()
  await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: led!.id }, viewer))
  await estate.change((em) => relate(em, [leads(second!)]))
  expect((await restore({ id: first!.id, at: before })).userErrors).toMatchObject([
    { message: expect.stringContaining('team is led by second lead already'), itemId: team!.id },
  ])
  expect((await restore({ id: team!.id, at: before })).userErrors).toEqual([])
})

/** Sites one inside the other, by name; the first relationships are of before. */
async function places<N extends string>(n: string, names: N[]) {
  const made = await estate.change((em) =>
    makeItems(
      em,
      'Site',
      names.map((name) => `${name} ${n}`),
    ),
  )
  const item = (name: N) => made[names.indexOf(name)]!
  const put = async (source: N, target: N) => {
    const edge = { type: 'locatedIn', sourceId: item(source).uuid, targetId: item(target).uuid }
    return (await estate.change((em) => relate(em, [edge])))[0]!
  }
  return { item, put }
}

test('a restore is refused where it would close a ring with what came since, and the ring is said', async () => {
  const { item, put } = await places('1', ['room', 'inner', 'middle'])
  await put('room', 'inner')
  const gone = await put('inner', 'middle')
  const before = await aMoment()
  await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: gone.id }, viewer))
  await put('middle', 'room')
  expect((await restore({ id: item('inner').id, at: before })).userErrors).toEqual([
    {
      message:
        'inner 1 is located in middle 1 cannot come back: inner 1 cannot be inside middle 1, because middle 1 is inside inner 1.' +
        ' The ring would be inner 1 → middle 1 → room 1 → inner 1. Nothing was restored.',
      rule: 'no rings of containment',
      itemId: item('middle').id,
    },
  ])
})

test('a restore that ends what would close the ring goes', async () => {
  const { item, put } = await places('2', ['inner', 'middle', 'outer'])
  const gone = await put('inner', 'middle')
  const before = await aMoment()
  await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: gone.id }, viewer))
  await put('middle', 'outer')
  await put('outer', 'inner')
  const { relationships, userErrors } = await restore({ id: item('inner').id, at: before })
  expect(userErrors).toEqual([])
  expect(relationships.map(({ kind, source, target }) => `${kind} ${source.name} → ${target.name}`)).toEqual([
    'REMOVED outer 2 → inner 2',
    'ADDED inner 2 → middle 2',
  ])
})
