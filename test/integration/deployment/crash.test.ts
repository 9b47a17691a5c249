import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { row, rows } from '../../../server/kernel/sql.ts'
import { aDatabase } from '../../support/database.ts'
import { behave, effectsAt } from '../../support/deployment/counting-module.ts'
import { aStarted, aWorld, type World } from '../../support/deployment/world.ts'

const database = aDatabase()
const COUNT = 60
let world: World
let folder: string
const children = new Set<ChildProcess>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-crash-'))
  world = await aWorld(database.url, folder, COUNT)
  await world.jobs.start()
})

afterEach(async () => {
  for (const child of children) await kill(child)
})

afterAll(async () => {
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

/** Resolves when the program is loaded and about to connect. */
async function aWorker(): Promise<ChildProcess> {
  const script = join(import.meta.dirname, '../../support/deployment/worker.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, database.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.add(child)
  await once(child.stdout!, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

const em = () => world.orm.em.fork()
const keyOf = (index: number) => `host-${String(index + 1).padStart(5, '0')}`
const state = async (uuid: string) =>
  (await row<{ state: string }>(em(), `select state from deployment where uuid = $1`, [uuid]))!.state
const settled = async (uuid: string) =>
  (await row<{ n: number }>(
    em(),
    `select count(*)::int as n from deployment_target where deployment_id = $1 and state = 'REPORTED_OK'`,
    [uuid],
  ))!.n

test('kill -9 of the worker at random: no target is changed twice, none is lost, none is stuck', async () => {
  for (let index = 0; index < COUNT; index++) await behave(folder, keyOf(index), { delay: 40 + (index % 7) * 30 })
  const deployment = await aStarted(world)
  await rows(em(), `update deployment set max_in_flight = 8 where uuid = $1`, [deployment.uuid])
  const resumed: number[] = []
  for (let kills = 0; kills < 6; kills++) {
    const before = await settled(deployment.uuid)
    const worker = await aWorker()
    const begun = performance.now()
    await expect.poll(() => settled(deployment.uuid), { timeout: 10_000, interval: 20 }).toBeGreaterThan(before)
    resumed.push(performance.now() - begun)
    await sleep(Math.random() * 250)
    await kill(worker)
    if ((await state(deployment.uuid)) !== 'RUNNING') break
  }
  await aWorker()
  await expect
    .poll(() => state(deployment.uuid), { timeout: 30_000 })
    .toBe('SUCCEEDED')
    .catch(async (error) => {
      console.log(
        await rows(
          em(),
          `select state, count(*), min(idx) from deployment_target where deployment_id = $1 group by 1`,
          [deployment.uuid],
        ),
      )
      console.log(
        await rows(
          em(),
          `select a.uuid, a.state, a.process_id, a.fence, a.cause from attempt a where deployment_id = $1 and a.state not in ('OK') `,
          [deployment.uuid],
        ),
      )
      console.log(
        await rows(em(), `select * from worker_process`),
        await rows(em(), `select uuid, state, driver_id, version from deployment`),
      )
      console.log(
        await rows(
          em(),
          `select pid, state, wait_event_type, wait_event, left(query, 150) as q, now() - xact_start as age from pg_stat_activity where datname = current_database()`,
        ),
      )
      throw error
    })
  await expect
    .poll(
      async () =>
        (await row<{ confirmation: string }>(em(), `select confirmation from deployment where uuid = $1`, [
          deployment.uuid,
        ]))!.confirmation,
      { timeout: 10_000 },
    )
    .toBe('CONFIRMED')
  for (let index = 0; index < COUNT; index++)
    expect(await effectsAt(folder, keyOf(index)), keyOf(index)).toHaveLength(1)
  expect(Math.max(...resumed)).toBeLessThan(5_000)
}, 90_000)

test('a target that cannot tell what became of a lost attempt is in doubt, and is not touched again', async () => {
  await behave(folder, keyOf(0), { delay: 2_000 })
  const deployment = await aStarted(world, { items: world.items.slice(0, 1), version: '1.2.0' })
  const worker = await aWorker()
  const attempt = () =>
    row<{ state: string }>(em(), `select state from attempt where deployment_id = $1`, [deployment.uuid])
  await expect.poll(attempt, { timeout: 10_000, interval: 20 }).toMatchObject({ state: 'RUNNING' })
  await kill(worker)
  await behave(folder, keyOf(0), { unknown: true })
  const before = await effectsAt(folder, keyOf(0))
  await aWorker()
  await expect.poll(() => state(deployment.uuid), { timeout: 10_000 }).toBe('INTERVENTION')
  expect(await attempt()).toMatchObject({ state: 'IN_DOUBT' })
  expect(await effectsAt(folder, keyOf(0))).toEqual(before)
}, 40_000)

test('two workers share the deployments, and one that is cut off from the database does no harm', async () => {
  const items = world.items.slice(1, 41)
  for (let index = 1; index < 41; index++) await behave(folder, keyOf(index), { delay: 60 })
  await aWorker()
  await aWorker()
  const deployments = [
    await aStarted(world, { items: items.slice(0, 20), version: '1.2.0' }),
    await aStarted(world, { items: items.slice(20), version: '1.2.0' }),
  ]
  const before = await Promise.all(items.map((_, index) => effectsAt(folder, keyOf(index + 1))))
  for (let cut = 0; cut < 3; cut++) {
    await sleep(150)
    await rows(
      em(),
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    ).catch(() => {})
  }
  for (const { uuid } of deployments)
    await expect.poll(() => state(uuid).catch(() => ''), { timeout: 30_000 }).toBe('SUCCEEDED')
  for (const [index] of items.entries()) {
    expect(await effectsAt(folder, keyOf(index + 1)), keyOf(index + 1)).toHaveLength(before[index]!.length + 1)
  }
}, 60_000)
