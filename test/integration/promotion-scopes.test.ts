// A promotion scope says as what things are authorized: of which class, with which values, in which state, and what goes along.
import { expect, test } from 'vitest'
import { defineAttribute } from '../../server/catalogue/attribute.service.ts'
import { defineClass, renameClass, retireClass, updateClass } from '../../server/catalogue/class.service.ts'
import type { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import { promoteItems } from '../../server/reconciliation/promote.ts'
import { aViewer, makeItems } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'
import { aReconciledEstate } from '../support/reconciliation.ts'

const estate = aReconciledEstate()
const viewer = aViewer()
const ANSWER = `promotionScope { id version name mappings { actualClass authorizedClass attributes state goesAlong } }`
interface Payload {
  promotionScope: { id: string; version: number; name: string; mappings: object[] } | null
  userErrors: { message: string; rule: string | null }[]
}
const ask = (verb: 'Create' | 'Update', input: object) =>
  estate.ask<Payload>(`promotionScope${verb}`, `PromotionScope${verb}Input`, input, ANSWER)
const remove = (input: object) => estate.ask<Payload>('promotionScopeRemove', 'MoveInput', input, ANSWER)
async function scope(name: string, mappings: object[], facts: object = {}) {
  const { promotionScope, userErrors } = await ask('Create', { name, className: 'ComputerSystem', mappings, ...facts })
  expect(userErrors).toEqual([])
  return promotionScope!
}
const promote = (items: readonly ActualItem[], scopeId?: string) =>
  estate.change((em) =>
    promoteItems(em, estate.catalogue.now, { actualItemIds: items.map(({ id }) => id), scopeId }, viewer),
  )
const authorized = (...names: string[]) =>
  estate.sql<{ name: string; class: string; state: string; attributes: object }>(
    'select name, class_name as class, state, attributes from configuration_item where name = any($1) order by name',
    [names],
  )
const preview = async (input: object, who = viewer) =>
  (
    await estate.query<{ promotionPreview: Preview }>(
      `query($input: PromotionPreviewInput!) { promotionPreview(input: $input) { scope { name } looked isComplete
         classes { actualClass authorizedClass state created linked authorized ambiguous notCopied { attribute why count } }
         items { actualItem { name } fate isAlong className state copied notCopied { attribute why } configurationItem { name } } } }`,
      { input },
      who,
    )
  ).promotionPreview
interface Preview {
  looked: number
  isComplete: boolean
  classes: object[]
  items: { actualItem: { name: string }; fate: string }[]
}
const aClass = async (name: string, parent: string, facts = {}) => {
  await estate.change((em) => defineClass(em, { name, title: name, parent, ...facts }, viewer))
  await expect.poll(() => estate.catalogue.now.class(name)).toBeDefined()
}

const VIRTUAL = { actualClass: 'VirtualMachine', authorizedClass: 'ComputerSystem' }

test('a thing is authorized as the class of the nearest mapping, with the values that both sides have, in its state', async () => {
  await aClass('TinyMachine', 'VirtualMachine')
  await aClass('Gadget', 'Component')
  await estate.change((em) =>
    defineAttribute(
      em,
      { className: 'Gadget', name: 'cpus', title: 'Cores', type: 'enumeration', values: ['few'], copied: true },
      viewer,
    ),
  )
  await estate.change((em) =>
    defineAttribute(em, { className: 'Gadget', name: 'model', title: 'Model', copied: true }, viewer),
  )
  await expect.poll(() => estate.catalogue.now.attributesOf('Gadget').length).toBeGreaterThan(2)
  const { id, mappings } = await scope('Simple', [
    { ...VIRTUAL, state: 'TEST' },
    { actualClass: 'TinyMachine', authorizedClass: 'Gadget' },
    { actualClass: 'LogicalPartition', authorizedClass: 'ComputerSystem', attributes: ['serialNumber'] },
  ])
  expect(mappings[0]).toEqual({ ...VIRTUAL, attributes: [], state: 'TEST', goesAlong: 'AS_RELATED' })
  const seen = { model: 'KVM', cpus: 2, serialNumber: 'S-1' }
  const things = [
    await estate.see('VirtualMachine', 'vm-1', { ...seen, disk: 40 }),
    await estate.see('TinyMachine', 'vm-2', seen),
    await estate.see('LogicalPartition', 'vm-3', seen),
    await estate.see('NetworkDevice', 'vm-4', seen),
  ]
  const said = await preview({ actualItemIds: things.map((one) => one.id), scopeId: id })
  await promote(things, id)
  expect(await authorized('vm-1', 'vm-2', 'vm-3', 'vm-4')).toEqual([
    { name: 'vm-1', class: 'ComputerSystem', state: 'TEST', attributes: { model: 'KVM', cpus: 2 } },
    { name: 'vm-2', class: 'Gadget', state: 'PRODUCTION', attributes: { model: 'KVM' } },
    { name: 'vm-3', class: 'ComputerSystem', state: 'PRODUCTION', attributes: { serialNumber: 'S-1' } },
    { name: 'vm-4', class: 'NetworkDevice', state: 'PRODUCTION', attributes: { model: 'KVM', cpus: 2 } },
  ])
  // What was said before is what came.
  expect(said).toMatchObject({ scope: { name: 'Simple' }, looked: 4, isComplete: true })
  const byName = Object.fromEntries(said.items.map((one) => [one.actualItem.name, one]))
  expect(byName['vm-1']).toMatchObject({
    ...{ fate: 'CREATE', isAlong: false, className: 'ComputerSystem', state: 'TEST', copied: ['cpus', 'model'] },
    notCopied: expect.arrayContaining([
      { attribute: 'disk', why: 'UNKNOWN' },
      { attribute: 'serialNumber', why: 'NOT_WANTED' },
    ]),
    configurationItem: null,
  })
  expect(byName['vm-2']).toMatchObject({
    className: 'Gadget',
    notCopied: expect.arrayContaining([
      { attribute: 'cpus', why: 'UNFIT' },
      { attribute: 'serialNumber', why: 'UNKNOWN' },
    ]),
  })
  expect(await preview({ actualItemIds: [things[0]!.id], scopeId: id })).toMatchObject({
    items: [{ fate: 'AUTHORIZED', className: 'ComputerSystem', notCopied: [], configurationItem: { name: 'vm-1' } }],
  })
})

test('without a mapping a thing keeps its class and what its scope copies', async () => {
  const { id } = await scope('Plain', [], { attributes: ['model'] })
  await promote([await estate.see('VirtualMachine', 'plain-1', { model: 'KVM', cpus: 2 })], id)
  expect(await authorized('plain-1')).toEqual([
    { name: 'plain-1', class: 'VirtualMachine', state: 'PRODUCTION', attributes: { model: 'KVM' } },
  ])
})

test('a reconciliation takes the mapped class for right, and asks of what is not copied only where somebody planned it', async () => {
  const task = await estate.task({ name: 'Computers', classNames: ['ComputerSystem'], depth: 0 })
  const filer = { actualClass: 'StorageSystem', authorizedClass: 'NetworkDevice' }
  const { id } = await scope('Narrow', [{ ...filer, attributes: ['model'] }])
  const actual = await estate.see('StorageSystem', 'right-1', { model: 'KVM', cpus: 2, capacity: 40 })
  await promote([actual], id)
  const about = async (kinds: string[]) =>
    (await estate.results({ taskId: task, states: ['OPEN'], kinds })).filter(({ message }) =>
      message.includes('right-1'),
    )
  await estate.run(task)
  expect(await about(['MISMATCH', 'MISSING', 'UNEXPECTED', 'LINK_FAILURE'])).toEqual([])
  await estate.sql(`update configuration_item set attributes = attributes || '{"cpus": 4}' where name = 'right-1'`)
  await estate.run(task)
  expect((await about(['MISMATCH'])).map(({ message }) => message)).toEqual(['right-1 differs: cpus.'])
  await estate.sql(`update actual_item set attributes = '{"model": "Xen", "cpus": 4}' where name = 'right-1'`)
  await estate.run(task)
  expect((await about(['MISMATCH'])).map(({ message }) => message)).toEqual(['right-1 differs: model.'])
  // Another scope that copies all makes all of it asked for.
  await estate.sql(`update actual_item set attributes = '{"model": "KVM", "osName": "ONTAP"}' where name = 'right-1'`)
  await estate.run(task)
  expect(await about(['MISMATCH'])).toEqual([])
  await scope('Wide', [filer])
  await estate.run(task)
  expect((await about(['MISMATCH'])).map(({ message }) => message)).toEqual(['right-1 differs: osName.'])
})

test('what was planned as the mapped class is linked with what is seen, by promotion, by rule and by hand', async () => {
  const { id } = await scope('Linking', [VIRTUAL])
  const names = ['link-1', 'link-2', 'link-3']
  const planned = await estate.change((em) => makeItems(em, 'ComputerSystem', names))
  const [first, second, third] = [
    await estate.see('VirtualMachine', 'link-1'),
    await estate.see('VirtualMachine', 'link-2'),
    await estate.see('VirtualMachine', 'link-3'),
  ]
  const linkedWith = async (name: string) =>
    (
      await estate.sql<{ actual: string }>('select actual_item_id as actual from configuration_item where name = $1', [
        name,
      ])
    ).map(({ actual }) => actual)
  expect(await estate.query('query($id: ID!) { actualItem(id: $id) { fittingClasses } }', { id: first.id })).toEqual({
    actualItem: { fittingClasses: ['VirtualMachine', 'ComputerSystem'] },
  })
  expect(await preview({ actualItemIds: [first.id], scopeId: id })).toMatchObject({
    classes: [{ authorizedClass: 'ComputerSystem', created: 0, linked: 1, state: null }],
    items: [{ fate: 'LINK', configurationItem: { name: 'link-1' } }],
  })
  await promote([first], id)
  expect(await linkedWith('link-1')).toEqual([first.uuid])
  const byHand = await estate.ask<{ item: { name: string } }>(
    'reconciliationLink',
    'ReconciliationLinkInput',
    { actualItemId: third.id, itemId: planned[2]!.id },
    'item { name }',
  )
  expect(byHand).toMatchObject({ item: { name: 'link-3' }, userErrors: [] })
  await estate.run(await estate.task({ name: 'Linking', classNames: ['ComputerSystem'] }))
  expect(await linkedWith('link-2')).toEqual([second.uuid])
})

test('two things that could both be one planned item are refused, and passed over when everything is promoted', async () => {
  const { id } = await scope('Rivals', [VIRTUAL])
  await estate.change((em) => makeItems(em, 'ComputerSystem', ['rival']))
  const rivals = [await estate.see('VirtualMachine', 'rival'), await estate.see('ComputerSystem', 'rival')]
  expect(await preview({ actualItemIds: rivals.map((one) => one.id), scopeId: id })).toMatchObject({
    items: [{ fate: 'AMBIGUOUS' }, { fate: 'AMBIGUOUS' }],
  })
  await expect(promote(rivals, id)).rejects.toThrow(
    'rival (VirtualMachine) and rival (ComputerSystem) could both be one configuration item, so neither was linked.',
  )
  await estate.change((em) => promoteItems(em, estate.catalogue.now, { everything: true, scopeId: id }, viewer))
  expect(await authorized('rival')).toHaveLength(1)
  expect(await estate.sql(`select actual_item_id from configuration_item where name = 'rival'`)).toEqual([
    { actual_item_id: null },
  ])
})

test('what is contained goes along however deep where its mapping says so, and software stays behind where it says never', async () => {
  const { id } = await scope('Contents', [
    { actualClass: 'NetworkInterface', authorizedClass: 'NetworkInterface', goesAlong: 'CONTAINED' },
    { actualClass: 'SoftwareInstallation', authorizedClass: 'SoftwareInstallation', goesAlong: 'NEVER' },
  ])
  const host = await estate.see('ComputerSystem', 'box')
  const guest = await estate.see('VirtualMachine', 'box guest')
  const [nic, deepNic] = [
    await estate.see('NetworkInterface', 'box eth0'),
    await estate.see('NetworkInterface', 'box guest eth0'),
  ]
  const [software, os] = [await estate.see('SoftwareInstallation', 'box nginx'), await estate.see('Linux', 'box Linux')]
  const stranger = await estate.see('NetworkInterface', 'elsewhere eth0')
  await estate.seeEdge('runsOn', guest, host)
  await estate.seeEdge('partOf', nic, host)
  await estate.seeEdge('partOf', deepNic, guest)
  await estate.seeEdge('runsOn', software, host)
  await estate.seeEdge('runsOn', os, host)
  await estate.seeEdge('connectedTo', stranger, host)
  const named = (one: { name: string }) => one.name
  expect((await promote([host], id)).map(named).toSorted()).toEqual([
    'box',
    'box Linux',
    'box eth0',
    'box guest',
    'box guest eth0',
  ])
  // Chosen itself it is promoted all the same.
  const everywhere = await scope('Software', [{ ...VIRTUAL }], { className: 'SoftwareInstallation' })
  expect((await promote([software], everywhere.id)).map(named)).toEqual(['box nginx'])
})

test('mappings that could not be followed are refused, each with what is wrong', async () => {
  await aClass('Idle', 'Component')
  await estate.change((em) => retireClass(em, 'Idle', viewer))
  await expect.poll(() => estate.catalogue.now.class('Idle')?.isRetired).toBe(true)
  const refusals: [object[], string][] = [
    [[VIRTUAL, VIRTUAL], 'Two mappings are for VirtualMachine; in a scope there is one for each class.'],
    [[{ ...VIRTUAL, authorizedClass: 'Component' }], 'Component only gathers what its subclasses have in common'],
    [[{ ...VIRTUAL, authorizedClass: 'Dream' }], 'There is no item class "Dream"'],
    [[{ ...VIRTUAL, authorizedClass: 'Idle' }], 'The class Idle is retired'],
    [[{ ...VIRTUAL, actualClass: 'Dream' }], 'There is no item class "Dream"'],
    [[{ ...VIRTUAL, actualClass: 'Idle' }], 'The class Idle is retired'],
    [[{ ...VIRTUAL, attributes: ['disk'] }], 'A ComputerSystem has no attribute "disk"'],
    [
      [{ actualClass: 'Site', authorizedClass: 'ComputerSystem', attributes: ['model'] }],
      'Nothing is seen as "model" of a Site',
    ],
    [[{ ...VIRTUAL, state: 'DECOMMISSIONED' }], 'cannot begin as DECOMMISSIONED'],
    [Array.from({ length: 101 }, () => VIRTUAL), 'A promotion scope has at most 100 mappings; these are 101.'],
  ]
  const { id } = await scope('Kept', [VIRTUAL])
  for (const [mappings, words] of refusals) {
    const inputs = [
      ['Create', { name: 'Refused', className: 'ComputerSystem', mappings }],
      ['Update', { id, mappings }],
    ] as const
    for (const [verb, input] of inputs) {
      const { promotionScope, userErrors } = await ask(verb, input)
      expect(promotionScope).toBeNull()
      expect(userErrors[0]!.message).toContain(words)
    }
  }
  // What is not given stays, what is given takes the place of all.
  const other = { actualClass: 'LogicalPartition', authorizedClass: 'ComputerSystem' }
  expect((await ask('Update', { id, name: 'Kept so' })).promotionScope!.mappings).toMatchObject([VIRTUAL])
  expect((await ask('Update', { id, mappings: [other] })).promotionScope!.mappings).toMatchObject([other])
  expect((await ask('Update', { id, mappings: [] })).promotionScope!.mappings).toEqual([])
})

test('a class that a mapping uses is not retired, renamed or made abstract: the refusal names the scope', async () => {
  for (const name of ['Dynamo', 'Turbine']) await aClass(name, 'Component')
  const { id } = await scope('Power', [{ actualClass: 'Dynamo', authorizedClass: 'Turbine' }])
  const change = (name: string) => ({
    retire: () => estate.change((em) => retireClass(em, name, viewer)),
    rename: () => estate.change((em) => renameClass(em, { name, newName: `${name}s` }, viewer)),
    abstract: () => estate.change((em) => updateClass(em, { name, isAbstract: true }, viewer)),
  })
  await expect(change('Dynamo').retire()).rejects.toThrow('by 1 promotion mapping (of Power).')
  await expect(change('Dynamo').rename()).rejects.toThrow('by 1 promotion mapping (of Power).')
  for (const to of ['retire', 'rename', 'abstract'] as const) {
    await expect(change('Turbine')[to]()).rejects.toThrow('by 1 promotion scope (Power).')
  }
  // It is for what inherits from it.
  await change('Dynamo').abstract()
  expect((await remove({ id })).userErrors).toEqual([])
  await change('Dynamo').retire()
  await change('Turbine').retire()
})

test('a scope is removed with what promoted things have left as it is, in its version only, and never the last one', async () => {
  const { id, version } = await scope('Fleeting', [VIRTUAL])
  await promote([await estate.see('VirtualMachine', 'stays-1')], id)
  expect((await remove({ id, expectedVersion: version + 1 })).userErrors[0]!.message).toContain('Fleeting')
  expect(await remove({ id, expectedVersion: version })).toMatchObject({ promotionScope: { id }, userErrors: [] })
  expect((await remove({ id })).userErrors[0]!.message).toContain('promotion scope')
  expect(await authorized('stays-1')).toMatchObject([{ class: 'ComputerSystem' }])
  expect(await estate.sql(`select topic from event_inbox union all select topic from event order by 1`)).toContainEqual(
    {
      topic: 'promotionScope.changed',
    },
  )
  const { promotionScopes } = await estate.query<{ promotionScopes: { id: string; name: string }[] }>(
    '{ promotionScopes { id name } }',
  )
  const [last, ...others] = promotionScopes
  for (const one of others) expect((await remove({ id: one.id })).userErrors).toEqual([])
  expect((await remove({ id: last!.id })).userErrors).toMatchObject([
    { message: `${last!.name} is the only promotion scope, and every promotion goes through one.` },
  ])
})

test('a preview is for who may promote, bounded, and takes so many statements however much there is', async () => {
  const [default_] = (await estate.query<{ promotionScopes: { id: string }[] }>('{ promotionScopes { id } }'))
    .promotionScopes
  await estate.sql(
    `insert into actual_item (uuid, created_at, updated_at, version, class_name, name, native_key, state, attributes, first_seen_at, last_seen_at)
     select gen_random_uuid(), now(), now(), 1, 'ComputerSystem', 'many-' || n, 'many-' || n, 'PRESENT', '{"serialNumber": "S"}', now(), now()
     from generate_series(1, 1200) n`,
  )
  const input = { everything: true, scopeId: default_!.id }
  const said = await preview(input)
  expect(said).toMatchObject({ isComplete: false, looked: expect.any(Number) })
  expect(said.items).toHaveLength(100)
  expect(said.classes).toContainEqual(
    expect.objectContaining({
      actualClass: 'ComputerSystem',
      notCopied: [expect.objectContaining({ attribute: 'serialNumber', why: 'NOT_WANTED' })],
    }),
  )
  const all = await countStatements(() => preview(input))
  const few = await countStatements(() => preview({ ...input, everything: false, actualItemIds: [] }).catch(() => null))
  expect(all.length).toBeLessThanOrEqual(9)
  expect(few.length).toBeLessThan(all.length)
  await expect(preview(input, aViewer(['00000000-0000-7000-8000-000000000001']))).rejects.toThrow(
    'may promote only within a scope',
  )
  // Nothing was made.
  expect(await authorized('many-1')).toEqual([])
})
