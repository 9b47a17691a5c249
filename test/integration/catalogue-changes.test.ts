import { expect, test } from 'vitest'
import { defineAttribute, removeAttribute } from '../../server/catalogue/attribute.service.ts'
import { defineClass, renameClass, retireClass, updateClass } from '../../server/catalogue/class.service.ts'
import {
  defineRelationshipType,
  defineRule,
  removeRule,
  retireRelationshipType,
} from '../../server/catalogue/relationship-type.service.ts'
import { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import { createItem } from '../../server/item/item.service.ts'
import type { BadInput } from '../../server/kernel/errors.ts'
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
  ).rejects.toThrow(
    'reading (Gauge.reading) is in use and cannot be removed: 2 configuration items (gauge-1: 2, gauge-2: 2.5) have a value of it. Take those values away first.',
  )
})

/** What discovery would have seen. */
const seen = (className: string, names: string[], attributes: object = {}) =>
  estate.change(async (em) => {
    const now = new Date()
    const facts = { className, attributes, firstSeenAt: now, lastSeenAt: now }
    return names.map((name) => {
      const item = Object.assign(new ActualItem(), { ...facts, name, nativeKey: name })
      em.persist(item)
      return item
    })
  })
const sql = (text: string, values: unknown[] = []) => estate.orm.em.getConnection().execute(text, values)

test('an attribute of which items have values is not removed: the refusal names it, how many they are, authorized and seen, and some of them', async () => {
  await aClass('Meter')
  await aClass('WaterMeter', { parent: 'Meter' })
  await attribute('Meter', 'assetTag', { title: 'Asset tag', copied: true })
  await isKnown('WaterMeter')
  const removing = () =>
    estate
      .change((em) => removeAttribute(em, { className: 'Meter', name: 'assetTag' }, viewer))
      .then(
        () => null,
        (error: BadInput) => error,
      )
  await seen('WaterMeter', ['seen-1'], { assetTag: 'S' })
  expect((await removing())!.message).toBe(
    'Asset tag (Meter.assetTag) is in use and cannot be removed: 1 actual item (seen-1: S) has a value of it. Take those values away first. What was seen goes when no source tells it any more.',
  )
  await estate.change(async (em) => {
    await makeItems(em, 'Meter', ['m-1', 'm-2'], { attributes: { assetTag: 'A' } })
    await makeItems(em, 'WaterMeter', ['m-3', 'm-4'], { attributes: { assetTag: 'B' } })
    await makeItems(em, 'Meter', ['m-5'])
    await makeItems(em, 'Meter', ['m-6'], { attributes: { assetTag: 'C' }, state: 'DECOMMISSIONED' })
  })
  const refused = (await removing())!
  expect(refused.message).toContain(
    '4 configuration items (m-1: A, m-2: A, m-3: B, …) and 1 actual item (seen-1: S) have a value of it.',
  )
  expect(refused.facts).toMatchObject({
    field: ['name'],
    rule: 'in use',
    evidence: { 'configuration item': { count: 4 }, 'actual item': { count: 1, names: ['seen-1: S'] } },
  })
  await sql(`update configuration_item set attributes = '{}' where class_name in ('Meter', 'WaterMeter')`)
  await sql(`update actual_item set state = 'RETIRED' where name = 'seen-1'`)
  expect(await removing()).toBeNull()
})

test('a class is not retired while anything names it: what discovery saw, scopes, tasks, rules of every kind', async () => {
  await aClass('Pager', { parent: 'Component' })
  await aClass('Beeper', { parent: 'Component' })
  await isKnown('Beeper')
  await seen('Pager', ['p-1', 'p-2', 'p-3', 'p-4'])
  await sql(`insert into promotion_scope (uuid, name, class_name, includes_related, attributes)
    values (gen_random_uuid(), 'All pagers', 'Pager', true, '{}')`)
  await sql(`insert into reconciliation_task (uuid, name, class_names, link_rules, depth)
    values (gen_random_uuid(), 'Pagers by night', '{Pager}', '[]', 0)`)
  await sql(
    `insert into reconciliation_ignore_rule (uuid, class_name, reason) values (gen_random_uuid(), 'Pager', 'old')`,
  )
  await sql(`insert into identity_rule (class_name, identifiers) values ('Pager', '[{"name": "n", "by": ["name"], "strength": "STRONG"}]'),
    ('Beeper', '[{"name": "n", "by": ["name"], "strength": "STRONG", "lookup": {"className": "Pager", "attribute": "name"}}]')`)
  const rule = { type: 'manages', source: 'Organization', target: 'Pager' }
  await estate.change((em) => defineRule(em, rule, viewer))
  const retiring = () => estate.change((em) => retireClass(em, 'Pager', viewer))
  await expect(retiring()).rejects.toThrow(
    'Pager is in use and cannot be retired: by 4 actual items (p-1, p-2, p-3, …), by 1 promotion scope (All pagers), ' +
      'by 1 reconciliation task (Pagers by night), by 1 ignore rule (“old”), by 2 identity rules (of Beeper, of Pager), ' +
      'by 1 relationship rule (Organization manages Pager).',
  )
  await sql(`update actual_item set state = 'RETIRED' where class_name = 'Pager'`)
  await sql(`delete from promotion_scope where class_name = 'Pager'`)
  await sql(`delete from reconciliation_task where name = 'Pagers by night'`)
  await sql(`delete from reconciliation_ignore_rule where class_name = 'Pager'`)
  await sql(`update identity_rule set identifiers = '[]' where class_name in ('Pager', 'Beeper')`)
  await expect(retiring()).rejects.toThrow(
    'Pager is in use and cannot be retired: by 1 relationship rule (Organization manages Pager).',
  )
  await estate.change((em) => removeRule(em, rule, viewer))
  await retiring()
  await expect.poll(() => estate.catalogue.now.class('Pager')!.isRetired).toBe(true)
})

test('a relationship type is not retired while relationships of it stand or are seen: they are counted and named', async () => {
  const facts = { name: 'waters', title: 'waters', inverse: 'wateredBy', inverseTitle: 'is watered by' }
  await estate.change((em) => defineRelationshipType(em, facts, viewer))
  await estate.change((em) => defineRule(em, { type: 'waters', source: 'Site', target: 'Site' }, viewer))
  const [well, ...fields] = await estate.change((em) => makeItems(em, 'Site', ['well', 'f-1', 'f-2', 'f-3', 'f-4']))
  const [spring, meadow] = await seen('Site', ['spring', 'meadow'])
  await sql(
    `insert into actual_relationship (uuid, type, source_id, target_id, evidence, first_seen_at, last_seen_at)
     values (gen_random_uuid(), 'waters', ?, ?, 'test', now(), now())`,
    [spring!.uuid, meadow!.uuid],
  )
  await estate.change((em) =>
    relate(
      em,
      fields.map(({ uuid }) => ({ type: 'waters', sourceId: well!.uuid, targetId: uuid })),
    ),
  )
  const retiring = () => estate.change((em) => retireRelationshipType(em, 'waters', viewer))
  await expect(retiring()).rejects.toThrow(
    'waters cannot be retired, because it is in use: by 4 relationships (well → f-1, well → f-2, well → f-3, …), by 1 actual relationship (spring → meadow). Remove them first.',
  )
  await sql(`update relationship set valid_to = now() where type = 'waters'`)
  await expect(retiring()).rejects.toThrow('by 1 actual relationship (spring → meadow).')
  await sql(`update actual_relationship set gone_at = now() where type = 'waters'`)
  await retiring()
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
    'feeds cannot change what is inside what, because it is in use: by 2 relationships (pump → one, pump → two).',
  )
  await expect(define({ inverse: 'runs' })).rejects.toThrow('runs is the name of another relationship type')
  await expect(estate.change((em) => removeRule(em, rule, viewer))).rejects.toThrow(
    '2 relationships would have no rule any more: 2 × ComputerSystem feeds ComputerSystem.',
  )
  await expect(estate.change((em) => retireRelationshipType(em, 'feeds', viewer))).rejects.toThrow(
    'feeds cannot be retired, because it is in use: by 2 relationships',
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
