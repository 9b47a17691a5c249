import { expect, test } from 'vitest'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { moveItem, updateItem } from '../../server/item/item.service.ts'
import { removeRelationship } from '../../server/item/relationship.service.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'

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
    await moveItem(em, { id: app.id, action: 'test' }, viewer)
    await removeRelationship(em, { id: needs!.id }, viewer)
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

test('a restore is refused in words when the other end is gone, when the item is protected, and before its beginning', async () => {
  const { app, base, before, n } = await aChangedItem()
  await estate.change((em) => moveItem(em, { id: base.id, action: 'decommission' }, viewer))
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
  await estate.change((em) => moveItem(em, { id: app.id, action: 'decommission' }, viewer))
  expect((await restore({ id: app.id, at: before })).userErrors[0]!.rule).toBe('protected state')
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
