import { expect, test } from 'vitest'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { moveItem, updateItem } from '../../server/item/item.service.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'

interface Answer {
  items: { id: string; name: string; state: string; version: number; site: { name: string } | null }[]
  undoId: string | null
  userErrors: { code: string; message: string; itemId: string | null; field: string[] | null }[]
}

const estate = anEstate()
const viewer = aViewer()
const ASKED = 'items { id name state version site { name } } undoId userErrors { code message itemId field }'
const change = async (input: object, who = viewer) =>
  (
    await estate.query<{ itemsChange: Answer }>(
      `mutation($input: ItemsChangeInput!) { itemsChange(input: $input) { ${ASKED} } }`,
      { input },
      who,
    )
  ).itemsChange
const undo = async (undoId: string | null, who = viewer) =>
  (
    await estate.query<{ itemsUndo: Answer }>(
      `mutation($input: ItemsUndoInput!) { itemsUndo(input: $input) { ${ASKED} } }`,
      { input: { undoId } },
      who,
    )
  ).itemsUndo
const PICTURE = `query($id: ID!) { configurationItem(id: $id) { name state site { name } attributes { name authorizedValue } } }`
const picture = (items: { id: string }[]) =>
  Promise.all(
    items.map(async ({ id }) => (await estate.query<{ configurationItem: object }>(PICTURE, { id })).configurationItem),
  )
const sql = <T>(text: string, values: unknown[] = []) => estate.orm.em.getConnection().execute<T[]>(text, values)
const ids = (items: { id: string }[]) => items.map(({ id }) => id)

let counter = 0
/** Two sites; three hosts, the first in the first site with software on it. */
async function someHosts() {
  const n = ++counter
  return estate.change(async (em) => {
    const [old, fresh] = await makeItems(em, 'Site', [`Old ${n}`, `New ${n}`])
    const hosts = await makeItems(em, 'ComputerSystem', [`a-${n}`, `b-${n}`, `c-${n}`], { attributes: { port: 80 } })
    const [software] = await makeItems(em, 'SoftwareInstallation', [`shop on a-${n}`])
    await relate(em, [
      { type: 'locatedIn', sourceId: hosts[0]!.uuid, targetId: old!.uuid },
      { type: 'runsOn', sourceId: software!.uuid, targetId: hosts[0]!.uuid },
    ])
    return {
      n,
      old: old!,
      fresh: fresh!,
      hosts: hosts as [ConfigurationItem, ConfigurationItem, ConfigurationItem],
      software: software!,
    }
  })
}

test('values, state and site of many items change as one, with one audit entry and one change of the graph', async () => {
  const { n, fresh, hosts, software } = await someHosts()
  const [{ entries }] = (await sql<{ entries: string }>('select count(*) as entries from audit_entry')) as [
    { entries: string },
  ]
  const answer = await change({
    ids: ids(hosts),
    attributes: { port: 443, owner: 'Kim' },
    siteId: fresh.id,
    state: 'TEST',
    reason: 'moved',
  })
  expect(answer.userErrors).toEqual([])
  expect(answer.items).toMatchObject(
    hosts.map(({ id, name }) => ({ id, name, state: 'TEST', site: { name: `New ${n}` } })),
  )
  const [after] = await sql<{ entries: string }>('select count(*) as entries from audit_entry')
  expect(Number(after!.entries) - Number(entries)).toBe(1)
  expect(await picture([software])).toMatchObject([{ site: { name: `New ${n}` } }])
  const [told] = await sql<{ changes: string; reason: string }>(
    `select count(distinct change_id) as changes, min(g.reason) as reason from configuration_item_version v
       join graph_change g on g.uuid = v.change_id where v.uuid = any(?::uuid[]) and v.valid_to is null`,
    [`{${hosts.map(({ uuid }) => uuid).join()}}`],
  )
  expect(told).toEqual({ changes: '1', reason: 'moved' })
})

test('the states of many items change in as many statements as those of two', async () => {
  const hosts = await estate.change((em) =>
    makeItems(
      em,
      'ComputerSystem',
      Array.from({ length: 40 }, (_, index) => `many-${index}`),
    ),
  )
  const few = await countStatements(() => change({ ids: ids(hosts.slice(0, 2)), state: 'TEST' }))
  const many = await countStatements(() => change({ ids: ids(hosts.slice(2)), state: 'TEST' }))
  expect(many.length).toBe(few.length)
  const [told] = await sql<{ n: number; from: string; to: string }>(
    `select count(*)::int as n, min(from_state) as from, max(to_state) as to from history
     where subject = any(?::uuid[]) and action = 'test'`,
    [`{${hosts.map(({ uuid }) => uuid).join()}}`],
  )
  expect(told).toEqual({ n: 40, from: 'PRODUCTION', to: 'TEST' })
})

test('nothing is changed when one is refused, and every refusal names its item', async () => {
  const { fresh, hosts } = await someHosts()
  const [a, b, c] = hosts
  await estate.change((em) => moveItem(em, estate.catalogue.now, { id: b.id, action: 'decommission' }, viewer))
  const before = await picture(hosts)
  const refused = await change({ ids: ids(hosts), siteId: fresh.id, state: 'BUILD', expectedVersions: [99, 2, 99] })
  expect(refused.items).toEqual([])
  expect(refused.userErrors.map(({ code, itemId }) => [code, itemId])).toEqual([
    ['VERSION_CONFLICT', a.id],
    ['BAD_INPUT', b.id],
    ['VERSION_CONFLICT', c.id],
  ])
  for (const { message } of refused.userErrors) expect(message).toMatch(/^[abc]-\d+ (was changed|is DECOMMISSIONED)/)
  expect(await picture(hosts)).toEqual(before)
  const wrong = await change({ ids: ids([a, c]), attributes: { port: 'x' } })
  expect(wrong.userErrors.map(({ message }) => message)).toEqual(
    [a, c].map(({ name }) => `${name}: The attribute port of a ComputerSystem takes a whole number; "x" is none.`),
  )
})

test('no move makes a second item of one class and name at a site, nor does a new name', async () => {
  const { n, fresh, old, hosts } = await someHosts()
  const [twin, far] = await estate.change((em) => makeItems(em, 'ComputerSystem', [`a-${n}`, `a-${n}`]))
  const at = (item: ConfigurationItem, site: ConfigurationItem) => change({ ids: [item.id], siteId: site.id })
  expect((await at(twin!, fresh)).userErrors).toEqual([])
  const before = await picture([hosts[0], twin!, far!])
  const { userErrors } = await change({ ids: ids([hosts[0], hosts[1]]), siteId: fresh.id })
  expect(userErrors).toEqual([
    {
      code: 'BAD_INPUT',
      field: ['siteId'],
      itemId: hosts[0].id,
      message: `There is already a ComputerSystem called a-${n} in New ${n}.`,
    },
  ])
  const both = await change({ ids: ids([hosts[0], far!]), siteId: fresh.id })
  expect(both.userErrors.map(({ itemId }) => itemId)).toEqual([hosts[0].id, far!.id])
  expect(await picture([hosts[0], twin!, far!])).toEqual(before)
  expect((await at(hosts[1], old)).userErrors).toEqual([])
  await expect(
    estate.change((em) => updateItem(em, estate.catalogue.now, { id: hosts[1].id, name: `a-${n}` }, viewer)),
  ).rejects.toThrow(`There is already a ComputerSystem called a-${n} at this site.`)
  await estate.change((em) => updateItem(em, estate.catalogue.now, { id: hosts[1].id, name: `b-${n}` }, viewer))
})

test('an undo is refused where another item of that class and name stands there now', async () => {
  const { n, old, fresh, hosts } = await someHosts()
  const { undoId } = await change({ ids: [hosts[0].id], siteId: fresh.id })
  const [late] = await estate.change((em) => makeItems(em, 'ComputerSystem', [`a-${n}`]))
  expect((await change({ ids: [late!.id], siteId: old.id })).userErrors).toEqual([])
  expect((await undo(undoId)).userErrors).toMatchObject([
    { itemId: hosts[0].id, message: `There is already a ComputerSystem called a-${n} in Old ${n}.` },
  ])
})

test('what the caller does not see or may not change is refused, and nothing else is changed', async () => {
  const { hosts } = await someHosts()
  const [a, b] = hosts
  const answer = await change({ ids: ids([a, b]), state: 'TEST' }, aViewer([a.uuid]))
  expect(answer.userErrors).toMatchObject([{ code: 'NOT_FOUND', itemId: b.id }])
  const reader = {
    ...viewer,
    reach: (permission: string) => (permission === 'item.edit' ? [a.uuid] : ('estate' as const)),
  }
  expect((await change({ ids: ids([a, b]), state: 'TEST' }, reader)).userErrors).toMatchObject([
    { code: 'FORBIDDEN', itemId: b.id },
  ])
  expect(await picture([a, b])).toMatchObject([{ state: 'PRODUCTION' }, { state: 'PRODUCTION' }])
})

test('an empty, double or unclear wish is refused in words', async () => {
  const { hosts } = await someHosts()
  const [{ id }] = hosts
  const said = async (input: object) => (await change(input)).userErrors.map(({ message }) => message).join()
  expect(await said({ ids: [], state: 'TEST' })).toBe('1 to 200 items are changed at once; 0 were named.')
  expect(await said({ ids: Array.from({ length: 201 }, () => id), state: 'TEST' })).toContain('201 were named')
  expect(await said({ ids: [id, id], state: 'TEST' })).toBe('An item is named twice.')
  expect(await said({ ids: [id] })).toBe('Say what changes: attributes, siteId or state.')
  expect(await said({ ids: [id], state: 'TEST', expectedVersions: [] })).toContain('one version for each item')
  expect(await said({ ids: [id], siteId: hosts[1].id })).toContain('an item is located in a Site')
  expect(await change({ ids: [id], state: 'PRODUCTION' })).toMatchObject({ items: [], undoId: null, userErrors: [] })
})

test('an undo brings back values, state and site as a new change, and can be undone itself', async () => {
  const { fresh, hosts, software } = await someHosts()
  const all = [...hosts, software]
  const before = await picture(all)
  const { undoId } = await change({
    ids: ids(hosts),
    attributes: { port: null, owner: 'Kim' },
    siteId: fresh.id,
    state: 'BUILD',
    reason: 'by mistake',
  })
  const changed = await picture(all)
  const undone = await undo(undoId)
  expect(undone.userErrors).toEqual([])
  expect(undone.items).toHaveLength(3)
  expect(await picture(all)).toEqual(before)
  const [told] = await sql<{ reason: string; mutation: string }>(
    'select reason, mutation from graph_change where uuid = ?::uuid',
    [undone.undoId],
  )
  expect(told).toEqual({ reason: 'Undo of “by mistake”', mutation: 'itemsUndo' })
  expect((await undo(undone.undoId)).userErrors).toEqual([])
  expect(await picture(all)).toEqual(changed)
})

test('an undo is refused as a whole, in words, where somebody changed an item in between', async () => {
  const { hosts } = await someHosts()
  const [a, b] = hosts
  const { undoId } = await change({ ids: ids([a, b]), attributes: { owner: 'Kim' } })
  await estate.change((em) => updateItem(em, estate.catalogue.now, { id: b.id, attributes: { owner: 'Lee' } }, viewer))
  const before = await picture(hosts)
  const { items, userErrors } = await undo(undoId)
  expect(items).toEqual([])
  expect(userErrors).toMatchObject([{ code: 'BAD_INPUT', itemId: b.id }])
  expect(userErrors[0]!.message).toMatch(new RegExp(`^${b.name} was changed since .*Nothing was undone`))
  expect(await picture(hosts)).toEqual(before)
})

test('what is no change of items cannot be undone, and a decommissioning offers none', async () => {
  const { hosts } = await someHosts()
  const [made] = await sql<{ id: string }>('select uuid as id from graph_change where mutation is null limit 1')
  for (const id of ['nonsense', crypto.randomUUID(), made!.id])
    expect((await undo(id)).userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['undoId'] }])
  const { undoId } = await change({ ids: ids(hosts), state: 'TEST' })
  const elsewhere = await undo(undoId, aViewer([hosts[0].uuid]))
  expect(elsewhere.userErrors).toMatchObject([{ code: 'NOT_FOUND', itemId: null }])
  const gone = await change({ ids: ids(hosts), state: 'DECOMMISSIONED' })
  expect([gone.items.length, gone.undoId]).toEqual([3, null])
})
