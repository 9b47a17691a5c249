import { expect, test } from 'vitest'
import { createItem } from '../../server/item/item.service.ts'
import { createRelationship } from '../../server/item/relationship.service.ts'
import { anEstate, aViewer, makeItems } from '../support/estate.ts'

const estate = anEstate()
const viewer = aViewer()

test('the preloaded classes have what release management needs, each attribute once in a line of ancestors', () => {
  const { now } = estate.catalogue
  for (const name of ['Linux', 'Windows', 'Aix', 'HpUx', 'Solaris', 'ZOs']) {
    expect(now.isA(name, 'OperatingSystem')).toBe(true)
  }
  for (const name of ['ApplicationServer', 'WebServer', 'DatabaseServer', 'MessagingServer']) {
    expect(now.isA(name, 'SoftwareServer')).toBe(true)
  }
  for (const { name } of now.classes) {
    const names = now.attributesOf(name).map((one) => one.name)
    expect(new Set(names).size, name).toBe(names.length)
  }
  for (const { name, pairs } of now.relationshipTypes) expect(pairs.length, name).toBeGreaterThan(0)
  expect(now.class('ComputerSystem')!.isTargetable).toBe(true)
  expect(now.class('NetworkDevice')!.isTargetable).toBe(false)
})

test('the API shows classes with what they inherit, and relationship types with their rules', async () => {
  const { itemClasses, relationshipTypes } = await estate.query<{
    itemClasses: { name: string; parent: string | null; attributes: { name: string; declaredBy: string }[] }[]
    relationshipTypes: object[]
  }>(`{ itemClasses { name parent isAbstract attributes { name declaredBy type unit values copied neverFromDiscovery } }
    relationshipTypes { name inverse cardinality containment impact pairs { source target } } }`)
  const linux = itemClasses.find(({ name }) => name === 'Linux')!
  expect(linux.parent).toBe('OperatingSystem')
  expect(linux.attributes).toContainEqual(expect.objectContaining({ name: 'version', declaredBy: 'OperatingSystem' }))
  expect(relationshipTypes).toContainEqual({
    name: 'exposes',
    inverse: 'exposedBy',
    cardinality: 'MANY_TO_MANY',
    containment: false,
    impact: 'TARGET_TO_SOURCE',
    pairs: expect.arrayContaining([{ source: 'KubernetesService', target: 'Workload' }]),
  })
})

test('a list filtered by class includes items of subclasses', async () => {
  await estate.change(async (em) => {
    await makeItems(em, 'VirtualMachine', ['vm-1'])
    await makeItems(em, 'ComputerSystem', ['metal-1'])
  })
  const list = (classNames: string[]) =>
    estate.query<{ configurationItems: { nodes: { name: string }[] } }>(
      'query($classNames: [String!]) { configurationItems(first: 9, filter: { classNames: $classNames }) { nodes { name } } }',
      { classNames },
    )
  expect((await list(['ComputerSystem'])).configurationItems.nodes.map(({ name }) => name)).toEqual(['metal-1', 'vm-1'])
  expect((await list(['VirtualMachine'])).configurationItems.nodes).toHaveLength(1)
})

test('no item is made of a class that only gathers, nor with a value that its enumeration lacks', async () => {
  const making = (className: string, attributes = {}) =>
    estate.change((em) => createItem(em, estate.catalogue.now, { className, name: 'odd', attributes }, viewer))
  await expect(making('Software')).rejects.toThrow(
    /Software only gathers .* Its subclasses are: OperatingSystem, Linux/,
  )
  await expect(making('ComputerSystem', { kind: 'quantum' })).rejects.toThrow(
    'The attribute kind of a ComputerSystem takes one of physical, virtual, partition, container, unknown; "quantum" is none.',
  )
  await expect(making('ComputerSystem', { macAddresses: 'aa' })).rejects.toThrow('takes a list of texts')
})

test('rules of relationships hold for subclasses, and an end that is taken is named', async () => {
  const [linux, vm, host, other] = await estate.change(async (em) => [
    ...(await makeItems(em, 'Linux', ['debian'])),
    ...(await makeItems(em, 'VirtualMachine', ['guest'])),
    ...(await makeItems(em, 'ComputerSystem', ['host', 'other'])),
  ])
  const relating = (type: string, source: { id: string }, target: { id: string }) =>
    estate.change((em) =>
      createRelationship(em, estate.catalogue.now, { type, sourceId: source.id, targetId: target.id }, viewer),
    )
  await relating('runsOn', linux!, vm!)
  await relating('runsOn', vm!, host!)
  await expect(relating('runsOn', host!, other!)).rejects.toThrow(
    'host (ComputerSystem) cannot be the source of runsOn: only Software',
  )
  await expect(relating('installedOn', linux!, linux!)).rejects.toThrow('cannot be related to itself')
  const network = await estate.change((em) => makeItems(em, 'NetworkInterface', ['eth0']))
  await relating('partOf', network[0]!, host!)
  await expect(relating('partOf', network[0]!, other!)).rejects.toThrow(
    'eth0 is part of host already, and it can have only one such relationship.',
  )
})
