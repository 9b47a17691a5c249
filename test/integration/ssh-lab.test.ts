/** The adapter for hosts over SSH, on three real hosts: their keys, accounts, hanging, and what they depend on. */
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  HostKeyVerdict,
  Problem,
  ReadOrder,
  ShownHostKey,
  Sighting,
} from '../../server/discovery/adapters/adapter.ts'
import { sshAdapter } from '../../server/discovery/adapters/ssh/index.ts'
import { until } from '../support/until.ts'
import { startLab, whyNoLab, type Lab } from '../support/lab.ts'

const why = whyNoLab()
const approve = () => Promise.resolve<HostKeyVerdict>({ state: 'APPROVED' })

describe.skipIf(why)('hosts over SSH', { timeout: 180_000 }, () => {
  let lab: Lab
  beforeAll(async () => void (lab = await startLab()))
  afterAll(() => lab?.close())

  const hosts = (user: string) => lab.hosts.map(({ name, address }) => `${name} ${user}@${address}`).join('\n')
  async function read(config: object = {}, order: Partial<ReadOrder> = {}): Promise<Sighting[]> {
    const given = { hosts: hosts('root'), privateKey: lab.privateKey, ...config }
    expect(sshAdapter().checkConfig(given)).toEqual([])
    const product = { id: 'p', name: 'Lab', config: given }
    const signal = new AbortController().signal
    const all: Sighting[] = []
    const reading = sshAdapter().read({ product, signal, finished: new Set(), judgeHostKey: approve, ...order })
    for await (const one of reading) all.push(one)
    return all
  }

  test('tell their systems, addresses and running packages, and that web1 depends on web2', async () => {
    const all = await read()
    expect(problems(all)).toEqual([])
    for (const { name, machineId, address } of lab.hosts) {
      const machine = items(all).find(({ ref }) => ref === name)!
      expect(machine.attributes).toMatchObject({ machineId, address, fqdn: `${name}.lab.invalid` })
      const key = machine.identifiers!.find(({ kind }) => kind === 'ssh-host-key-fingerprint')!
      expect(key.value).toBe(await lab.host(name).fingerprint())
    }
    expect(versions(all, 'shop')).toEqual(['web1 shop-web 1.4.0', 'web2 shop-data 2.1.0-1', 'web3 shop-web 1.3.0'])
    expect(versions(all, 'openssh-server')).toHaveLength(3)
    expect(edges(all, 'bindsTo')).toContain(`web1/eth0 → web1/${lab.host('web1').address}`)
    expect(edges(all, 'dependsOn')).toEqual(['web1 → web2', 'web1/deb/shop-web/all → web2/deb/shop-data/all'])
    expect(all.at(-1)).toEqual({ kind: 'complete' })
  })

  test('are read by an account without any rights too, but not whose sockets they are', async () => {
    const all = await read({ hosts: hosts('discover') })
    expect(problems(all)).toEqual([])
    expect(versions(all, 'shop')).toEqual(['web1 shop-web 1.4.0', 'web2 shop-data 2.1.0-1', 'web3 shop-web 1.3.0'])
    expect(edges(all, 'dependsOn')).toEqual(['web1 → web2'])
  })

  test('are kept as they told it, without a secret, and read again from that', async () => {
    const kept: string[] = []
    const first = await read({ concurrency: '1' }, { keep: async (_, raw) => void kept.push(raw) })
    const raw = kept.join('')
    // The service of each host has one secret on its command line and one in its environment.
    expect(raw).not.toContain('hush')
    expect(raw).not.toContain('PRIVATE KEY')
    const upload = { name: 'lab.capture', open: () => Readable.from([raw]) }
    const again = await read({ concurrency: '1' }, { upload, judgeHostKey: () => Promise.reject(new Error('no host')) })
    expect(again.map(scopeless)).toEqual(first.map(scopeless))
  })

  test('are told nothing while their key is not approved, nor when it is rejected or another one', async () => {
    const shown: ShownHostKey[] = []
    const verdicts: Record<string, HostKeyVerdict> = {
      web1: { state: 'PENDING' },
      web2: { state: 'REJECTED' },
      web3: { state: 'CHANGED', approved: 'SHA256:was-approved' },
    }
    const all = await read({}, { judgeHostKey: async (key) => (shown.push(key), verdicts[key.host]!) })
    expect(items(all)).toEqual([])
    expect(problems(all).map(({ rule }) => rule)).toEqual(['host-key', 'host-key', 'host-key'])
    const words = Object.fromEntries(problems(all).map(({ where, message }) => [where!.source, message]))
    const print = async (name: string) => lab.host(name).fingerprint()
    expect(words.web1).toContain(`shows the ssh-ed25519 key ${await print('web1')}, which nobody has approved yet`)
    expect(words.web2).toContain('which was rejected')
    expect(words.web3).toContain(`${await print('web3')}, but SHA256:was-approved was approved`)
    expect(shown.find(({ host }) => host === 'web1')).toMatchObject({ address: `${lab.host('web1').address}:22` })
    const unasked = await read({}, { judgeHostKey: undefined as never })
    expect(problems(unasked).map(({ rule }) => rule)).toEqual(['host-key', 'host-key', 'host-key'])
  })

  test('that do not let us in, or are not there, are problems of their own', async () => {
    const gone = lab.host('web1').address.replace(/\d+$/, '99')
    const { address } = lab.host('web2')
    const all = await read({
      hosts: `${hosts('root')}\nlost ${gone}\nshut root@${address}:2\nno ghost@${address}\nmute nobody@${address}`,
    })
    const found = new Map(problems(all).map((one) => [one.where!.source, one]))
    expect([...found.keys()].toSorted()).toEqual(['lost', 'mute', 'no', 'shut'])
    expect(found.get('lost')).toMatchObject({ severity: 'warning', rule: 'unreachable' })
    expect(found.get('shut')!.message).toBe(`shut (${address}:2) could not be reached: nothing listens there.`)
    expect(found.get('no')!.message).toContain('does not let ghost in')
    expect(found.get('mute')!.message).toContain('does its account have a POSIX shell?')
    expect(edges(all, 'dependsOn')).toContain('web1 → web2')
    expect(all.some((one) => one.kind === 'complete' && one.scope === undefined)).toBe(false)
  })

  test('are reached through a jump host, whose key is judged as well', async () => {
    const jump = `root@${lab.host('web3').address}`
    const shown: string[] = []
    const judgeHostKey = async ({ host }: ShownHostKey) => (shown.push(host), { state: 'APPROVED' as const })
    const all = await read({ jump, hosts: `web1 root@${lab.host('web1').address}` }, { judgeHostKey })
    expect(shown).toEqual(['jump', 'web1'])
    expect(versions(all, 'shop')).toEqual(['web1 shop-web 1.4.0'])
    const refused = read({ jump }, { judgeHostKey: async () => ({ state: 'PENDING' }) })
    await expect(refused).rejects.toThrow(/^jump .*nobody has approved yet/)
  })

  test('of which one hangs do not keep the others from arriving', async () => {
    const web2 = lab.host('web2')
    await web2.run('kill -STOP $(cat /run/lab-sshd.pid)')
    try {
      const stop = new AbortController()
      const arrived: string[] = []
      const product = {
        id: 'p',
        name: 'Lab',
        config: { hosts: hosts('root'), privateKey: lab.privateKey, seconds: '600' },
      }
      const order = { product, signal: stop.signal, finished: new Set<string>(), judgeHostKey: approve }
      const reading = (async () => {
        for await (const one of sshAdapter().read(order)) if (one.kind === 'complete') arrived.push(one.scope!)
      })()
      await until(
        async () => arrived.toSorted(),
        (seen) => seen.length === 2,
        120_000,
      )
      expect(arrived.toSorted()).toEqual(['web1', 'web3'])
      stop.abort(new Error('Enough'))
      await expect(reading).rejects.toThrow('Enough')

      const alone = await read({ seconds: '2', hosts: `web2 root@${web2.address}` })
      expect(problems(alone)).toMatchObject([{ rule: 'time-limit', where: { source: 'web2' } }])
      expect(problems(alone)[0]!.message).toBe('web2 was still connecting after 2 s and was left alone.')
    } finally {
      await web2.run('kill -CONT $(cat /run/lab-sshd.pid)')
    }
  })

  test('that cannot answer one question are not complete, so that nothing of them goes missing', async () => {
    const web3 = lab.host('web3')
    await web3.run(
      'mv /usr/bin/dpkg-query /lab/ && printf "#!/bin/sh\\nexit 3\\n" >/usr/bin/dpkg-query && chmod 755 /usr/bin/dpkg-query',
    )
    try {
      const all = await read()
      expect(problems(all).map(({ message }) => message)).toEqual([
        'web3 did not answer about its dpkg; what is missing there stays as it was.',
      ])
      expect(complete(all)).toEqual(['web1', 'web2'])
    } finally {
      await web3.run('mv /lab/dpkg-query /usr/bin/')
    }
  })

  test('are left alone as soon as the run is cancelled', async () => {
    const stop = new AbortController()
    const judgeHostKey = async (): Promise<HostKeyVerdict> => (
      stop.abort(new Error('Cancelled')),
      { state: 'APPROVED' }
    )
    await expect(read({}, { signal: stop.signal, judgeHostKey })).rejects.toThrow('Cancelled')
  })
})

const problems = (all: Sighting[]) => all.filter((one): one is Problem => one.kind === 'problem')
const items = (all: Sighting[]) => all.flatMap((one) => (one.kind === 'item' ? [one] : []))
const edges = (all: Sighting[], type: string) =>
  all.flatMap((one) => (one.kind === 'relationship' && one.type === type ? [`${one.from} → ${one.to}`] : []))
const complete = (all: Sighting[]) =>
  all.flatMap((one) => (one.kind === 'complete' && one.scope !== undefined ? [one.scope] : [])).toSorted()
const versions = (all: Sighting[], name: string) =>
  items(all)
    .filter(({ attributes }) => String(attributes.package ?? '').startsWith(name))
    .map(({ ref, attributes }) => `${ref.split('/')[0]} ${attributes.package} ${attributes.version}`)
    .toSorted()
/** How many hosts there are is known only where they are read. */
const scopeless = (one: Sighting) => (one.kind === 'scope' ? one.name : one)
