/** Exports of NetBox, and what is listed because nothing is for it. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { netboxAdapter } from '../../../server/discovery/adapters/netbox/index.ts'
import { counts, edges, item, messages, read } from '../../support/sightings.ts'

const DATA = join(import.meta.dirname, '../../data')

describe('the demo of NetBox', () => {
  test('becomes items, places, owners and cables, and every record without a class is counted', async () => {
    const all = await read(netboxAdapter(), { path: join(DATA, 'netbox/netbox-demo.json') })
    const tally = counts(all)
    expect(tally).toMatchObject({
      Region: 67,
      Site: 24,
      Location: 4,
      Rack: 42,
      Cluster: 32,
      VirtualMachine: 180,
      Vrf: 6,
      Vlan: 63,
      Prefix: 90,
      Tenant: 11,
    })
    expect((tally.ComputerSystem ?? 0) + (tally.NetworkDevice ?? 0)).toBe(72)
    expect((tally.IpV4Address ?? 0) + (tally.IpV6Address ?? 0)).toBe(180)
    expect(tally).toMatchObject({ connectedTo: 48, memberOf: 210, 'open-cable': 1 })
    const taken = all.filter(({ kind }) => kind === 'item').length
    const listed = messages(all, 'unmapped').reduce((sum, message) => sum + Number(/: (\d+) /.exec(message)![1]), 0)
    // Roles, types, makers, platforms and cables are taken into what they describe.
    expect(taken + listed + 14 + 14 + 9 + 3 + 6 + 5 + 108 + 216).toBe(1402)
    expect(JSON.stringify(all)).not.toContain('mscott')
  })

  test('has a line with its number for each field that nothing takes, and for cables that join no devices', async () => {
    const all = await read(netboxAdapter(), { path: join(DATA, 'netbox/netbox-demo.json') })
    const fields = messages(all, 'unmapped-field')
    expect(fields).toEqual(
      expect.arrayContaining([
        'No attribute is for status of dcim.device: 72 values were left out.',
        'No attribute is for custom field cust_id of tenancy.tenant: 9 values were left out.',
        'Nothing here takes name of dcim.devicerole: 1 value was left out.',
      ]),
    )
    expect(fields.filter((one) => / (created|last_updated|_name|lft|vrf|vlan|tenant) of /.test(one))).toEqual([])
    expect(new Set(fields).size).toBe(fields.length)
    expect(messages(all, 'open-cable')).toEqual([
      'A cable that ends at no device, but at circuits.circuittermination joins nothing here: 32 cables were left out.',
    ])
    const several = all.flatMap((one) => (one.kind === 'relationship' && /^cables/.test(one.evidence) ? [one] : []))
    expect(several[0]!.evidence).toMatch(/^cables \d+, \d+/)
  })

  test('is refused in words when it is none', async () => {
    const from = (text: string) => read(netboxAdapter(), { path: '/nowhere' }, text, 'e.json')
    const refused = async (text: string) => (await from(text))[1]
    expect(await refused('[\n {"a":')).toMatchObject({
      severity: 'error',
      rule: 'json',
      message: 'e.json is not JSON: it ends too early in line 2, column 7.',
      where: { source: 'e.json', line: 2, column: 7 },
    })
    expect(await refused('[\n{"model":"a","pk":1,"fields":{}},\n\n{"model":"b","fields":{}}]')).toMatchObject({
      severity: 'error',
      rule: 'record',
      message: 'e.json is no export of NetBox: element 2 lacks pk.',
      where: { source: 'e.json', line: 4, element: 'b [1]' },
    })
    expect(await refused('{}')).toMatchObject({ rule: 'record', where: { line: 1 } })
    await expect(read(netboxAdapter(), { path: '/nowhere' })).rejects.toThrow('There is no file /nowhere.')
  })

  test('takes ports with their VLANs and addresses, and joins them by their cable', async () => {
    const record = (model: string, pk: number, fields: object) => ({ model, pk, fields })
    const port = (pk: number, device: number, rest = {}) =>
      record('dcim.interface', pk, {
        name: `eth${pk}`,
        device,
        speed: 1_000_000,
        mac_address: 'AA:BB:CC:00:00:01',
        ...rest,
      })
    const end = (pk: number, side: string, device: number, termination_id: number) =>
      record('dcim.cabletermination', pk, {
        cable: 7,
        cable_end: side,
        termination_type: ['dcim', 'interface'],
        termination_id,
        _device: device,
      })
    const all = await read(
      netboxAdapter(),
      { path: '/nowhere' },
      JSON.stringify([
        record('dcim.device', 1, { name: 'a', primary_ip4: 77 }),
        record('dcim.device', 2, { name: 'b' }),
        port(1, 1, { tagged_vlans: [5, 6], untagged_vlan: 4 }),
        port(2, 2),
        ...[4, 5, 6].map((pk) => record('ipam.vlan', pk, { name: `v${pk}`, vid: pk })),
        record('ipam.ipaddress', 3, {
          address: '10.0.0.1/24',
          assigned_object_type: ['dcim', 'interface'],
          assigned_object_id: 1,
        }),
        ...[end(1, 'A', 1, 1), end(2, 'B', 2, 2)],
        record('virtualization.virtualmachine', 1, { name: 'vm', device: 1 }),
        record('virtualization.vminterface', 1, { name: 'ens3', virtual_machine: 1 }),
      ]),
      'e.json',
    )
    expect(item(all, 'dcim.interface/1')).toMatchObject({
      className: 'NetworkInterface',
      attributes: { interfaceName: 'eth1', macAddress: 'AA:BB:CC:00:00:01', speed: 1_000_000_000 },
    })
    expect(edges(all, 'partOf')).toEqual([
      'dcim.interface/1 → dcim.device/1',
      'dcim.interface/2 → dcim.device/2',
      'virtualization.vminterface/1 → virtualization.virtualmachine/1',
    ])
    expect(edges(all, 'memberOf')).toEqual([4, 5, 6].map((vlan) => `dcim.interface/1 → ipam.vlan/${vlan}`))
    expect(edges(all, 'bindsTo')).toEqual(['dcim.interface/1 → ipam.ipaddress/3'])
    expect(edges(all, 'runsOn')).toEqual(['virtualization.virtualmachine/1 → dcim.device/1'])
    expect(edges(all, 'connectedTo')).toEqual(['dcim.device/1 → dcim.device/2', 'dcim.interface/1 → dcim.interface/2'])
    expect(all.flatMap((one) => (one.kind === 'problem' ? [one.message] : []))).toEqual([
      'The export does not hold all of ipam.ipaddress: 1 value that others take from it cannot be told.',
    ])
  })

  test('says of a cable why it joins nothing', async () => {
    const record = (model: string, pk: number, fields: object | null) => ({ model, pk, fields })
    const end = (pk: number, cable: number, cable_end: string, _device: number) =>
      record('dcim.cabletermination', pk, { cable, cable_end, termination_type: ['dcim', 'interface'], _device })
    const from = (all: object[]) => read(netboxAdapter(), { path: '/nowhere' }, JSON.stringify(all), 'e.json')
    const all = await from([
      record('dcim.device', 1, { name: 'a' }),
      ...[1, 2, 3].map((pk) => record('dcim.cable', pk, {})),
      ...[end(1, 1, 'A', 1), end(2, 1, 'B', 1), end(3, 2, 'A', 1), end(4, 2, 'B', 9)],
    ])
    expect(messages(all, 'open-cable').map((one) => /that (.*) joins/.exec(one)![1])).toEqual([
      'joins a device to itself',
      'ends at a device that the export does not hold',
      'has an end that the export does not hold',
    ])
    expect((await from([record('dcim.cable', 1, null)]))[1]).toMatchObject({
      message: expect.stringContaining('element 1 lacks fields'),
    })
  })

  test('names what a record refers to and the export lacks', async () => {
    const site = { model: 'dcim.site', pk: 1, fields: { name: 'S', region: 9, tenant: null } }
    const all = await read(netboxAdapter(), { path: '/nowhere' }, JSON.stringify([site]), 'e.json')
    expect(messages(all, 'missing-record')).toEqual(['S refers to dcim.region 9, which the export does not hold.'])
    const problems = all.flatMap((one) => (one.kind === 'problem' ? [one.where] : []))
    expect(problems).toEqual([{ source: 'e.json', line: 1, element: 'dcim.site 1 region' }])
  })
})
