import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { Problem, SeenItem, SeenRelationship, Sighting } from '../../../server/discovery/adapters/adapter.ts'
import { checkConfig, configOf } from '../../../server/discovery/adapters/ssh/config.ts'
import { sshAdapter } from '../../../server/discovery/adapters/ssh/index.ts'
import { inTurns } from '../../../server/discovery/adapters/ssh/in-turns.ts'
import { scriptWith } from '../../../server/discovery/adapters/ssh/script.ts'
import { flowsIn, listenersIn } from '../../../server/discovery/adapters/ssh/sockets.ts'

const DATA = join(import.meta.dirname, '../../data/ssh')
const good = { hosts: 'web1 10.77.1.11', password: 'secret' }

async function replay(open: () => Readable, config: object = {}): Promise<Sighting[]> {
  const product = { id: 'p', name: 'Lab', config: { ...good, ...config } }
  const order = { product, upload: { name: 'kept.capture', open }, finished: new Set<string>() }
  const all: Sighting[] = []
  for await (const one of sshAdapter().read({ ...order, signal: new AbortController().signal })) all.push(one)
  return all
}
const replayFile = (name: string, config: object = {}) => replay(() => createReadStream(join(DATA, name)), config)
const replayText = (text: string) => replay(() => Readable.from([text]))
const items = (all: Sighting[]) => all.filter((one): one is SeenItem => one.kind === 'item')
const item = (all: Sighting[], ref: string) => items(all).find((one) => one.ref === ref)
const problems = (all: Sighting[]) => all.filter((one): one is Problem => one.kind === 'problem')
const edges = (all: Sighting[], type: string) =>
  all.flatMap((one) => (one.kind === 'relationship' && one.type === type ? [`${one.from} → ${one.to}`] : []))

describe('three hosts from their captures', () => {
  test('are computer systems with what identifies them, junk left out', async () => {
    const all = await replayFile('three-hosts.capture')
    const web2 = item(all, 'web2')!
    expect(web2).toMatchObject({ className: 'ComputerSystem', name: 'web2', key: 'web2' })
    expect(web2.attributes).toMatchObject({ platform: 'linux', arch: 'x86_64', fqdn: 'web2.lab.invalid' })
    expect(web2.attributes).not.toHaveProperty('serialNumber')
    expect(item(all, 'web1')!.attributes).toMatchObject({ serialNumber: 'LAB-0001' })
    const kinds = web2.identifiers!.map(({ kind }) => kind)
    expect(kinds).toEqual(['machine-id', 'ssh-host-key-fingerprint', 'mac', 'fqdn'])
  })

  test('depend on each other where a connection meets a listener, host by host and package by package', async () => {
    const all = await replayFile('three-hosts.capture')
    expect(edges(all, 'dependsOn')).toEqual(['web1 → web2', 'web1/deb/shop-web/all → web2/deb/shop-data/all'])
    const edge = all.find((one): one is SeenRelationship => one.kind === 'relationship' && one.type === 'dependsOn')
    expect(edge!.evidence).toMatch(/^socket: shop-web to shop-data at 10\.77\.\d+\.12:8000$/)
  })

  test('show the packages that run, those that match a pattern, or all', async () => {
    const packages = async (config: object) =>
      items(await replayFile('three-hosts.capture', config))
        .filter(({ className, ref }) => className === 'SoftwareInstallation' && ref.startsWith('web1/'))
        .map(({ attributes }) => attributes.package)
    expect(await packages({})).toEqual(['dash', 'openssh-server', 'shop-web'])
    expect(await packages({ packagePatterns: 'lib*, base-files' })).toEqual([
      'base-files',
      'dash',
      'libc6',
      'openssh-server',
      'shop-web',
    ])
    expect(await packages({ packages: 'all' })).toHaveLength(10)
  })

  test('end complete, scope by scope and as a whole', async () => {
    const all = await replayFile('three-hosts.capture')
    const complete = all.flatMap((one) => (one.kind === 'complete' ? [one.scope ?? 'everything'] : []))
    expect(complete.toSorted()).toEqual(['everything', 'web1', 'web2', 'web3'])
  })
})

describe('a host with rpm', () => {
  test('has its system, hardware, interfaces and addresses, those of the loopback and the link left out', async () => {
    const all = await replayFile('rpm-host.capture')
    expect(item(all, 'db7/os')!.attributes).toMatchObject({ osName: 'AlmaLinux', osVersion: '9.4' })
    expect(item(all, 'db7')!.attributes).toMatchObject({ manufacturer: 'QEMU' })
    expect(item(all, 'db7')!.attributes).not.toHaveProperty('serialNumber')
    expect(edges(all, 'bindsTo')).toEqual([
      'db7/ens3 → db7/10.9.0.7',
      'db7/ens3 → db7/2001:db8::7',
      'db7/tun0 → db7/10.200.0.2',
    ])
    expect(item(all, 'db7/ens3')!.identifiers).toEqual([{ kind: 'mac', value: '52:54:00:aa:bb:07' }])
    expect(item(all, 'db7/tun0')!.identifiers).toEqual([])
  })

  test('has packages with epoch and release, several kernels, and none of the keys that rpm keeps', async () => {
    const all = items(await replayFile('rpm-host.capture', { packages: 'all' }))
    const versions = all.flatMap(({ attributes }) =>
      attributes.package ? [`${attributes.package} ${attributes.version}`] : [],
    )
    expect(versions).toContain('nginx 1:1.20.1-14.el9_2.1')
    expect(versions.filter((one) => one.startsWith('kernel-core'))).toHaveLength(2)
    expect(versions.filter((one) => one.startsWith('gpg-pubkey'))).toEqual([])
    expect(new Set(all.map(({ ref }) => ref)).size).toBe(all.length)
  })

  test('has packages that depend on each other on the host itself', async () => {
    const all = await replayFile('rpm-host.capture')
    expect(edges(all, 'dependsOn')).toEqual(['db7/rpm/nginx/x86_64 → db7/rpm/postgresql-server/x86_64'])
  })
})

describe('sockets', () => {
  test('are read in every form that ss writes', () => {
    expect(listenersIn('LISTEN 0 5 *:80 *:*\nLISTEN 0 5 127.0.0.53%lo:53 0.0.0.0:*\n')).toEqual([
      { address: '*', port: 80, processes: [] },
      { address: '127.0.0.53', port: 53, processes: [] },
    ])
    expect(flowsIn('0 0 [::ffff:10.0.0.1]:50000 [2001:db8::1]:443 users:(("a b",pid=7,fd=3))')).toEqual([
      {
        local: { address: '10.0.0.1', port: 50000 },
        remote: { address: '2001:db8::1', port: 443 },
        processes: [{ name: 'a b', pid: 7 }],
      },
    ])
    expect(flowsIn('nonsense\n\nESTAB x y')).toEqual([])
  })
})

describe('bad captures', () => {
  const head = (host: string) =>
    `#waybill-ssh-capture 1 {"host":"${host}","address":"10.0.0.1","port":22,"at":"2026-11-25T10:00:00Z","word":"w"}\n`

  test('that are none are refused in words', async () => {
    const refused = async (text: string) => {
      const [problem, ...others] = await replayText(text)
      expect(others).toEqual([])
      expect(problem).toMatchObject({ severity: 'error', rule: 'capture', where: { line: 1, element: 'capture' } })
      return (problem as Problem).message
    }
    expect(await refused('hello\n')).toContain('This is no capture of Waybill')
    expect(await refused('')).toBe('The capture is empty.')
    expect(await refused('#waybill-ssh-capture 1 {"host":\n')).toContain('is broken')
    expect(await refused('#waybill-ssh-capture 1 {"host":"a"}\n')).toContain('must say host, address')
  })

  test('that break off are a problem of their host, and the next one is read', async () => {
    const all = await replayText(`${head('a')}=== w host\na\n${head('b')}=== w host\nb\n\n=== w end\n`)
    expect(problems(all).map(({ rule, message }) => [rule, message])).toEqual([
      ['answer', 'What a told breaks off in the section "host".'],
    ])
    expect(items(all).map(({ ref }) => ref)).toEqual(['b', 'b/os'])
    expect(all.some((one) => one.kind === 'complete' && one.scope === undefined)).toBe(false)
  })

  test('cannot forge a section, since its mark bears a word of the session', async () => {
    const all = await replayText(`${head('a')}=== w host\na\n=== other machine-id\nfeed\n=== w end\n`)
    expect(item(all, 'a')!.attributes).not.toHaveProperty('machineId')
  })

  test('in which a command failed do not make anything missing', async () => {
    const all = await replayText(
      `${head('a')}=== w host\na\n=== w dpkg\ninstalled\tbash\t5\tamd64\tbash\n!failed\n=== w end\n`,
    )
    expect(problems(all)[0]!.message).toBe('a did not answer about its dpkg; what is missing there stays as it was.')
    expect(all.filter(({ kind }) => kind === 'complete')).toEqual([])
  })
})

describe('the settings', () => {
  test('name hosts one a line', () => {
    const { hosts } = configOf({
      ...good,
      hosts: '# ours\nweb1 joe@10.0.0.1:2222\n\nweb2 [2001:db8::1]:22\nweb3\n',
      user: 'ann',
    })
    expect(hosts).toEqual([
      { name: 'web1', address: '10.0.0.1', port: 2222, user: 'joe' },
      { name: 'web2', address: '2001:db8::1', port: 22, user: 'ann' },
      { name: 'web3', address: 'web3', port: 22, user: 'ann' },
    ])
  })

  test.each([
    [{ hosts: '' }, 'Name at least one host.'],
    [{ hosts: 'a 1.2.3.4\na 1.2.3.5' }, 'Two hosts are called "a".'],
    [{ hosts: 'a b c' }, 'The host "a b c" must be written as: name user@address:port.'],
    [{ hosts: 'a 1.2.3.4:99999' }, 'The port 99999 of a is not between 1 and 65535.'],
    [{ password: '' }, 'Give a private key or a password, with which to log in.'],
    [{ privateKey: 'nonsense' }, 'The private key cannot be read: Unsupported key format.'],
    [{ packages: 'some' }, 'The setting "packages" is "running" or "all", not "some".'],
    [{ packagePatterns: 'a|b' }, '"a|b" is no name of a package; letters, digits, + - . and * are allowed.'],
    [{ seconds: '0' }, 'The setting "seconds" is a whole number from 1 to 600, not "0".'],
    [{ colour: 'red' }, 'There is no setting "colour" of SSH.'],
    [{ hosts: 'jump 1.2.3.4', jump: 'joe@1.2.3.5' }, 'With a jump host, no other host may be called "jump".'],
  ])('%j are refused', (config, fault) => expect(checkConfig({ ...good, ...config })).toEqual([fault]))
})

test('the script reads no environment, and of a command line only its first word', () => {
  const script = scriptWith('w', 20)
  expect(script).not.toMatch(/environ|authorized|shadow|history|ps -|ps a|_key(?!\.pub)/)
  expect(script.match(/cmdline.*/g)).toEqual([`cmdline" | head -n 1)`])
})

test('turns are taken, never more at a time than wanted, and one that is slow holds up no other', async () => {
  let busy = 0
  let most = 0
  let free = () => {}
  const slow = new Promise<void>((resolve) => (free = resolve))
  const order: string[] = []
  const work = async (name: string) => {
    most = Math.max(most, ++busy)
    await (name === 'slow' ? slow : Promise.resolve())
    busy--
    return name
  }
  for await (const [name] of inTurns(['slow', 'a', 'b', 'c'], 2, work)) {
    order.push(name)
    if (name === 'c') free()
  }
  expect(order).toEqual(['a', 'b', 'c', 'slow'])
  expect(most).toBe(2)
})
