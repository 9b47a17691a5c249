import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../../server/deployment/engine/engine.ts'
import { toNodeId } from '../../../server/kernel/node-id.ts'
import { row, rows } from '../../../server/kernel/sql.ts'
import { cancelDeployment, pauseDeployment, resumeDeployment } from '../../../server/deployment/deployment.service.ts'
import { startDeployment } from '../../../server/deployment/start.service.ts'
import { resolveTarget, retryFailed } from '../../../server/deployment/target.service.ts'
import { rollBack } from '../../../server/deployment/roll-back.service.ts'
import { aDatabase } from '../../support/database.ts'
import { allEffects, behave, effectsAt } from '../../support/deployment/counting-module.ts'
import { aStarted, aValidated, anEngine, aWorld, start, type World } from '../../support/deployment/world.ts'

const database = aDatabase()
let world: World
let engine: Engine
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-counting-'))
  world = await aWorld(database.url, folder, 40)
  engine = anEngine(world, {}, database.url)
  await world.jobs.start()
  await engine.start()
})

afterAll(async () => {
  await engine.stop()
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

const seen = (uuid: string) =>
  row<{ state: string; confirmation: string }>(
    world.orm.em.fork(),
    `select state, confirmation from deployment where uuid = $1`,
    [uuid],
  )
const states = async (uuid: string) =>
  Object.fromEntries(
    (
      await rows<{ state: string; n: number }>(
        world.orm.em.fork(),
        `select state, count(*)::int as n from deployment_target where deployment_id = $1 group by 1`,
        [uuid],
      )
    ).map(({ state, n }) => [state, n]),
  )
const ends = (uuid: string, state: string, confirmation?: string) =>
  expect
    .poll(() => seen(uuid), { timeout: 15_000, interval: 50 })
    .toMatchObject({ state, ...(confirmation ? { confirmation } : {}) })
const keyOf = (item: string) => `host-${String(world.items.indexOf(item) + 1).padStart(5, '0')}`
const { tx } = { tx: <T>(work: Parameters<World['tx']>[0]) => world.tx(work) as Promise<T> }

/** Items that no other test uses, with the same behaviour. */
let used = 0
async function items(count: number, behaviour?: Parameters<typeof behave>[2]) {
  const taken = world.items.slice(used, (used += count))
  expect(taken).toHaveLength(count)
  if (behaviour) for (const item of taken) await behave(folder, keyOf(item), behaviour)
  return taken
}

describe('the engine', () => {
  test('carries a package to every target once, and confirms by looking', async () => {
    const mine = await items(4)
    const deployment = await aStarted(world, { items: mine })
    await ends(deployment.uuid, 'SUCCEEDED', 'CONFIRMED')
    for (const item of mine) expect(await effectsAt(folder, keyOf(item))).toHaveLength(1)
    const evidence = await rows(
      world.orm.em.fork(),
      `select * from evidence e join deployment_target t on t.uuid = e.target_id where t.deployment_id = $1`,
      [deployment.uuid],
    )
    expect(evidence).toHaveLength(4)
    const lines = await rows<{ number: number; text: string }>(
      world.orm.em.fork(),
      `select l.number, l.text from attempt_log l join deployment_target t on t.uuid = l.target_id where t.deployment_id = $1 and t.idx = 0 order by 1`,
      [deployment.uuid],
    )
    expect(lines).toEqual([{ number: 1, text: 'Begins with 1.1.0.' }])
  })

  test('ends CONTRADICTED when a target says that it is done and is not', async () => {
    const mine = await items(2)
    await behave(folder, keyOf(mine[1]!), { lie: true })
    const before = await aStarted(world, { items: mine, version: '1.0.0' })
    await ends(before.uuid, 'SUCCEEDED')
    await behave(folder, keyOf(mine[1]!), {})
    const again = await aStarted(world, { items: mine, version: '1.0.0' })
    await ends(again.uuid, 'SUCCEEDED', 'CONFIRMED')
    await behave(folder, keyOf(mine[1]!), { lie: true })
    const lied = await aStarted(world, { items: mine })
    await ends(lied.uuid, 'SUCCEEDED', 'CONTRADICTED')
    // The deployment is contradicted as soon as one of them is; the other may be looked at later.
    const targets = () =>
      rows<{ confirmation: string }>(
        world.orm.em.fork(),
        `select confirmation from deployment_target where deployment_id = $1 order by idx`,
        [lied.uuid],
      )
    await expect.poll(targets).toEqual([{ confirmation: 'CONFIRMED' }, { confirmation: 'CONTRADICTED' }])
  })

  test('one failing target harms no other, its cause stands at the target, and only it is tried again', async () => {
    const mine = await items(3)
    await behave(folder, keyOf(mine[1]!), { fail: 'The disk is full.' })
    const deployment = await aStarted(world, { items: mine })
    await ends(deployment.uuid, 'PARTIAL', 'UNCONFIRMED')
    const failed = await row<{ cause: string; first_error: number }>(
      world.orm.em.fork(),
      `select cause, first_error from deployment_target where deployment_id = $1 and state = 'FAILED'`,
      [deployment.uuid],
    )
    expect(failed).toEqual({ cause: 'The disk is full.', first_error: 2 })
    await behave(folder, keyOf(mine[1]!), {})
    await tx((em) => retryFailed(em, world.services, world.people.deployer, { id: deployment.id }))
    await ends(deployment.uuid, 'SUCCEEDED', 'CONFIRMED')
    const attempts = await rows<{ n: number }>(
      world.orm.em.fork(),
      `select count(*)::int as n from attempt where deployment_id = $1 group by target_id order by 1`,
      [deployment.uuid],
    )
    expect(attempts.map(({ n }) => n)).toEqual([1, 1, 2])
    for (const item of mine) expect(await effectsAt(folder, keyOf(item))).toHaveLength(1)
  })

  test('of two who press Deploy at once one wins and the other is told who did', async () => {
    const deployment = await aValidated(world, { items: await items(1) })
    const press = (viewer: typeof world.people.author) =>
      tx((em) => startDeployment(em, world.services, viewer, { id: deployment.id }))
    const both = await Promise.allSettled([press(world.people.author), press(world.people.deployer)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const refusal = both.find((one) => one.status === 'rejected')!.reason as Error
    expect(refusal.message).toMatch(/was started by (Ada|Dora) at 20/)
    expect(refusal).toMatchObject({ code: 'DEPLOYMENT_ALREADY_STARTED' })
    await ends(deployment.uuid, 'SUCCEEDED')
  })

  test('refuses to start with a target that was withdrawn meanwhile, and names it', async () => {
    const mine = await items(2)
    const deployment = await aValidated(world, { items: mine })
    await rows(world.orm.em.fork(), `update configuration_item set state = 'NOT_READY' where uuid = $1`, [mine[1]])
    await expect(start(world, deployment)).rejects.toThrow(new RegExp(`${keyOf(mine[1]!)} is NOT_READY`))
    await rows(world.orm.em.fork(), `delete from task_target where item_id = $1`, [mine[0]])
    await expect(start(world, deployment)).rejects.toThrow(
      /no target of the task any more.*NOT_READY|NOT_READY.*no target of the task any more/,
    )
    expect(await seen(deployment.uuid)).toMatchObject({ state: 'VALIDATED' })
    await rows(world.orm.em.fork(), `update configuration_item set state = 'PRODUCTION' where uuid = $1`, [mine[1]])
    await rows(world.orm.em.fork(), `insert into task_target (task_id, item_id) values ($1, $2)`, [
      world.taskId,
      mine[0],
    ])
  })

  test('pause begins nothing new, resume goes on, and nothing is done twice', async () => {
    const mine = await items(6, { delay: 150 })
    const deployment = await aValidated(world, { items: mine })
    await rows(world.orm.em.fork(), `update deployment set max_in_flight = 2 where uuid = $1`, [deployment.uuid])
    await start(world, deployment)
    await expect.poll(() => states(deployment.uuid), { interval: 20 }).toMatchObject({ RUNNING: 2 })
    await tx((em) => pauseDeployment(em, world.people.deployer, { id: deployment.id }))
    await expect.poll(() => states(deployment.uuid), { interval: 20 }).toEqual({ REPORTED_OK: 2, PENDING: 4 })
    await new Promise((done) => setTimeout(done, 400))
    expect(await states(deployment.uuid)).toEqual({ REPORTED_OK: 2, PENDING: 4 })
    await tx((em) => resumeDeployment(em, world.services, world.people.deployer, { id: deployment.id }))
    await ends(deployment.uuid, 'SUCCEEDED', 'CONFIRMED')
    for (const item of mine) expect(await effectsAt(folder, keyOf(item))).toHaveLength(1)
  })

  test('cancel stops what is in flight and begins nothing more', async () => {
    const mine = await items(4, { hang: 'until told' })
    const deployment = await aValidated(world, { items: mine })
    await rows(world.orm.em.fork(), `update deployment set max_in_flight = 2 where uuid = $1`, [deployment.uuid])
    await start(world, deployment)
    await expect.poll(() => states(deployment.uuid), { interval: 20 }).toMatchObject({ RUNNING: 2 })
    await tx((em) => cancelDeployment(em, world.services, world.people.deployer, { id: deployment.id }))
    await ends(deployment.uuid, 'CANCELLED')
    expect(await states(deployment.uuid)).toEqual({ CANCELLED: 4 })
  })

  test('a module that does not obey a cancel leaves the target in doubt, until a person has looked', async () => {
    const mine = await items(1, { hang: 'forever' })
    const deployment = await aStarted(world, { items: mine })
    await expect.poll(() => states(deployment.uuid), { interval: 20 }).toMatchObject({ RUNNING: 1 })
    await tx((em) => cancelDeployment(em, world.services, world.people.deployer, { id: deployment.id }))
    await ends(deployment.uuid, 'INTERVENTION')
    const target = await row<{ uuid: string }>(
      world.orm.em.fork(),
      `select uuid from deployment_target where deployment_id = $1`,
      [deployment.uuid],
    )
    const input = { id: toNodeId('tgt', target!.uuid), outcome: 'FAILED' as const, reason: 'I looked: nothing there.' }
    await tx((em) => resolveTarget(em, world.services, world.people.deployer, input))
    expect(await seen(deployment.uuid)).toMatchObject({ state: 'CANCELLED' })
  })

  test('an attempt that hangs is stopped at its deadline and ends TIMED_OUT', async () => {
    const mine = await items(2)
    await behave(folder, keyOf(mine[0]!), { hang: 'until told' })
    const deployment = await aValidated(world, { items: mine })
    await rows(world.orm.em.fork(), `update deployment set attempt_seconds = 1 where uuid = $1`, [deployment.uuid])
    await start(world, deployment)
    await ends(deployment.uuid, 'PARTIAL')
    expect(await states(deployment.uuid)).toEqual({ REPORTED_OK: 1, TIMED_OUT: 1 })
  })

  test('an item at which another deployment works is deferred and taken up later', async () => {
    const mine = await items(2)
    await behave(folder, keyOf(mine[0]!), { delay: 600 })
    const first = await aStarted(world, { items: mine.slice(0, 1), version: '1.0.0' })
    await expect.poll(() => states(first.uuid), { interval: 20 }).toMatchObject({ RUNNING: 1 })
    const second = await aStarted(world, { items: mine })
    await expect.poll(() => states(second.uuid), { interval: 20 }).toMatchObject({ DEFERRED: 1 })
    await ends(second.uuid, 'SUCCEEDED', 'CONFIRMED')
    expect((await effectsAt(folder, keyOf(mine[0]!))).map((line) => line.split(' ')[1])).toEqual(['1.0.0', '1.1.0'])
  })

  test('a roll-back takes the last confirmed version to the targets that were touched', async () => {
    const mine = await items(2)
    const good = await aStarted(world, { items: mine, version: '1.0.0' })
    await ends(good.uuid, 'SUCCEEDED', 'CONFIRMED')
    await behave(folder, keyOf(mine[0]!), { fail: 'It does not answer.' })
    const bad = await aStarted(world, { items: mine, version: '1.2.0' })
    await ends(bad.uuid, 'PARTIAL')
    const back = await tx<{ sourceId: string; targetTotal: number; state: string }>((em) =>
      rollBack(em, world.services, world.people.deployer, { id: bad.id }),
    )
    expect(back).toMatchObject({
      sourceId: world.versions['1.0.0'],
      targetTotal: 2,
      state: 'DRAFT',
      rollBackOfId: bad.uuid,
    })
  })

  test('nothing was done twice by any attempt in all of this', async () => {
    for (const [key, lines] of await allEffects(folder)) {
      const attempts = lines.map((line) => line.split(' ')[0])
      expect(new Set(attempts).size, key).toBe(attempts.length)
    }
  })
})
