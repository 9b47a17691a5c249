/** What arrives from real exports, and what is listed because nothing is for it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { DiscoveryAdapter, Sighting } from '../../../server/discovery/adapters/adapter.ts'
import { ansibleAdapter } from '../../../server/discovery/adapters/ansible/index.ts'
import { inventoryOf } from '../../../server/discovery/adapters/ansible/inventory.ts'
import { kubernetesAdapter } from '../../../server/discovery/adapters/kubernetes/index.ts'
import { netboxAdapter } from '../../../server/discovery/adapters/netbox/index.ts'

const DATA = join(import.meta.dirname, '../../data')

async function read(adapter: DiscoveryAdapter, config: Record<string, unknown>, text?: string, name = 'file.yaml') {
  const upload = text === undefined ? {} : { upload: { name, open: () => Readable.from([Buffer.from(text)]) } }
  const order = {
    product: { id: 'p', name: 'P', config },
    signal: new AbortController().signal,
    finished: new Set<string>(),
  }
  const all: Sighting[] = []
  for await (const one of adapter.read({ ...order, ...upload })) all.push(one)
  return all
}

/** How many of each class, type and rule. */
function counts(all: Sighting[]) {
  const tally: Record<string, number> = {}
  for (const one of all) {
    const name =
      one.kind === 'item'
        ? one.className
        : one.kind === 'relationship'
          ? one.type
          : one.kind === 'problem'
            ? one.rule
            : one.kind
    tally[name] = (tally[name] ?? 0) + 1
  }
  return tally
}
const messages = (all: Sighting[], rule: string) =>
  all.flatMap((one) => (one.kind === 'problem' && one.rule === rule ? [one.message] : []))
const edges = (all: Sighting[], type: string) =>
  all.flatMap((one) => (one.kind === 'relationship' && one.type === type ? [`${one.from} → ${one.to}`] : []))
const item = (all: Sighting[], ref: string) =>
  all.flatMap((one) => (one.kind === 'item' && one.ref === ref ? [one] : []))[0]!

describe('the manifests of Online Boutique', () => {
  const config = { path: join(DATA, 'kubernetes/online-boutique.yaml'), cluster: 'shop' }

  test('become twelve deployments and the graph of their services', async () => {
    const all = await read(kubernetesAdapter(), config)
    expect(counts(all)).toEqual({
      KubernetesCluster: 1,
      Namespace: 1,
      KubernetesDeployment: 12,
      KubernetesService: 12,
      partOf: 25,
      exposes: 12,
      dependsOn: 16,
      unmapped: 1,
      'unmapped-field': expect.any(Number),
      'unknown-service': 1,
      scope: 3,
      complete: 1,
    })
    expect(messages(all, 'unmapped')[0]).toMatch(
      /^No class is for ServiceAccount: frontend, adservice, .* were left out\.$/,
    )
    expect(messages(all, 'unknown-service')).toEqual([
      'Deployment frontend names shoppingassistantservice in SHOPPING_ASSISTANT_SERVICE_ADDR, but there is no such service.',
    ])
    expect(edges(all, 'dependsOn')).toContain('Deployment/default/cartservice → Service/default/redis-cart')
    expect(item(all, 'Deployment/default/frontend').attributes).toMatchObject({ replicas: 1, selector: 'app=frontend' })
  })

  test('tell nothing of what is in the environment but the services', async () => {
    const all = JSON.stringify(await read(kubernetesAdapter(), config))
    expect(all).not.toContain('shop_session-id')
    expect(all).not.toContain('ENABLE_PROFILER')
    expect(all).not.toContain('productcatalogservice:3550')
  })
})

describe('objects of Kubernetes', () => {
  const config = { path: '/nowhere', cluster: 'c' }
  const from = (text: string) => read(kubernetesAdapter(), config, text)

  test('come as a list of the API too, with ingresses, nodes and namespaces', async () => {
    const object = (kind: string, name: string, spec: object, rest = {}) => ({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: 'x', ...rest },
      spec,
    })
    const items = [
      object('Node', 'n1', {}),
      object('Service', 'web', { selector: { a: 'b' }, ports: [{ port: 80 }] }),
      object('Ingress', 'in', {
        rules: [{ host: 'shop.example', http: { paths: [{ backend: { service: { name: 'web' } } }] } }],
      }),
      object('CronJob', 'cj', {
        schedule: '* * * * *',
        jobTemplate: {
          spec: {
            template: {
              spec: {
                containers: [{ image: 'i', env: [{ name: 'U', value: 'http://web.x.svc.cluster.local:80/y' }] }],
              },
            },
          },
        },
      }),
      object('Pod', 'p', { containers: [{ image: 'i' }] }, { labels: { a: 'b' }, uid: 'u-1' }),
    ]
    const all = await from(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    expect(edges(all, 'exposes')).toEqual(['Service/x/web → Pod/x/p', 'Ingress/x/in → Service/x/web'])
    expect(edges(all, 'dependsOn')).toEqual(['CronJob/x/cj → Service/x/web'])
    expect(item(all, 'Node//n1').className).toBe('ComputerSystem')
    expect(item(all, 'Pod/x/p').identifiers).toEqual([{ kind: 'uid', value: 'u-1' }])
  })

  test('that are broken are named with their line, and the others are read', async () => {
    const all = await from(
      'kind: Service\nmetadata: {name: a}\n---\nfoo: [\n---\n- list\n---\nkind: Pod\n---\nkind: Service\nmetadata: {name: a}\n',
    )
    expect(counts(all)).toMatchObject({ KubernetesService: 1, yaml: 1, 'no-object': 2, twice: 1 })
    expect(all.find((one) => one.kind === 'problem' && one.rule === 'yaml')).toMatchObject({
      where: { line: 5, column: 1, source: 'file.yaml', element: 'document 2' },
    })
    expect(counts(all)).not.toHaveProperty('complete')
  })

  test('have a line with its number and path for each field that nothing takes, and never its value', async () => {
    const all = await from(
      `kind: Deployment
metadata: {name: a, annotations: {owner: hush}, resourceVersion: '7'}
spec:
  replicas: 2
  paused: false
  template:
    spec:
      containers:
      - {image: i, command: [run, hush], env: [{name: TOKEN, value: hush}]}
      - {image: j, command: [run]}
---
kind: List
items:
- {kind: Service, metadata: {name: s}, spec: {sessionAffinity: None}}

- {kind: Service, spec: {}}
`,
    )
    const listed = all.flatMap((one) =>
      one.kind === 'problem' ? [`${one.where?.line} ${one.rule}: ${one.where?.element}`] : [],
    )
    expect(listed).toEqual([
      '16 no-object: document 2, items[1]',
      '1 unmapped-field: 1 × Deployment metadata.annotations.owner, first Deployment a (document 1)',
      '1 unmapped-field: 3 × Deployment spec.template.spec.containers[].command[], first Deployment a (document 1)',
      '1 unmapped-field: 1 × Deployment spec.template.spec.containers[].env[].name, first Deployment a (document 1)',
      '14 unmapped-field: 1 × Service spec.sessionAffinity, first Service s (document 2, items[0])',
    ])
    expect(JSON.stringify(all)).not.toContain('hush')
  })

  test('that grow out of aliases are refused', async () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((n, i) => `${n}: &${n} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ]
    const all = await from(bomb.join('\n'))
    expect(messages(all, 'yaml')[0]).toContain('cannot be taken apart')
  })
})

describe('the inventory of Adoptium', () => {
  test('becomes 87 machines under names of their own, and what has no attribute is listed', async () => {
    const all = await read(ansibleAdapter(), { inventory: join(DATA, 'ansible/adoptium-inventory.yml') })
    expect(counts(all)).toMatchObject({ ComputerSystem: 87, complete: 1 })
    expect(item(all, 'test-osuosl-aix72-ppc64-1').attributes).toMatchObject({
      address: '198.18.0.37',
      description: 'p8-aix1-adopt03.osuosl.org',
      tags: ['test', 'osuosl'],
    })
    const listed = all.flatMap((one) => (one.kind === 'problem' ? [one.where!.element!] : []))
    expect(listed).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/ user$/),
        expect.stringMatching(/ 7200-02-04-1914$/),
        'test-marist-sles15-s390x-2 ansible_python_interpreter',
      ]),
    )
    expect(messages(all, 'unmapped')).toContain(
      'No attribute is for the variable ansible_python_interpreter of test-marist-sles15-s390x-2, test-marist-sles15-s390x-3.',
    )
  })
})

describe('an inventory', () => {
  const names = (name: string, text: string) =>
    inventoryOf(name, text).hosts.map((one) => `${one.name} in ${one.groups.join(' ')}`)

  test('is read as INI, with ranges, groups of groups and their variables', () => {
    const { hosts, places } = inventoryOf(
      'hosts',
      'lone\n[web]\nweb[01:02] ansible_port=2222 note="a b"\n[site:children]\nweb\n[site:vars]\nzone=north\n',
    )
    expect(hosts.map(({ name }) => name)).toEqual(['lone', 'web01', 'web02'])
    expect([places.lineOfHost('lone'), places.lineOf('web[01:02]', ['web', 'site'], 'zone')]).toEqual([1, 7])
    expect(hosts[1]).toEqual({
      name: 'web01',
      written: 'web[01:02]',
      groups: ['web', 'site'],
      variables: { zone: 'north', ansible_port: '2222', note: 'a b' },
    })
  })

  test('is read as YAML and as the JSON of ansible-inventory', () => {
    const yaml = 'all:\n  children:\n    web:\n      hosts:\n        web1: {ip: 10.0.0.1}\n      vars: {x: 1}\n'
    const { hosts, places } = inventoryOf('i.yml', yaml)
    expect(hosts).toEqual([{ name: 'web1', written: 'web1', groups: ['web'], variables: { x: 1, ip: '10.0.0.1' } }])
    expect([places.lineOfHost('web1'), ...['ip', 'x'].map((one) => places.lineOf('web1', ['web'], one))]).toEqual([
      5, 5, 6,
    ])
    expect(
      names('i.json', '{"_meta":{"hostvars":{"a":{"x":1}}},"all":{"children":["g"]},"g":{"hosts":["a","b"]}}'),
    ).toEqual(['a in g', 'b in g'])
  })

  test('that is none is refused with its file, line, column and rule', async () => {
    const refused = async (name: string, text: string) => {
      const all = await read(ansibleAdapter(), { inventory: '/nowhere' }, text, name)
      expect(all.map(({ kind }) => kind)).toEqual(['scope', 'problem'])
      return all[1]
    }
    expect(await refused('i.yml', 'all:\n  hosts: [\n')).toMatchObject({
      severity: 'error',
      rule: 'yaml',
      message: expect.stringMatching(/^i\.yml: It is not YAML: line \d, column \d: .*\.$/),
      where: { source: 'i.yml', line: 3, column: 1, element: 'inventory' },
    })
    expect(await refused('i.yml', 'a: 1\n')).toMatchObject({ rule: 'no-host', message: 'i.yml: It names no host.' })
    expect(await refused('i.ini', '[web]\n[bad\n')).toMatchObject({
      rule: 'ini',
      message: 'i.ini: Line 2: "[bad" is no head of a group.',
      where: { line: 2, element: '[bad' },
    })
    expect(await refused('i.ini', '[web]\nw[1:99999999]\n')).toMatchObject({
      rule: 'range',
      message: 'i.ini: The range of w[1:99999999] is not usable.',
      where: { line: 2, element: 'w[1:99999999]' },
    })
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...[...'bcdefgh'].map((n, i) => `${n}: &${n} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`),
    ]
    expect(await refused('i.yml', bomb.join('\n'))).toMatchObject({
      rule: 'yaml',
      message: expect.stringContaining('cannot be taken apart'),
    })
  })

  test('names the line, the host and the variable that has no place, and a broken cache with line and column', async () => {
    const told = (all: Sighting[]) =>
      all.flatMap((one) => (one.kind === 'problem' ? [[one.where?.line, one.where?.element, one.rule].join(' ')] : []))
    const ini = 'web[01:02] rack=r1\n[web:children]\n[all:vars]\nzone=north\n'
    const all = await read(ansibleAdapter(), { inventory: '/nowhere' }, ini, 'i.ini')
    expect(told(all)).toEqual(['4 web01 zone unmapped', '1 web01 rack unmapped'])
    const yaml =
      'all:\n  children:\n    web:\n      hosts:\n        web1:\n          rack: r1\n      vars: {zone: north}\n'
    const other = await read(ansibleAdapter(), { inventory: '/nowhere' }, yaml, 'i.yml')
    expect(told(other)).toEqual(['7 web1 zone unmapped', '6 web1 rack unmapped'])
    expect(item(other, 'web1').where).toEqual({ source: 'i.yml', line: 5, element: 'web1' })
    const folder = await mkdtemp(join(tmpdir(), 'facts-'))
    try {
      await writeFile(join(folder, 'web1'), '{\n "ansible_facts": {"a": 1,}\n}')
      await writeFile(join(folder, 'i.yml'), yaml)
      const broken = await read(ansibleAdapter(), { inventory: join(folder, 'i.yml'), facts: folder })
      expect(broken.find((one) => one.kind === 'problem' && one.rule === 'facts')).toMatchObject({
        message: 'The facts of web1 cannot be read: "}" does not fit in line 2, column 27.',
        where: { source: join(folder, 'web1'), line: 2, column: 27, element: 'web1' },
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('takes the facts of its hosts from the cache, junk left out', async () => {
    const upload = undefined
    const folder = join(DATA, 'ansible/facts')
    const inventory = join(DATA, 'ansible/one-host.ini')
    const all = await read(ansibleAdapter(), { inventory, facts: folder }, upload)
    expect(counts(all)).toMatchObject({
      ComputerSystem: 1,
      Linux: 1,
      NetworkInterface: 1,
      IpV4Address: 1,
      runsOn: 1,
      partOf: 1,
      bindsTo: 1,
    })
    const { attributes, identifiers } = item(all, 'web1')
    expect(attributes).toMatchObject({ platform: 'linux', arch: 'x86_64', osName: 'Debian' })
    expect(attributes).not.toHaveProperty('serialNumber')
    expect(identifiers!.map(({ kind }) => kind)).toContain('machine-id')
  })
})

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
