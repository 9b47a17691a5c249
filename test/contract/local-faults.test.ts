import { execFile } from 'node:child_process'
import { appendFile, readFile, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { buffer } from 'node:stream/consumers'
import { createHash } from 'node:crypto'
import { pack } from 'tar-stream'
import type { Header } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PackageRef, TargetRef } from '../../server/integrations/integration.ts'
import type { HostFacts } from '../../server/integrations/local/host.ts'
import { createLocal } from '../../server/integrations/local/index.ts'
import { localBench, setFaults } from './benches/local.ts'
import type { LocalBench } from './benches/local.ts'
import { attempt, carry } from './integration.contract.ts'

let bench: LocalBench
const local = createLocal({ health: { deadline: 2_000, unwell: 300 } })
const inspect = async (target: TargetRef) => (await local.inspect!(bench.product, [{ target }]))[0]!
const fileOf = ({ key }: TargetRef, ...path: string[]) => join(bench.hosts, key, ...path)
const factsOf = async (target: TargetRef) =>
  JSON.parse(await readFile(fileOf(target, 'host.json'), 'utf8')) as HostFacts

beforeAll(async () => void (bench = await localBench()))
afterAll(async () => {
  await local.close!()
  await bench.close()
})

/** Delivers 1.1.0, or what is given, to a target and gives the receipt. */
async function deliver(target: TargetRef, what: PackageRef = bench.packages[1], signal?: AbortSignal) {
  const { receipts, log } = await carry(local, bench, [{ ...attempt(bench, target), package: what }], signal)
  return { ...receipts[0]!, log }
}

describe('a release that is not well', () => {
  it('fails with the cause from its own log, and stays where it is until someone rolls back', async () => {
    const target = await bench.freshTarget()
    const receipt = await deliver(target, bench.storefront[2])
    expect(receipt).toMatchObject({ outcome: 'failed', effect: 'made', cause: expect.stringContaining('no currency') })
    expect(receipt.steps.at(-1)).toMatchObject({ step: 'health', outcome: 'failed' })
    const evidence = await inspect(target)
    expect(evidence).toMatchObject({ healthy: false, running: { version: '1.2.0' } })
    expect(evidence.detail).toContain('no currency')
  })

  it('is replaced by the release before without copying it again', async () => {
    const target = await bench.freshTarget()
    await deliver(target, bench.storefront[2])
    const back = await deliver(target, bench.storefront[0])
    expect(back.outcome).toBe('ok')
    expect(back.steps.find(({ step }) => step === 'copy')?.outcome).toBe('skipped')
    expect(await inspect(target)).toMatchObject({ healthy: true, running: { version: '1.0.0' } })
  })

  it('fails with the cause from its log if it does not even start', async () => {
    const target = await bench.freshTarget()
    const files = { 'server.mjs': 'export const start = () => { throw new Error("no licence file") }' }
    expect(await deliver(target, await packageOf(files))).toMatchObject({
      outcome: 'failed',
      cause: expect.stringContaining('no licence file'),
    })
  })
})

describe('faults on purpose', () => {
  it('fails at the named step', async () => {
    for (const step of ['admit', 'copy', 'unpack', 'switch', 'restart', 'health']) {
      const target = await bench.freshTarget()
      await setFaults(bench.hosts, target.key, { step, fault: 'fail' })
      const receipt = await deliver(target)
      expect(receipt).toMatchObject({ outcome: 'failed', cause: expect.stringContaining(step) })
      expect(receipt.steps.at(-1)).toMatchObject({ step, outcome: 'failed' })
      const changed = { switch: 'none', restart: 'begun', health: 'made' }[step] ?? 'none'
      expect(receipt.effect).toBe(changed)
    }
  })

  it('says that the disk is full', async () => {
    const target = await bench.freshTarget()
    await setFaults(bench.hosts, target.key, { step: 'copy', fault: 'full' })
    expect(await deliver(target)).toMatchObject({ outcome: 'failed', cause: `The disk of ${target.name} is full.` })
  })

  it('hangs until it is told to stop, and then leaves the host whole', async () => {
    for (const step of ['copy', 'switch', 'restart', 'health']) {
      const target = await bench.freshTarget()
      await setFaults(bench.hosts, target.key, { step, fault: 'hang' })
      const receipt = await deliver(target, undefined, AbortSignal.timeout(300))
      expect(receipt.outcome).toBe('stopped')
      const version = step === 'copy' || step === 'switch' ? '1.0.0' : '1.1.0'
      const evidence = await inspect(target)
      expect([evidence.running?.version, evidence.installed?.version, evidence.healthy]).toEqual([
        version,
        version,
        true,
      ])
    }
  })

  it('says that it is done and has switched nothing, which a look at the host contradicts', async () => {
    const target = await bench.freshTarget()
    await setFaults(bench.hosts, target.key, { step: 'switch', fault: 'lie' })
    expect(await deliver(target)).toMatchObject({ outcome: 'ok' })
    expect(await inspect(target)).toMatchObject({ running: { version: '1.0.0' }, installed: { version: '1.0.0' } })
  })

  it('lets the service answer another version than it runs', async () => {
    const target = await bench.freshTarget()
    await setFaults(bench.hosts, target.key, { step: 'restart', fault: 'lie', version: '9.9.9' })
    expect(await deliver(target)).toMatchObject({ outcome: 'ok' })
    expect(await inspect(target)).toMatchObject({ running: { version: '9.9.9' }, installed: { version: '1.1.0' } })
  })

  it('does not die unless that was enabled', async () => {
    const target = await bench.freshTarget()
    await setFaults(bench.hosts, target.key, { step: 'copy', fault: 'die' })
    expect(await deliver(target)).toMatchObject({ outcome: 'failed', cause: expect.stringContaining('not enabled') })
  })
})

describe('trouble at the host', () => {
  it('says that the port was taken while the service was down', async () => {
    const target = await bench.freshTarget()
    const { port, pid } = await factsOf(target)
    process.kill(pid, 'SIGKILL')
    const thief = await steal(port)
    try {
      expect(await deliver(target)).toMatchObject({
        outcome: 'failed',
        cause: expect.stringContaining(`port ${port} is in use`),
      })
    } finally {
      thief.close()
    }
  })

  it('says that the host has gone when its folder vanishes in the middle', async () => {
    const target = await bench.freshTarget()
    const vanished = {
      ...bench.packages[1],
      open: async () => {
        const stream = await bench.packages[1].open()
        process.kill((await factsOf(target)).pid, 'SIGKILL')
        await rm(fileOf(target), { recursive: true, force: true, maxRetries: 3 })
        return stream
      },
    }
    const receipt = await deliver(target, vanished)
    expect(receipt).toMatchObject({ outcome: 'failed', effect: 'none' })
    expect(receipt.cause).toContain(target.name)
    expect(await inspect(target)).toMatchObject({ reachable: false })
  })

  it('replaces a service that hangs and does not hear SIGTERM', async () => {
    const target = await bench.freshTarget()
    process.kill((await factsOf(target)).pid, 'SIGSTOP')
    expect((await inspect(target)).detail).toContain('does not answer')
    expect(await deliver(target)).toMatchObject({ outcome: 'ok' })
    expect(await inspect(target)).toMatchObject({ healthy: true, running: { version: '1.1.0' } })
  })

  it('sees that an installed file was changed by hand', async () => {
    const target = await bench.freshTarget()
    await appendFile(fileOf(target, 'current', 'catalogue.json'), ' ')
    const evidence = await inspect(target)
    expect(evidence.installed?.digest).toBeUndefined()
    expect(evidence.detail).toContain('changed since in catalogue.json')
  })

  it('repairs a release that was changed by hand when it is delivered again', async () => {
    const target = await bench.freshTarget()
    await appendFile(fileOf(target, 'current', 'catalogue.json'), ' ')
    expect(await deliver(target, bench.packages[0])).toMatchObject({ outcome: 'ok', effect: 'made' })
    const { version, digest } = bench.packages[0]
    expect(await inspect(target)).toMatchObject({ installed: { version, digest }, running: { version, digest } })
  })

  it('says that the library has lost the bytes', async () => {
    const target = await bench.freshTarget()
    const open = async () => createReadStream(join(bench.hosts, 'no-such-file'))
    const cause = 'The bytes of storefront 1.1.0 cannot be read from the library (ENOENT).'
    expect(await deliver(target, { ...bench.packages[1], open })).toMatchObject({ outcome: 'failed', cause })
  })

  it('gives other bytes under the same version a folder of their own', async () => {
    const target = await bench.freshTarget()
    const other = await packageOf(
      { 'server.mjs': await readFile(fileOf(target, 'current', 'server.mjs'), 'utf8') },
      '1.0.0',
    )
    const receipt = await deliver(target, other)
    expect(receipt.effect).toBe('made')
    expect(await readlink(fileOf(target, 'current'))).toBe(`releases/1.0.0-${other.digest.slice(7, 19)}`)
  })
})

describe('packages that must not be unpacked', () => {
  const entries: [says: RegExp, header: Partial<Header> & { name: string }][] = [
    [/"bin\/sh", a symlink/, { name: 'bin/sh', type: 'symlink', linkname: '/bin/sh' }],
    [/"hosts", a link/, { name: 'hosts', type: 'link', linkname: '/etc/hosts' }],
    [/"\.\.\/evil".*outside/, { name: '../evil' }],
    [/"a\/\.\.\/\.\.\/evil".*outside/, { name: 'a/../../evil' }],
    [/"\/tmp\/evil".*outside/, { name: '/tmp/evil' }],
    [/"waybill-release\.json"/, { name: 'waybill-release.json' }],
    [/"\.\/waybill-release\.json"/, { name: './waybill-release.json' }],
  ]
  for (const [says, header] of entries) {
    it(`refuses one that holds ${header.name}`, async () => {
      const target = await bench.freshTarget()
      const receipt = await deliver(target, await packageOf({}, '2.0.0', header))
      expect(receipt).toMatchObject({ outcome: 'refused', effect: 'none', cause: expect.stringMatching(says) })
      expect(await readdir(fileOf(target, 'releases'))).toEqual(['1.0.0'])
    })
  }

  it('refuses what is not an archive, has no manifest, or is another package than was ordered', async () => {
    const target = await bench.freshTarget()
    expect((await deliver(target, asPackage(Buffer.from('not gzip'), '2.0.0'))).cause).toContain(
      'not a readable .tar.gz',
    )
    const bare = asPackage(gzipSync(await buffer(finalized(pack()))), '2.0.0')
    expect((await deliver(target, bare)).cause).toContain('waybill.json')
    const other = await packageOf({}, '2.0.0')
    expect((await deliver(target, { ...other, version: '3.0.0' })).cause).toContain('calls itself storefront 2.0.0')
  })

  it('refuses a version that is a path', async () => {
    const target = await bench.freshTarget()
    const receipt = await deliver(target, { ...(await packageOf({})), version: '../../../tmp' })
    expect(receipt).toMatchObject({ outcome: 'refused', effect: 'none' })
  })
})

describe('an attempt that was overtaken', () => {
  it('changes nothing any more when it wakes up', async () => {
    const target = await bench.freshTarget()
    const [slow, quick] = [attempt(bench, target), attempt(bench, target)]
    let wake = () => {}
    const asleep = new Promise<void>((resolve) => (wake = resolve))
    const open = async () => {
      await asleep
      return bench.packages[1].open()
    }
    const sleeping = carry(local, bench, [{ ...slow, package: { ...slow.package, open } }])
    await expect.poll(() => readdir(fileOf(target, 'state', 'attempts'))).toContain(`${slow.attemptId}.json`)
    expect((await carry(local, bench, [{ ...quick, package: bench.storefront[2]! }])).receipts[0]?.outcome).toBe(
      'failed',
    )
    wake()
    expect((await sleeping).receipts[0]).toMatchObject({
      outcome: 'refused',
      effect: 'none',
      cause: expect.stringContaining('fence'),
    })
    expect(await inspect(target)).toMatchObject({ running: { version: '1.2.0' }, installed: { version: '1.2.0' } })
  })
})

describe('an attempt whose worker died', () => {
  /** Runs a delivery in a process of its own, which dies at the step. */
  async function dieAt(target: TargetRef, step: string, order: ReturnType<typeof attempt>) {
    await setFaults(bench.hosts, target.key, { step, fault: 'die', times: 1 })
    const script = join(import.meta.dirname, 'benches', 'deliver-once.ts')
    const { open: _, ...what } = order.package
    const file = join(bench.hosts, '..', 'repository', `storefront-${what.version}.tar.gz`)
    const input = JSON.stringify({ ...order, fence: String(order.fence), package: what, hosts: bench.hosts, file })
    const child = promisify(execFile)(process.execPath, ['--import', 'tsx', script, input])
    await expect(child).rejects.toMatchObject({ signal: 'SIGKILL' })
  }

  it('is found at the host, completed once, and never repeated, whatever step it died at', async () => {
    const found: Record<string, string> = {}
    for (const step of ['admit', 'copy', 'unpack', 'switch', 'restart', 'health']) {
      const target = await bench.freshTarget()
      const order = attempt(bench, target)
      await dieAt(target, step, order)
      const [evidence] = await local.inspect!(bench.product, [{ target, attempt: order }])
      found[step] = evidence!.attempt!.effect
      const { receipts } = await carry(local, bench, [order])
      expect(receipts[0]).toMatchObject({ outcome: 'ok', effect: 'made' })
      expect(await bench.effects!(target)).toBe(1)
    }
    expect(found).toEqual({
      admit: 'none',
      copy: 'none',
      unpack: 'none',
      switch: 'none',
      restart: 'begun',
      health: 'made',
    })
  }, 60_000)

  it('is taken over by a later attempt without a second change', async () => {
    const target = await bench.freshTarget()
    await dieAt(target, 'health', attempt(bench, target))
    expect(await deliver(target)).toMatchObject({ outcome: 'ok', effect: 'none' })
    expect(await bench.effects!(target)).toBe(1)
  })

  it('gets its switch recorded by whoever looks, if it died before it could', async () => {
    const target = await bench.freshTarget()
    const order = attempt(bench, target)
    await dieAt(target, 'switch', order)
    const file = fileOf(target, 'state', 'attempts', `${order.attemptId}.json`)
    const marker = JSON.parse(await readFile(file, 'utf8')) as object
    await writeFile(
      file,
      JSON.stringify({ ...marker, stage: 'switching', changed: true, from: '1.0.0', release: '1.1.0' }),
    )
    await rm(fileOf(target, 'current'))
    await symlink('releases/1.1.0', fileOf(target, 'current'))
    const question = { target, attempt: order }
    await local.inspect!(bench.product, [question, question])
    const switches = (await bench.effectLines(target)).filter(({ effect }) => effect === 'switch')
    expect(switches).toMatchObject([{ version: '1.1.0', from: '1.0.0' }])
    await carry(local, bench, [order])
    expect(await bench.effects!(target)).toBe(1)
  })
})

/** Listens on a port as soon as it is free. */
async function steal(port: number): Promise<Server> {
  for (;;) {
    const server = createServer()
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (listening) return server
  }
}

/** A package with a manifest, these files and perhaps one odd entry. */
async function packageOf(files: Record<string, string>, version = '2.0.0', odd?: Partial<Header> & { name: string }) {
  const manifest = {
    name: 'storefront',
    version,
    platform: 'any',
    arch: 'any',
    entry: 'server.mjs',
    health: '/healthz',
  }
  const archive = pack()
  archive.entry({ name: 'waybill.json' }, JSON.stringify(manifest))
  archive.entry({ name: 'catalogue.json' }, '{"currency":"JPY","items":[]}')
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text)
  if (odd) archive.entry({ type: 'file', ...odd }, odd.linkname ? '' : 'x')
  return asPackage(gzipSync(await buffer(finalized(archive))), version)
}

function finalized(archive: ReturnType<typeof pack>) {
  archive.finalize()
  return archive
}

function asPackage(bytes: Buffer, version: string): PackageRef {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { name: 'storefront', version, digest, size: bytes.length, open: async () => Readable.from([bytes]) }
}
