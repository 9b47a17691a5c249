// The database goes away in the middle of a deployment: the program goes on, and the work ends right.
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDataFolder, type DataFolder } from '../../../server/kernel/data-folder.ts'
import { startPostgres, type EmbeddedPostgres } from '../../../server/kernel/postgres.ts'
import { anApp } from '../../support/app.ts'
import { anAppEstate, discovered, switchesAt, type AppEstate, type Item } from '../../support/app-estate.ts'
import { until } from '../../support/until.ts'

// A PostgreSQL of its own behind an address that stays, so that it can be stopped and started for real.
let folder: DataFolder
let postgres: EmbeddedPostgres
let wire: Server
const open = new Set<Socket>()
const portOf = (url: string) => Number(new URL(url).port)

const listen = (port: number) =>
  new Promise<void>((done) => {
    wire = createServer((near) => {
      const far = connect(portOf(postgres.url), '127.0.0.1')
      for (const socket of [near, far]) {
        open.add(socket)
        socket.on('error', () => {}).on('close', () => (open.delete(socket), near.destroy(), far.destroy()))
      }
      near.pipe(far).pipe(near)
    }).listen(port, '127.0.0.1', done)
  })
const cut = () => {
  wire.close()
  for (const socket of open) socket.destroy()
}
const address = () => {
  const url = new URL(postgres.url)
  url.port = String(at)
  return url.href
}
let at: number

beforeAll(async () => {
  folder = await openDataFolder(await mkdtemp(join(tmpdir(), 'waybill-lost-')))
  postgres = await startPostgres({ folder: folder.path, durable: false })
  await listen(0)
  at = (wire.address() as AddressInfo).port
})
afterAll(async () => {
  cut()
  await postgres.stop()
  await folder.release()
  await rm(folder.path, { recursive: true, force: true })
})

const app = anApp({ databaseUrl: address })
let estate: AppEstate
let used = 0
const take = (count: number): Item[] => estate.items.slice(used, (used += count))

beforeAll(async () => {
  estate = await anAppEstate(app, 24)
})

async function terminateAll(): Promise<number> {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  const { rowCount } = await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  )
  await client.end()
  return rowCount ?? 0
}

const ready = () => fetch(`${app.url}/health/ready`).then(({ status }) => status)

/** What was asked while the database was away may fail; asked again, it is answered. */
const settled = (id: string) =>
  until(
    () =>
      estate.state(id).catch((error: Error) => ({ state: error.message, confirmation: '', targets: { nodes: [] } })),
    ({ confirmation, state }) => confirmation === 'CONFIRMED' || /FAILED|PARTIAL|INTERVENTION/.test(state),
    60_000,
  )

async function eachOnce(items: Item[]) {
  for (const { name } of items) expect(await switchesAt(estate.hosts.hosts, name), name).toHaveLength(1)
}

test('every connection cut off, three times during a deployment', async () => {
  const items = take(12)
  const { id } = await estate.approved({ items })
  await estate.deployer.does('deploymentStart', { id })
  for (let times = 0; times < 3; times++) {
    await sleep(100)
    if (times === 0) expect((await estate.state(id)).state).toMatch(/QUEUED|RUNNING/)
    expect(await terminateAll()).toBeGreaterThan(0)
  }
  expect(await settled(id)).toMatchObject({ state: 'SUCCEEDED', confirmation: 'CONFIRMED' })
  await eachOnce(items)
  expect(await ready()).toBe(200)
}, 90_000)

test('PostgreSQL stopped and started again during a deployment, away for four seconds', async () => {
  const items = take(12)
  const { id } = await estate.approved({ items })
  await estate.deployer.does('deploymentStart', { id })
  await sleep(100)
  expect((await estate.state(id)).state).toMatch(/QUEUED|RUNNING/)
  cut()
  await postgres.stop()
  expect(await ready()).toBe(503)
  const answer = await estate.owner
    .query('{ releases(first: 1) { nodes { id } } }')
    .catch((error: Error) => error.message)
  expect(answer).toMatch(/database/i)
  expect(await fetch(`${app.url}/health/live`).then(({ status }) => status)).toBe(200)
  await sleep(4_000)
  postgres = await startPostgres({ folder: folder.path, durable: false })
  await listen(at)
  await until(ready, (status) => status === 200, 15_000)
  expect(await settled(id)).toMatchObject({ state: 'SUCCEEDED', confirmation: 'CONFIRMED' })
  await eachOnce(items)
}, 120_000)

test('and afterwards jobs, events and the watch over validations work as before', async () => {
  expect(await discovered(estate.librarian, estate.productId)).toMatchObject({ state: 'SUCCEEDED', missing: 0 })
  const items = estate.items.slice(0, 1)
  const { taskId } = await estate.planned(items, ['1.0.0'])
  const { id } = await estate.approved({ items, version: '1.0.0', taskId })
  const followed = estate.owner.follow<{ deployment: { state: string } | null }>(
    'subscription($id: ID!, $after: Position) { deploymentChanged(id: $id, after: $after) { position deployment { state } } }',
    { id, after: null },
    ({ deployment }) => deployment?.state === 'INVALIDATED',
  )
  await sleep(300)
  await estate.librarian.does('itemMove', { id: items[0]!.id, action: 'store' })
  await expect(followed).resolves.toMatchObject({ deployment: { state: 'INVALIDATED' } })
}, 60_000)
