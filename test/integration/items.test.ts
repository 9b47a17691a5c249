import { expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigurationItem } from '../../server/item/item.entity.ts'
import { createItem, moveItem, updateItem } from '../../server/item/item.service.ts'
import { createRelationship, removeRelationship } from '../../server/item/relationship.service.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'

const estate = anEstate()
const viewer = aViewer()
const within = (...items: { uuid: string }[]) => aViewer(items.map(({ uuid }) => uuid))
const scopesOf = async (uuid: string) =>
  (await estate.orm.em.fork().findOneOrFail(ConfigurationItem, uuid)).scopeIds.toSorted()
const ids = (...items: { uuid: string }[]) => items.map(({ uuid }) => uuid).toSorted()

test('an item made in a site is inside it, and what runs on it is inside both', async () => {
  const [site, host] = await estate.change(async (em) => {
    const site = await createItem(em, estate.catalogue.now, { className: 'Site', name: 'Oslo' }, viewer)
    const host = await createItem(
      em,
      estate.catalogue.now,
      { className: 'ComputerSystem', name: 'oslo-1', siteId: site.id, attributes: { port: 80 } },
      viewer,
    )
    return [site, host]
  })
  const software = await estate.change((em) =>
    createItem(em, estate.catalogue.now, { className: 'SoftwareInstallation', name: 'shop on oslo-1' }, viewer),
  )
  await estate.change((em) =>
    createRelationship(em, estate.catalogue.now, { type: 'runsOn', sourceId: software.id, targetId: host.id }, viewer),
  )
  expect(host.siteId).toBe(site.uuid)
  expect(await scopesOf(host.uuid)).toEqual(ids(site, host))
  expect(await scopesOf(software.uuid)).toEqual(ids(site, host, software))
})

test('moving a host to another site moves the scopes of all that runs on it, and the past stays as it was', async () => {
  const made = await estate.change(async (em) => {
    const [bergen, turku] = await makeItems(em, 'Site', ['Bergen', 'Turku'])
    const [host] = await makeItems(em, 'ComputerSystem', ['nomad'])
    const [software] = await makeItems(em, 'SoftwareInstallation', ['shop on nomad'])
    const [home] = await relate(em, [{ type: 'locatedIn', sourceId: host!.uuid, targetId: bergen!.uuid }])
    await relate(em, [{ type: 'runsOn', sourceId: software!.uuid, targetId: host!.uuid }])
    return { bergen: bergen!, turku: turku!, host: host!, software: software!, home: home! }
  })
  const { bergen, turku, host, software, home } = made
  await sleep(5)
  const before = new Date()
  await sleep(5)
  await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: home.id }, viewer))
  expect(await scopesOf(software.uuid)).toEqual(ids(host, software))
  await estate.change((em) =>
    createRelationship(em, estate.catalogue.now, { type: 'locatedIn', sourceId: host.id, targetId: turku.id }, viewer),
  )
  expect(await scopesOf(software.uuid)).toEqual(ids(host, software, turku))

  const text = `query($id: ID!, $at: Moment) { configurationItem(id: $id, at: $at) { name version site { name }
    relationships(first: 9, direction: OUT) { nodes { type { name } direction other { name } } } } }`
  const read = (at?: Date, who = viewer) =>
    estate.query<{ configurationItem: { site: { name: string } } | null }>(text, { id: host.id, at }, who)
  expect(await read()).toMatchObject({
    configurationItem: {
      site: { name: 'Turku' },
      relationships: { nodes: [{ direction: 'OUT', other: { name: 'Turku' } }] },
    },
  })
  expect(await read(before)).toMatchObject({
    configurationItem: {
      site: { name: 'Bergen' },
      relationships: { nodes: [{ type: { name: 'locatedIn' }, other: { name: 'Bergen' } }] },
    },
  })
  expect((await read(undefined, within(bergen))).configurationItem).toBeNull()
  expect((await read(before, within(bergen))).configurationItem).not.toBeNull()
  expect((await read(new Date(0))).configurationItem).toBeNull()
})

test('every version of an item has one validity range, and the ranges touch', async () => {
  const item = await estate.change((em) =>
    createItem(em, estate.catalogue.now, { className: 'Application', name: 'ledger' }, viewer),
  )
  await estate.change((em) =>
    updateItem(em, estate.catalogue.now, { id: item.id, attributes: { owner: 'Kim' } }, viewer),
  )
  await estate.change((em) => moveItem(em, estate.catalogue.now, { id: item.id, action: 'goLive' }, viewer))
  const versions = await estate.orm.em.getConnection().execute<{ version: number; touches: boolean; open: boolean }[]>(
    `select version, valid_to is null as open,
       valid_from = lag(valid_to) over (order by valid_from, version) as touches
     from configuration_item_version where uuid = ? order by valid_from, version`,
    [item.uuid],
  )
  expect(versions).toEqual([
    { version: 1, open: false, touches: null },
    { version: 2, open: false, touches: true },
    { version: 3, open: true, touches: true },
  ])
})

test('the history of an item says who did what, when and why; a list of an earlier time is that of then', async () => {
  const item = await estate.change((em) =>
    createItem(em, estate.catalogue.now, { className: 'Application', name: 'billing' }, viewer),
  )
  await sleep(5)
  const before = new Date()
  await sleep(5)
  await estate.change((em) =>
    updateItem(em, estate.catalogue.now, { id: item.id, name: 'invoicing', reason: 'clearer' }, viewer),
  )
  await estate.change((em) => moveItem(em, estate.catalogue.now, { id: item.id, action: 'goLive' }, viewer))
  const { configurationItem } = await estate.query<{ configurationItem: object }>(
    'query($id: ID!) { configurationItem(id: $id) { allowedActions history(first: 9) { totalCount nodes { id action from to by reason changes at } } } }',
    { id: item.id },
  )
  expect(configurationItem).toMatchObject({
    allowedActions: ['test', 'build', 'store', 'withdraw', 'decommission'],
    history: {
      totalCount: 3,
      nodes: [
        { action: 'goLive', from: 'NOT_READY', to: 'PRODUCTION' },
        { action: 'update', reason: 'clearer', changes: { name: 'invoicing' }, from: null },
        { action: 'create' },
      ],
    },
  })
  const list = (at: Date | null) =>
    estate.query<{ configurationItems: { nodes: object[] } }>(
      'query($at: Moment) { configurationItems(first: 9, at: $at, filter: { classNames: ["Application"], search: "ing" }) { totalCount nodes { name state allowedActions } } }',
      { at },
    )
  expect((await list(before)).configurationItems).toMatchObject({
    nodes: [{ name: 'billing', state: 'NOT_READY', allowedActions: [] }],
  })
  expect((await list(null)).configurationItems).toMatchObject({ nodes: [{ name: 'invoicing', state: 'PRODUCTION' }] })
})

test('lists, single items and relationships show only what the grant reaches', async () => {
  const [inside, outside] = await estate.change(async (em) => {
    const [here, there] = await makeItems(em, 'Site', ['Here', 'There'])
    const [one, two] = await makeItems(em, 'ComputerSystem', ['one', 'two'])
    await relate(em, [
      { type: 'locatedIn', sourceId: one!.uuid, targetId: here!.uuid },
      { type: 'locatedIn', sourceId: two!.uuid, targetId: there!.uuid },
      { type: 'dependsOn', sourceId: one!.uuid, targetId: two!.uuid },
    ])
    return [
      [here!, one!],
      [there!, two!],
    ] as const
  })
  const who = within(inside[0])
  const data = await estate.query<{
    configurationItems: { totalCount: number; nodes: { name: string }[] }
    hidden: null
  }>(
    `query($hidden: ID!) { configurationItems(first: 9) { totalCount nodes { name relationships(first: 9) { totalCount nodes { other { name } } } } }
      hidden: configurationItem(id: $hidden) { id } itemClasses { name count } }`,
    { hidden: outside[1].id },
    who,
  )
  expect(data).toMatchObject({
    configurationItems: {
      totalCount: 2,
      nodes: [
        { name: 'Here', relationships: { totalCount: 1, nodes: [{ other: { name: 'one' } }] } },
        { name: 'one', relationships: { totalCount: 1, nodes: [{ other: { name: 'Here' } }] } },
      ],
    },
    hidden: null,
    itemClasses: expect.arrayContaining([{ name: 'Site', count: 1 }]),
  })
  await expect(
    estate.change((em) => updateItem(em, estate.catalogue.now, { id: outside[1].id, name: 'mine' }, who)),
  ).rejects.toThrow(`There is no configuration item ${outside[1].id} that you can see.`)
})

test('what is wrong with an item is said with attribute, type and value', async () => {
  const create = (facts: object) =>
    estate.change((em) =>
      createItem(em, estate.catalogue.now, { className: 'ComputerSystem', name: 'faulty', ...facts }, viewer),
    )
  await expect(create({ className: 'Toaster' })).rejects.toThrow(
    'There is no item class "Toaster"; itemClasses lists those there are.',
  )
  await expect(create({ attributes: { port: '80' } })).rejects.toThrow(
    'The attribute port of a ComputerSystem takes a whole number; "80" is none.',
  )
  await expect(create({ attributes: { colour: 'red' } })).rejects.toThrow('A ComputerSystem has no attribute "colour".')
  await expect(create({ attributes: ['port'] })).rejects.toThrow('attributes must be an object')
  await expect(create({ name: '  ' })).rejects.toThrow('A name has 1 to 200 characters.')
  await expect(create({ siteId: 'ci_1' })).rejects.toThrow('"ci_1" is not an id of Waybill.')
  const made = await create({})
  await expect(create({})).rejects.toThrow('There is already a ComputerSystem called faulty outside every site.')
  await estate.change((em) => moveItem(em, estate.catalogue.now, { id: made.id, action: 'decommission' }, viewer))
  await expect(
    estate.change((em) => updateItem(em, estate.catalogue.now, { id: made.id, name: 'x' }, viewer)),
  ).rejects.toThrow('faulty is DECOMMISSIONED, and such an item cannot be changed any more.')
  await expect(
    estate.change((em) => moveItem(em, estate.catalogue.now, { id: made.id, action: 'fly' }, viewer)),
  ).rejects.toThrow('it cannot fly')
})

test('relationships that break a rule are refused with the items and the rule', async () => {
  const [site, other, host, second] = await estate.change(async (em) => [
    ...(await makeItems(em, 'Site', ['Outer', 'Inner'])),
    ...(await makeItems(em, 'ComputerSystem', ['alpha', 'beta'])),
  ])
  const relating = (type: string, source: { id: string }, target: { id: string }) =>
    estate.change((em) =>
      createRelationship(em, estate.catalogue.now, { type, sourceId: source.id, targetId: target.id }, viewer),
    )
  await relating('dependsOn', host!, second!)
  await expect(relating('dependsOn', host!, second!)).rejects.toThrow('alpha depends on beta already.')
  await expect(relating('dependsOn', host!, host!)).rejects.toThrow('alpha cannot be related to itself.')
  await expect(relating('dependsOn', host!, site!)).rejects.toThrow('Outer (Site) cannot be the target of dependsOn')
  await expect(relating('likes', host!, second!)).rejects.toThrow('There is no relationship type "likes".')
  await relating('locatedIn', other!, site!)
  await expect(relating('locatedIn', site!, other!)).rejects.toThrow(
    'Outer cannot be inside Inner, because Inner is inside Outer.',
  )
  await relating('locatedIn', host!, site!)
  await expect(relating('locatedIn', host!, other!)).rejects.toThrow('alpha is located in Outer already')
})

test('a list with site, relationships and impact takes the same number of statements for 2 items as for 20', async () => {
  const items = await estate.change(async (em) => {
    const [site] = await makeItems(em, 'Site', ['Counted'])
    const hosts = await makeItems(
      em,
      'ComputerSystem',
      Array.from({ length: 20 }, (_, n) => `counted-${n}`),
    )
    await relate(
      em,
      hosts.map(({ uuid }) => ({ type: 'locatedIn', sourceId: uuid, targetId: site!.uuid })),
    )
    await relate(
      em,
      hosts.slice(1).map(({ uuid }) => ({ type: 'dependsOn', sourceId: uuid, targetId: hosts[0]!.uuid })),
    )
    return hosts
  })
  await expect.poll(() => estate.topology.related(items[19]!.uuid).length).toBe(2)
  const text = `query($first: Int) { configurationItems(first: $first, filter: { search: "counted-" }) { totalCount nodes {
    name site { name } product { name } actualItem { name } attributes { name value } installed(first: 10) { totalCount nodes { name } } relationships(first: 50) { totalCount nodes { type { title } other { name } } }
    impact { total nodes { item { name site { name } } } edges { sourceId } } } } }`
  let few: { configurationItems: { nodes: { name: string; impact: { total: number } }[] } }
  const two = await countStatements(async () => (few = await estate.query(text, { first: 2 })))
  const twenty = await countStatements(() => estate.query(text, { first: 20 }))
  expect(few!.configurationItems.nodes[0]!.impact.total).toBe(19)
  expect(twenty.length).toBeLessThanOrEqual(two.length)
  expect(twenty.length).toBeLessThanOrEqual(13)
})
