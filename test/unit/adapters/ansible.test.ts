/** Inventories of Ansible and the facts of their hosts, and what is listed because nothing is for it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Sighting } from '../../../server/discovery/adapters/adapter.ts'
import { ansibleAdapter } from '../../../server/discovery/adapters/ansible/index.ts'
import { inventoryOf } from '../../../server/discovery/adapters/ansible/inventory.ts'
import { counts, item, messages, read } from '../../support/sightings.ts'

const DATA = join(import.meta.dirname, '../../data')

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
