/** kill -9 of the server while it loads a book or scans a repository: everything is as it was, or wholly changed. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gather, tokenOf, type People } from '../../server/demo/people.ts'
import { refreshBookName } from '../../server/discovery/adapters/idml/files.ts'
import { writeBook } from '../../server/discovery/adapters/idml/write-book.ts'
import { killServer, startServer, type Server } from '../support/chaos.ts'
import { aPackage, writeRepository } from '../support/packages.ts'
import { until } from '../support/until.ts'

const BEFORE = 40 // hosts
const HOSTS = 12_000 // each with a service
const PACKAGES = 400
const ANSWER = 'userErrors { code message } position'
let folder: string
/** By itself: PostgreSQL's own user must get into it. */
let data: string
let server: Server | undefined
let port: number
let people: People

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-kill-'))
  data = await mkdtemp(join(tmpdir(), 'waybill-kill-data-'))
  server = await startServer(data)
  port = Number(new URL(server.url).port)
  const link = server.lines.join('\n').match(/http\S+token=\S+/)![0]
  people = await gather(server.url, tokenOf(link), async () => null)
}, 180_000)

afterAll(async () => {
  for (const client of Object.values(people ?? {})) client.close()
  if (server) await killServer(server)
  const pid = (await readFile(join(data, 'database', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]
  if (pid) process.kill(Number(pid), 'SIGQUIT')
  await sleep(500)
  for (const path of [folder, data]) await rm(path, { recursive: true, force: true, maxRetries: 5 })
})

async function killAndStart(): Promise<void> {
  await killServer(server!)
  server = await startServer(data, port)
}

const isOver = ({ state }: { state: string }) => !['QUEUED', 'RUNNING'].includes(state)

/**
 * Kills the server whenever what is under way shows the next of these marks, looks after each restart, and answers how it
 * ended. A mark that flies past unseen is not waited for.
 */
async function killAt<T extends { state: string }>(
  read: () => Promise<T>,
  marks: readonly ((now: T) => boolean)[],
  look: () => Promise<void>,
): Promise<{ ended: T; kills: number }> {
  let kills = 0
  for (let left = marks; left.length > 0;) {
    const now = await until(read, (now) => left.some((mark) => mark(now)) || isOver(now), 120_000)
    if (isOver(now)) break
    left = left.slice(left.findIndex((mark) => mark(now)) + 1)
    await killAndStart()
    kills++
    await look()
  }
  return { ended: await until(async () => (await look(), read()), isOver, 180_000), kills }
}

interface Run {
  state: string
  step: string | null
  percent: number
  created: number
  missing: number
  relationships: number
  warnings: number
  errors: number
  failure: string | null
}

async function writeHosts(prefix: string, count: number, at: Date): Promise<void> {
  const hosts = Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
  const items = hosts.flatMap((host) => [
    { id: host, className: 'ComputerSystem', name: host, key: host, attributes: { fqdn: `${host}.lab.invalid` } },
    {
      id: `${host}.s`,
      className: 'SoftwareInstallation',
      name: `shop on ${host}`,
      key: `${host}/shop`,
      attributes: { package: 'shop' },
    },
  ])
  const relationships = hosts.map((host) => ({ type: 'runsOn', from: `${host}.s`, to: host }))
  const head = { mss: { hostname: 'dla.invalid', manufacturer: 'Lab', product: 'Lab' }, version: '1', at }
  await writeFile(
    join(folder, 'books', refreshBookName('LAB', 'dla.invalid', at)),
    writeBook(head, items, relationships),
  )
}

test('kill -9 in the middle of loading a book leaves all of the graph before it or all after it, and the run says so', async () => {
  const { admin } = people
  await mkdir(join(folder, 'books'))
  await writeHosts('old', BEFORE, new Date('2026-11-22T10:00:00Z'))
  const { product } = await admin.mutate<{ product: { id: string } }>(
    `mutation($input: ProductRegisterInput!) { productRegister(input: $input) { product { id } ${ANSWER} } }`,
    { name: 'Books', kind: 'idml', config: { folder: join(folder, 'books') } },
  )
  const start = async () => {
    const { run } = await admin.mutate<{ run: { id: string } }>(
      `mutation($input: DiscoveryStartInput!) { discoveryStart(input: $input) { run { id } ${ANSWER} } }`,
      { productId: product.id },
    )
    return run.id
  }
  const read = (id: string) => async () =>
    (
      await admin.query<{ run: Run }>(
        `query($id: ID!) { run: discoveryRun(id: $id) { state step percent created missing relationships warnings errors failure } }`,
        { id },
      )
    ).run
  expect(await until(read(await start()), isOver, 60_000)).toMatchObject({ state: 'SUCCEEDED', created: 2 * BEFORE })

  const list = (of: string) => `actualItems(first: 1, filter: { search: "${of}-", states: [PRESENT] }) { totalCount }`
  const graph = async () => {
    const { before, after } = await admin.query<Record<'before' | 'after', { totalCount: number }>>(
      `{ before: ${list('old')} after: ${list('new')} }`,
    )
    return [before.totalCount, after.totalCount].join(' ')
  }
  const [asItWas, wholly] = [`${2 * BEFORE} 0`, `0 ${2 * HOSTS}`]
  // Two statements of one query may stand on both sides of a commit; then the next query has it wholly.
  const look = async () => {
    const seen = await graph()
    if (seen !== asItWas && seen !== wholly) expect(await graph()).toBe(wholly)
  }
  await writeHosts('new', HOSTS, new Date('2026-11-22T11:00:00Z'))
  const id = await start()
  const reading = ({ step }: Run) => step?.startsWith('Reading ') === true
  const writing = ({ step }: Run) => step !== null && !step.startsWith('Reading')
  const late = (run: Run) => writing(run) && run.percent >= 86
  const { ended, kills } = await killAt(read(id), [reading, writing, late, writing], look)
  expect(kills).toBeGreaterThanOrEqual(2)
  expect(ended).toEqual({
    state: 'SUCCEEDED',
    step: null,
    percent: 100,
    created: 2 * HOSTS,
    missing: 2 * BEFORE,
    relationships: HOSTS,
    warnings: 0,
    errors: 0,
    failure: null,
  })
  expect(await graph()).toBe(wholly)
  const { managementProduct } = await admin.query<{ managementProduct: { discoveryFiles: { nodes: object[] } } }>(
    `query($id: ID!) { managementProduct(id: $id) { discoveryFiles(first: 2) { nodes { state items } } } }`,
    { id: product.id },
  )
  expect(managementProduct.discoveryFiles.nodes).toEqual([
    { state: 'SUPERSEDED', items: 0 },
    { state: 'LOADED', items: 2 * HOSTS },
  ])
  process.stderr.write(`${kills} kills while a book of ${2 * HOSTS} items was loaded\n`)
})

interface Scan {
  state: string
  percent: number
  found: number
  added: number
  failure: string | null
  alerts: string[]
}

test('kill -9 in the middle of a scan leaves the repository as it was known, or with all that is new', async () => {
  const { admin, owner } = people
  const files: Record<string, Buffer> = {}
  for (let n = 0; n < PACKAGES; n++) {
    const content = `// ${n} ${'x'.repeat(60_000)}`
    files[`shop-${n}.tar.gz`] = await aPackage({ name: `shop-${n}`, version: '1.0.0', content })
  }
  await writeRepository(join(folder, 'packages'), files)
  const { repository } = await owner.mutate<{ repository: { id: string } }>(
    `mutation($input: RepositoryDefineInput!) { repositoryDefine(input: $input) { repository { id } ${ANSWER} } }`,
    { name: 'Packages', kind: 'directory', config: { folder: join(folder, 'packages') } },
  )
  await owner.mutate(`mutation($input: IdInput!) { repositoryScan(input: $input) { ${ANSWER} } }`, {
    id: repository.id,
  })
  const read = async () => {
    const answer = await admin.query<{ repository: { lastScan: Scan } }>(
      `query($id: ID!) { repository(id: $id) { lastScan { state percent found added failure alerts } } }`,
      { id: repository.id },
    )
    return answer.repository.lastScan
  }
  const known = async () =>
    (await admin.query<{ packages: { totalCount: number } }>('{ packages(first: 1) { totalCount } }')).packages
      .totalCount
  const look = async () => expect([0, PACKAGES]).toContain(await known())
  const marks = [5, 30, 60, 90].map((percent) => (now: Scan) => now.state === 'RUNNING' && now.percent >= percent)
  const { ended, kills } = await killAt(read, marks, look)
  expect(kills).toBeGreaterThanOrEqual(1)
  expect(ended).toEqual({
    state: 'SUCCEEDED',
    percent: 100,
    found: PACKAGES,
    added: PACKAGES,
    failure: null,
    alerts: [],
  })
  expect(await known()).toBe(PACKAGES)
  process.stderr.write(`${kills} kills while a repository of ${PACKAGES} packages was scanned\n`)
})
