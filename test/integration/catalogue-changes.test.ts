import { expect, test } from 'vitest'
import { defineAttribute, removeAttribute } from '../../server/catalogue/attribute.service.ts'
import { defineClass, renameClass, retireClass, updateClass } from '../../server/catalogue/class.service.ts'
import {
  defineRelationshipType,
  defineRule,
  removeRule,
  retireRelationshipType,
} from '../../server/catalogue/relationship-type.service.ts'
import { createItem } from '../../server/item/item.service.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'

const estate = anEstate()
const viewer = aViewer()
const aClass = (name: string, facts = {}) =>
  estate.change((em) => defineClass(em, { name, title: name, ...facts }, viewer))
const attribute = (className: string, name: string, facts = {}) =>
  estate.change((em) => defineAttribute(em, { className, name, ...facts }, viewer))
const isKnown = (name: string) => expect.poll(() => estate.catalogue.now.class(name)?.isRetired).toBe(false)

test('a class defined through the API is inherited by its subclasses and known to items at once', async () => {
  await aClass('LoadBalancer', { parent: 'ComputerSystem', isTargetable: false })
  await attribute('LoadBalancer', 'algorithm', { type: 'enumeration', values: ['round robin', 'least busy'] })
  await aClass('EdgeBalancer', { parent: 'LoadBalancer' })
  const made = await estate.change(async (em) =>
    createItem(
      em,
      await estate.catalogue.forWrite(em),
      { className: 'EdgeBalancer', name: 'edge-1', attributes: { algorithm: 'least busy', model: 'x' } },
      viewer,
    ),
  )
  expect(made.attributes).toEqual({ algorithm: 'least busy', model: 'x' })
  await isKnown('EdgeBalancer')
  expect(estate.catalogue.now.class('EdgeBalancer')!.isTargetable).toBe(false)
  await expect(aClass('EdgeBalancer')).rejects.toThrow('There is already a class EdgeBalancer, "EdgeBalancer".')
  await expect(aClass('edge balancer')).rejects.toThrow('"edge balancer" is no name for programs')
  await expect(aClass('Orphan', { parent: 'Nothing' })).rejects.toThrow('There is no item class "Nothing"')
})

test('inheritance in a ring is refused with the ring', async () => {
  await aClass('RingTop')
  await aClass('RingMiddle', { parent: 'RingTop' })
  await aClass('RingBottom', { parent: 'RingMiddle' })
  const moving = (name: string, parent: string) => estate.change((em) => updateClass(em, { name, parent }, viewer))
  await expect(moving('RingTop', 'RingBottom')).rejects.toThrow(
    'RingTop cannot inherit from RingBottom, because RingBottom inherits from RingMiddle inherits from RingTop.',
  )
  await expect(moving('RingTop', 'RingTop')).rejects.toThrow('because it is that class itself')
})

test('a class in use is neither retired nor renamed: the refusal counts what uses it', async () => {
  await aClass('Telex')
  await isKnown('Telex')
  const [first] = await estate.change((em) => makeItems(em, 'Telex', ['telex-1', 'telex-2']))
  const retiring = () => estate.change((em) => retireClass(em, 'Telex', viewer))
  await expect(retiring()).rejects.toThrow(
    'Telex is in use and cannot be retired: by 2 configuration items (telex-1, telex-2).',
  )
  await expect(estate.change((em) => renameClass(em, { name: 'Telex', newName: 'Teletype' }, viewer))).rejects.toThrow(
    'change its title instead',
  )
  await expect(estate.change((em) => retireClass(em, 'Place', viewer))).rejects.toThrow(
    'Place has 4 subclasses: Region, Site, Location, Rack.',
  )
  await expect(estate.change((em) => retireClass(em, 'Site', viewer))).rejects.toThrow('Waybill itself works with Site')
  await estate.change((em) =>
    em
      .getConnection()
      .execute(
        `update configuration_item set state = 'DECOMMISSIONED' where class_name = 'Telex'`,
        [],
        'run',
        em.getTransactionContext(),
      ),
  )
  await retiring()
  await expect.poll(() => estate.catalogue.now.class('Telex')!.isRetired).toBe(true)
  const { configurationItem } = await estate.query<{ configurationItem: { className: string } }>(
    'query($id: ID!) { configurationItem(id: $id) { className attributes { name } } }',
    { id: first!.id },
  )
  expect(configurationItem.className).toBe('Telex')
  await expect(
    estate.change((em) => createItem(em, estate.catalogue.now, { className: 'Telex', name: 'again' }, viewer)),
  ).rejects.toThrow('The class Telex is retired')
})

test('an unused class takes its attributes and rules along to another name', async () => {
  await aClass('Old', { parent: 'Component' })
  await attribute('Old', 'size', { type: 'integer' })
  await aClass('OldChild', { parent: 'Old' })
  await estate.change((em) => defineRule(em, { type: 'manages', source: 'Old', target: 'OldChild' }, viewer))
  await estate.change((em) => renameClass(em, { name: 'Old', newName: 'Fresh' }, viewer))
  await isKnown('Fresh')
  const { now } = estate.catalogue
  expect(now.class('Old')).toBeUndefined()
  expect(now.attributesOf('OldChild').map(({ name }) => name)).toContain('size')
  expect(now.relationshipType('manages')!.pairs).toContainEqual(
    expect.objectContaining({ source: 'Fresh', target: 'OldChild' }),
  )
})

test('an attribute widens freely, and narrows only when every value fits: those that do not are named', async () => {
  await aClass('Gauge')
  await attribute('Gauge', 'reading', { type: 'number' })
  await attribute('Gauge', 'colour', { type: 'text' })
  await isKnown('Gauge')
  await estate.change(async (em) => {
    await makeItems(em, 'Gauge', ['gauge-1'], { attributes: { reading: 2, colour: 'red' } })
    await makeItems(em, 'Gauge', ['gauge-2'], { attributes: { reading: 2.5, colour: 'blue' } })
  })
  await expect(attribute('Gauge', 'reading', { type: 'integer' })).rejects.toThrow(
    '1 value of living items would not fit any more: gauge-2 (reading: 2.5).',
  )
  await expect(attribute('Gauge', 'colour', { type: 'enumeration', values: ['red'] })).rejects.toThrow(
    'gauge-2 (colour: "blue")',
  )
  await attribute('Gauge', 'colour', { type: 'enumeration', values: ['red', 'blue'] })
  await attribute('Gauge', 'colour', { values: ['red', 'blue', 'green'] })
  await attribute('Gauge', 'colour', { type: 'text' })
  await expect(attribute('Gauge', 'owner')).rejects.toThrow('Gauge inherits owner from ConfigurationItem already')
  await expect(attribute('ConfigurationItem', 'colour')).rejects.toThrow(
    'Gauge would have the attribute colour twice: its own from Gauge, and one inherited from ConfigurationItem.',
  )
  await expect(attribute('Gauge', 'weight', { type: 'heavy' })).rejects.toThrow('"heavy" is no type of attribute.')
  await expect(
    estate.change((em) => removeAttribute(em, { className: 'Gauge', name: 'reading' }, viewer)),
  ).rejects.toThrow('2 values of living items would not fit any more: gauge-1 (reading: 2), gauge-2 (reading: 2.5).')
})

test('a relationship type with its rules is defined, narrowed only as far as its relationships allow, and retired', async () => {
  const define = (facts: object) =>
    estate.change((em) => defineRelationshipType(em, { name: 'feeds', ...facts }, viewer))
  await define({ title: 'feeds', inverse: 'fedBy', inverseTitle: 'is fed by', impact: 'SOURCE_TO_TARGET' })
  const rule = { type: 'feeds', source: 'ComputerSystem', target: 'Component' }
  await estate.change((em) => defineRule(em, rule, viewer))
  const [pump, one, two] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['pump', 'one', 'two']))
  await estate.change((em) =>
    relate(em, [
      { type: 'feeds', sourceId: pump!.uuid, targetId: one!.uuid },
      { type: 'feeds', sourceId: pump!.uuid, targetId: two!.uuid },
    ]),
  )
  await expect(define({ cardinality: 'MANY_TO_ONE' })).rejects.toThrow(
    '1 item with more than one feeds as its source: pump (2).',
  )
  await define({ cardinality: 'ONE_TO_MANY' })
  await expect(define({ containment: true })).rejects.toThrow(
    'feeds cannot change what is inside what: 2 relationships',
  )
  await expect(define({ inverse: 'runs' })).rejects.toThrow('runs is the name of another relationship type')
  await expect(estate.change((em) => removeRule(em, rule, viewer))).rejects.toThrow(
    '2 relationships would have no rule any more: 2 × ComputerSystem feeds ComputerSystem.',
  )
  await expect(estate.change((em) => retireRelationshipType(em, 'feeds', viewer))).rejects.toThrow(
    'feeds cannot be retired: 2 relationships of it stand',
  )
  await expect(
    estate.change((em) => updateClass(em, { name: 'ComputerSystem', parent: 'Place' }, viewer)),
  ).rejects.toThrow('relationships would have no rule any more')
})

test('only who manages the catalogue of the whole estate changes it', async () => {
  const [site] = await estate.change((em) => makeItems(em, 'Site', ['Here']))
  await expect(
    estate.change((em) => defineClass(em, { name: 'Mine', title: 'Mine' }, aViewer([site!.uuid]))),
  ).rejects.toThrow('it takes catalogue.manage for all of it')
})
