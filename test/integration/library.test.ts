import { appendFile, chmod, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { observeInstalled } from '../../server/discovery/observe-installed.ts'
import { runScan, workOnScans } from '../../server/library/scan.ts'
import { packageVersionById } from '../../server/library/library.reads.ts'
import { createJobs } from '../../server/kernel/jobs.ts'
import { buildSampleRepository } from '../../server/sample/repository.ts'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { aPackage, digestOf, writeRepository } from '../support/packages.ts'
import { aSupply } from '../support/supply.ts'
import { aViewer, makeItems, quiet } from '../support/estate.ts'

const supply = aSupply()
let made = 0

interface Version {
  id: string
  number: string
  state: string
  alert: string | null
  held: boolean
  digest: string
  purl: string
  size: number
  version: number
}

/** A repository of its own for a test, with 1.0.0 and 1.1.0 in it. */
async function aRepository() {
  const folder = join(supply.folder, `repository-${++made}`)
  const files = {
    'storefront-1.0.0.tar.gz': await aPackage({ version: '1.0.0' }),
    'storefront-1.1.0.tar.gz': await aPackage({ version: '1.1.0' }),
  }
  const digests = await writeRepository(folder, files)
  const { repository } = await supply.mutate<{ repository: { id: string } }>(
    'repositoryDefine',
    'RepositoryDefineInput',
    { name: `Repository ${made}`, kind: 'directory', config: { folder } },
    'repository { id }',
  )
  return { folder, files, digests, id: repository.id }
}

async function versionsOf(repositoryId: string): Promise<Version[]> {
  const { repository } = await supply.query<{
    repository: { packages: { nodes: { versions: { nodes: Version[] } }[] } }
  }>(
    `query($id: ID!) { repository(id: $id) { packages(first: 9) { nodes { versions(first: 50) { nodes {
       id number state alert held digest purl size version } } } } } }`,
    { id: repositoryId },
  )
  return repository.packages.nodes
    .flatMap(({ versions }) => versions.nodes)
    .toSorted((a, b) => (a.number < b.number ? -1 : 1))
}
const statesOf = async (id: string) =>
  Object.fromEntries((await versionsOf(id)).map(({ number, state }) => [number, state]))

test('a scan takes the packages in, with their bytes by digest and a package URL', async () => {
  const { id, files, digests } = await aRepository()
  expect(await supply.scan(id)).toMatchObject({
    state: 'SUCCEEDED',
    percent: 100,
    found: 2,
    added: 2,
    withdrawn: 0,
    alerts: [],
  })
  const [first] = await versionsOf(id)
  const bytes = files['storefront-1.0.0.tar.gz']!
  const digest = digests['storefront-1.0.0.tar.gz']!
  expect(first).toMatchObject({ number: '1.0.0', state: 'AVAILABLE', held: true, digest, size: bytes.length })
  expect(first!.purl).toBe('pkg:generic/storefront@1.0.0')
  expect((await buffer(await supply.store.open(digest))).equals(bytes)).toBe(true)
  const version = await packageVersionById(supply.orm.em.fork(), uuidOf(first!.id, 'pkv'))
  expect(version!.displayName).toBe('storefront 1.0.0')
})

test('scanning again changes nothing, not even the versions of the rows', async () => {
  const { id } = await aRepository()
  await supply.scan(id)
  const before = await versionsOf(id)
  expect(await supply.scan(id)).toMatchObject({ state: 'SUCCEEDED', found: 2, added: 0, withdrawn: 0, alerts: [] })
  expect(await versionsOf(id)).toEqual(before)
})

test('bytes that do not match their line are an alert, are not kept and never become available', async () => {
  const { id, folder, files } = await aRepository()
  const wrong = digestOf(Buffer.from('what it should be'))
  await writeRepository(folder, files, { 'storefront-1.1.0.tar.gz': wrong })
  const scan = await supply.scan(id)
  const actual = digestOf(files['storefront-1.1.0.tar.gz']!)
  expect(scan).toMatchObject({ state: 'SUCCEEDED', added: 2 })
  expect(scan.alerts).toHaveLength(1)
  for (const fact of ['storefront-1.1.0.tar.gz', wrong, actual]) expect(scan.alerts[0]).toContain(fact)
  const [, damaged] = await versionsOf(id)
  expect(damaged).toMatchObject({ number: '1.1.0', state: 'ALERT', held: false, digest: wrong, alert: scan.alerts[0] })
  expect(await supply.store.has(wrong)).toBe(false)
})

test('other bytes under a known version are an alert; the digest stays, and the old bytes back end it', async () => {
  const { id, folder, files, digests } = await aRepository()
  await supply.scan(id)
  const tampered = { ...files, 'storefront-1.0.0.tar.gz': await aPackage({ version: '1.0.0', content: 'tampered' }) }
  await writeRepository(folder, tampered)
  expect((await supply.scan(id)).alerts[0]).toContain('A version never changes')
  const [first] = await versionsOf(id)
  expect(first).toMatchObject({ state: 'ALERT', digest: digests['storefront-1.0.0.tar.gz'] })
  await supply.scan(id)
  expect((await versionsOf(id))[0]!.version).toBe(first!.version)
  await writeRepository(folder, files)
  expect((await supply.scan(id)).alerts).toEqual([])
  expect((await versionsOf(id))[0]).toMatchObject({ state: 'AVAILABLE', alert: null })
})

test('what vanishes is withdrawn with its bytes kept, and comes back available', async () => {
  const { id, folder, files, digests } = await aRepository()
  await supply.scan(id)
  await writeRepository(folder, { 'storefront-1.1.0.tar.gz': files['storefront-1.1.0.tar.gz']! })
  expect(await supply.scan(id)).toMatchObject({ found: 1, added: 0, withdrawn: 1 })
  expect(await statesOf(id)).toEqual({ '1.0.0': 'WITHDRAWN', '1.1.0': 'AVAILABLE' })
  expect(await supply.store.has(digests['storefront-1.0.0.tar.gz']!)).toBe(true)
  await writeRepository(folder, files)
  await supply.scan(id)
  expect(await statesOf(id)).toEqual({ '1.0.0': 'AVAILABLE', '1.1.0': 'AVAILABLE' })
})

test.each([
  ['the folder is gone', (folder: string) => rename(folder, `${folder}-gone`), 'is not there'],
  ['the list is gone', (folder: string) => rm(join(folder, 'SHA256SUMS')), 'has no SHA256SUMS'],
  ['the list is empty', (folder: string) => truncate(join(folder, 'SHA256SUMS')), 'lists no packages any more'],
  ['the list is torn', (folder: string) => appendFile(join(folder, 'SHA256SUMS'), 'deadbeef'), 'Line 3'],
  [
    'the list is a folder that is none',
    (folder: string) => rm(folder, { recursive: true }).then(() => writeFile(folder, '')),
    'is not a folder',
  ],
])('when %s the scan fails with the reason, and nothing is changed', async (_what, breakIt, reason) => {
  const { id, folder } = await aRepository()
  await supply.scan(id)
  const before = await versionsOf(id)
  await breakIt(folder)
  const scan = await supply.scan(id)
  expect(scan).toMatchObject({ state: 'FAILED', added: 0, withdrawn: 0 })
  expect(scan.failure).toContain(reason)
  expect(await versionsOf(id)).toEqual(before)
})

test('a version that a person withdrew stays withdrawn, with the reason in its history', async () => {
  const { id } = await aRepository()
  await supply.scan(id)
  const [first] = await versionsOf(id)
  const withdraw = (expectedVersion: number) =>
    supply.mutate<{ packageVersion: { state: string } }>(
      'packageVersionWithdraw',
      'MoveInput',
      { id: first!.id, expectedVersion, reason: 'leaks memory' },
      'packageVersion { state allowedActions }',
    )
  expect((await withdraw(first!.version + 1)).userErrors).toMatchObject([{ code: 'VERSION_CONFLICT' }])
  expect(await withdraw(first!.version)).toMatchObject({
    userErrors: [],
    packageVersion: { state: 'WITHDRAWN', allowedActions: [] },
  })
  await supply.scan(id)
  expect((await statesOf(id))['1.0.0']).toBe('WITHDRAWN')
})

test('a worker does the scan that the mutation ordered, with the packages of the sample estate', async () => {
  const folder = join(supply.folder, 'sample')
  const packages = await buildSampleRepository(folder)
  const { repository } = await supply.mutate<{ repository: { id: string } }>(
    'repositoryDefine',
    'RepositoryDefineInput',
    { name: 'Sample', kind: 'directory', config: { folder } },
    'repository { id }',
  )
  const jobs = createJobs({ url: supply.orm.config.get('clientUrl')!, log: quiet })
  workOnScans(jobs, supply.orm.em.fork(), supply.store)
  await jobs.start()
  const before = supply.services.jobs
  supply.services.jobs = jobs
  await supply.mutate('repositoryScan', 'IdInput', { id: repository.id }, 'scan { id }')
  supply.services.jobs = before
  for (let tries = 0; tries < 200 && (await versionsOf(repository.id)).length < 3; tries++) await sleep(25)
  await jobs.stop()
  const versions = await versionsOf(repository.id)
  expect(versions.map(({ number, digest, state }) => ({ number, digest, state }))).toEqual(
    packages.map(({ version, digest }) => ({ number: version, digest, state: 'AVAILABLE' })),
  )
})

test('while a scan waits, asking again answers that scan', async () => {
  const { id } = await aRepository()
  const ask = () => supply.mutate<{ scan: { id: string } }>('repositoryScan', 'IdInput', { id }, 'scan { id state }')
  const [first, second] = [await ask(), await ask()]
  expect(second.scan).toEqual(first.scan)
})

test('a scan that a crash cut off is done by the next worker, and doing it once more does nothing', async () => {
  const { id } = await aRepository()
  const { scan } = await supply.mutate<{ scan: { id: string } }>('repositoryScan', 'IdInput', { id }, 'scan { id }')
  const uuid = uuidOf(scan.id, 'scn')
  const cut = new AbortController()
  cut.abort()
  const em = supply.orm.em.fork()
  await expect(runScan(em.fork(), uuid, supply.store, cut.signal)).rejects.toThrow()
  await Promise.all([1, 2].map(() => runScan(em.fork(), uuid, supply.store, new AbortController().signal)))
  const before = await versionsOf(id)
  expect(before.map(({ state }) => state)).toEqual(['AVAILABLE', 'AVAILABLE'])
  await runScan(em.fork(), uuid, supply.store, new AbortController().signal)
  expect(await versionsOf(id)).toEqual(before)
})

test('those who watch the repository see its scan go from queued to done', async () => {
  const { id } = await aRepository()
  const stream = supply.subscribe<{
    repositoryChanged: {
      seq: number
      repository: { id: string; lastScan: { state: string; percent: number } | null } | null
    }
  }>(
    `subscription($id: ID) { repositoryChanged(id: $id) { seq position resync serverTime
       repository { id lastScan { state percent } } } }`,
    { id },
  )
  const messages: { state: string; percent: number }[] = []
  const watching = (async () => {
    for await (const { repositoryChanged } of stream) {
      const { repository } = repositoryChanged
      if (!repository?.lastScan) continue
      expect(repository.id).toBe(id)
      messages.push(repository.lastScan)
      if (repository.lastScan.state === 'SUCCEEDED') return
    }
  })()
  await supply.scan(id)
  await watching
  expect(messages.at(-1)).toEqual({ state: 'SUCCEEDED', percent: 100 })
})

test('bytes damaged in the store are noticed when they are read', async () => {
  const { id, digests } = await aRepository()
  await supply.scan(id)
  const digest = digests['storefront-1.0.0.tar.gz']!
  const path = supply.store.pathOf(digest)
  await chmod(path, 0o644)
  await writeFile(path, 'damaged')
  await expect(supply.store.open(digest).then(buffer)).rejects.toThrow(digest)
  await supply.scan(id)
  expect((await buffer(await supply.store.open(digest))).length).toBeGreaterThan(100)
})

test('a product without a module cannot be bound, and the module is named; one with a module makes it automatic', async () => {
  const tivoli = await supply.product('Tivoli', 'tpm')
  const define = (productId: string) =>
    supply.mutate<{ repository: { distribution: string } | null }>(
      'repositoryDefine',
      'RepositoryDefineInput',
      { name: 'Bound', kind: 'directory', config: { folder: '/nowhere' }, productId },
      'repository { distribution product { name repositories(first: 1) { totalCount } } allowedActions kind { name } }',
    )
  const refused = await define(tivoli.id)
  expect(refused.userErrors).toMatchObject([{ code: 'MODULE_MISSING' }])
  expect(refused.userErrors[0]!.message).toContain('"tpm"')
  const hosts = await supply.product('Hosts')
  expect((await define(hosts.id)).repository).toEqual({
    distribution: 'AUTOMATIC',
    product: { name: 'Hosts', repositories: { totalCount: 1 } },
    allowedActions: ['update', 'scan', 'retire'],
    kind: { name: 'directory' },
  })
})

test.each([
  [{ kind: 'floppy', config: {} }, 'REPOSITORY_KIND_UNKNOWN', 'directory'],
  [{ kind: 'directory', config: { folder: 'here' } }, 'BAD_INPUT', 'absolute'],
  [{ kind: 'directory', config: [] }, 'BAD_INPUT', 'JSON object'],
  [{ kind: 'directory', config: { folder: '/x' }, name: ' ' }, 'BAD_INPUT', '1 to 200'],
  [
    { kind: 'directory', config: { folder: '/x' }, productId: 'rep_00000000000070008000000000000001' },
    'BAD_INPUT',
    'ManagementProduct',
  ],
  [
    { kind: 'directory', config: { folder: '/x' }, productId: 'prd_00000000000070008000000000000001' },
    'NOT_FOUND',
    'management product',
  ],
])('refuses to define %j', async (facts, code, word) => {
  const input = { name: 'Refused', ...facts }
  const { userErrors } = await supply.mutate('repositoryDefine', 'RepositoryDefineInput', input, 'repository { id }')
  expect(userErrors).toMatchObject([{ code }])
  expect(userErrors[0]!.message).toContain(word)
})

test('a retired repository is neither scanned nor changed', async () => {
  const { id } = await aRepository()
  await supply.mutate('repositoryRetire', 'MoveInput', { id }, 'repository { state }')
  const scanned = await supply.mutate('repositoryScan', 'IdInput', { id }, 'scan { id }')
  expect(scanned.userErrors[0]!.message).toContain('is retired')
})

test('the library is read by whoever may read it anywhere, and by nobody else', async () => {
  const { id } = await aRepository()
  const text = `query($id: ID!) { repository(id: $id) { name } }`
  const scoped = aViewer(['00000000-0000-7000-8000-0000000000ff'])
  await expect(supply.query(text, { id }, scoped)).resolves.toMatchObject({ repository: { name: expect.any(String) } })
  await expect(supply.query(text, { id }, aViewer([]))).rejects.toThrow('library.read')
})

test('the latest version is the highest, not the last that came', async () => {
  const folder = join(supply.folder, `repository-${++made}`)
  const numbers = ['1.9.0', '1.10.0', '1.2.0', '1.10.0-rc.1']
  const files = await Promise.all(
    numbers.map(async (version) => [`sorted-${version}.tar.gz`, await aPackage({ name: 'sorted', version })] as const),
  )
  await writeRepository(folder, Object.fromEntries(files))
  const { repository } = await supply.mutate<{ repository: { id: string } }>(
    'repositoryDefine',
    'RepositoryDefineInput',
    { name: 'Sorted', kind: 'directory', config: { folder } },
    'repository { id }',
  )
  await supply.scan(repository.id)
  const { packages } = await supply.query<{ packages: { nodes: { latest: { number: string } }[] } }>(
    `{ packages(first: 5, filter: { search: "SORT" }) { nodes { latest { number } } } }`,
  )
  expect(packages.nodes).toEqual([{ latest: { number: '1.10.0' } }])
  const order: string[] = []
  for (let after: string | null = null, more = true; more;) {
    const text = `query($id: ID!, $after: String) { repository(id: $id) { packages(first: 1) { nodes {
      versions(first: 1, after: $after) { nodes { number } pageInfo { endCursor hasNextPage } } } } } }`
    type Page = { nodes: { number: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
    const answer: { repository: { packages: { nodes: { versions: Page }[] } } } = await supply.query(text, {
      id: repository.id,
      after,
    })
    const { nodes, pageInfo } = answer.repository.packages.nodes[0]!.versions
    order.push(nodes[0]!.number)
    after = pageInfo.endCursor
    more = pageInfo.hasNextPage
  }
  expect(order.map((number) => number.replace('-rc.1', ''))).toEqual(['1.10.0', '1.10.0', '1.9.0', '1.2.0'])
})

test('where a version is installed is what was last observed there, by digest', async () => {
  const { id } = await aRepository()
  await supply.scan(id)
  const [old, next] = await versionsOf(id)
  const hosts = await supply.product('Observed hosts')
  const names = ['alpha', 'beta', 'gamma']
  const items = await supply.change((em) => makeItems(em, 'ComputerSystem', names, { productId: hosts.uuid }))
  const see = (index: number, version: string, digest: string | null) =>
    supply.change((em) =>
      observeInstalled(em, [
        { itemId: items[index]!.uuid, name: 'storefront', version, digest, at: new Date(), deploymentId: null },
      ]),
    )
  await see(0, '1.0.0', old!.digest)
  await see(1, '1.0.0', digestOf(Buffer.from('not ours')))
  await see(2, '1.0.0', old!.digest)
  await see(2, '1.1.0', next!.digest)
  const read = async (versionId: string, viewer = aViewer()) => {
    const text = `query($id: ID!) { packageVersion(id: $id) { installedOn(first: 9) { totalCount nodes { name } } } }`
    const answer = await supply.query<{
      packageVersion: { installedOn: { totalCount: number; nodes: { name: string }[] } }
    }>(text, { id: versionId }, viewer)
    return answer.packageVersion.installedOn
  }
  expect(await read(old!.id)).toEqual({ totalCount: 1, nodes: [{ name: 'alpha' }] })
  expect(await read(next!.id)).toEqual({ totalCount: 1, nodes: [{ name: 'gamma' }] })
  expect(await read(old!.id, aViewer([items[2]!.uuid]))).toEqual({ totalCount: 0, nodes: [] })
})
