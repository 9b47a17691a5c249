import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DiscoveredTarget } from '../../server/integrations/integration.ts'
import { createLocal } from '../../server/integrations/local/index.ts'
import { createSampleEstate } from '../../server/sample/estate.ts'
import type { SampleEstate } from '../../server/sample/estate.ts'
import { startHost } from '../../server/sample/host.ts'
import { startLightHosts } from '../../server/sample/light-hosts.ts'
import { stopHosts } from '../../server/sample/stop-hosts.ts'
import { packageRef, targetRef } from './benches/local.ts'
import { carry } from './integration.contract.ts'

const local = createLocal()
const names = ['api-1', 'cache-1', 'web-1', 'web-2'].flatMap((name) => [`austin-${name}`, `tokyo-${name}`]).sort()
let folder: string
let estate: SampleEstate

const product = () => ({ id: 'p', name: 'Sample', config: { folder: estate.hosts } })
const discover = async () => (await local.listTargets!(product())).items
const ninth = { name: 'austin-web-3', site: 'Austin', role: 'web' as const, upstreams: ['austin-api-1'] }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-sample-'))
  estate = await createSampleEstate(folder)
})
afterAll(async () => {
  await local.close!()
  await stopHosts(estate.hosts)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

describe('the sample repository', () => {
  it('has the sums of its packages, and the same bytes when it is built again', async () => {
    const sums = await readFile(join(estate.repository, 'SHA256SUMS'), 'utf8')
    const files = (await readdir(estate.repository)).filter((name) => name.endsWith('.tar.gz'))
    expect(files).toEqual(['storefront-1.0.0.tar.gz', 'storefront-1.1.0.tar.gz', 'storefront-1.2.0.tar.gz'])
    for (const file of files) {
      const sum = createHash('sha256')
        .update(await readFile(join(estate.repository, file)))
        .digest('hex')
      expect(sums).toContain(`${sum}  ${file}\n`)
    }
    await createSampleEstate(folder)
    expect(await readFile(join(estate.repository, 'SHA256SUMS'), 'utf8')).toBe(sums)
  })
})

describe('the sample estate', () => {
  it('is eight hosts that run 1.0.0, in processes and on ports of their own', async () => {
    const found = await discover()
    expect(found.map(({ key }) => key)).toEqual(names)
    for (const { attributes, software } of found) {
      expect(attributes).toMatchObject({ answering: 'yes', runningVersion: '1.0.0' })
      expect(software).toMatchObject([{ name: 'storefront', version: '1.0.0', active: true }])
    }
    expect(new Set(found.map(({ attributes }) => attributes.port)).size).toBe(8)
    expect(new Set(estate.facts.map(({ pid }) => pid)).size).toBe(8)
  })

  it('shows what depends on what, by configuration and by the connections that are open', async () => {
    const evidence = process.platform === 'linux' ? 'configuration and socket' : 'configuration'
    await expect
      .poll(async () => dependencies(await discover()), { timeout: 10_000 })
      .toEqual(
        ['austin', 'tokyo'].flatMap((site) => [
          `${site}-api-1 → ${site}-cache-1 (${evidence})`,
          `${site}-web-1 → ${site}-api-1 (${evidence})`,
          `${site}-web-2 → ${site}-api-1 (${evidence})`,
        ]),
      )
  })

  it('says which site each host is in and what runs on it', async () => {
    for (const { key, relationships } of await discover()) {
      const site = key.startsWith('austin') ? 'Austin' : 'Tokyo'
      expect(relationships).toContainEqual(
        expect.objectContaining({ type: 'locatedIn', to: { class: 'Site', key: site, name: site } }),
      )
      const runsOn = relationships.find(({ type }) => type === 'runsOn')
      expect(runsOn).toMatchObject({ from: { class: 'SoftwareInstallation' }, to: { class: 'ComputerSystem', key } })
    }
  })

  it('adopts what runs when it is made again', async () => {
    const again = await createSampleEstate(folder)
    expect(again.facts.map(({ pid }) => pid)).toEqual(estate.facts.map(({ pid }) => pid))
  })

  it('shows a ninth host that was started by hand, and not one that was killed', async () => {
    const initial = { repository: estate.repository, package: estate.packages[0]! }
    const { pid } = await startHost(estate.hosts, { ...ninth, initial })
    expect((await discover()).map(({ key }) => key)).toContain(ninth.name)
    process.kill(pid, 'SIGKILL')
    await expect.poll(async () => (await discover()).map(({ key }) => key)).toEqual(names)
  })

  it('starts what died on its own port with what was installed on it, or on a new port if that is taken', async () => {
    const [one, two] = [estate.facts[0]!, estate.facts[1]!]
    const attempt = {
      attemptId: 'a-1',
      deploymentId: 'd-1',
      idempotencyKey: 'k-1',
      fence: 1n,
      target: targetRef(one.name),
    }
    const carried = await carry(local, { product: product() }, [
      { ...attempt, package: packageRef(estate.repository, estate.packages[1]!) },
    ])
    expect(carried.receipts[0]?.outcome).toBe('ok')
    await stopHosts(estate.hosts)
    const thief = createServer()
    await new Promise<void>((resolve) => thief.listen(two.port, '127.0.0.1', resolve))
    const again = await createSampleEstate(folder)
    thief.close()
    expect(again.facts[0]).toMatchObject({ port: one.port, release: { version: '1.1.0' } })
    expect(again.facts[1]!.port).not.toBe(two.port)
    estate = again
  })
})

describe('stopping the hosts of a folder', () => {
  it('leaves a stranger alone that has got the pid of a host', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' })
    const other = await mkdtemp(join(tmpdir(), 'waybill-sample-'))
    const { hosts } = await startLightHosts(other, 1)
    await stopHosts(hosts)
    const initial = { repository: estate.repository, package: estate.packages[0]! }
    const facts = await startHost(hosts, { ...ninth, upstreams: [], initial })
    await stopHosts(hosts)
    await writeFile(
      join(hosts, ninth.name, 'host.json'),
      JSON.stringify({ ...facts, pid: stranger.pid, processStart: undefined }),
    )
    await stopHosts(hosts)
    expect(stranger.exitCode).toBeNull()
    expect(() => process.kill(stranger.pid!, 0)).not.toThrow()
    stranger.kill()
    await rm(other, { recursive: true, force: true })
  })
})

const dependencies = (found: DiscoveredTarget[]) =>
  found
    .flatMap(({ relationships }) => relationships.filter(({ type }) => type === 'dependsOn'))
    .map(({ from, to, evidence }) => `${from.name} → ${to.name} (${evidence})`)
