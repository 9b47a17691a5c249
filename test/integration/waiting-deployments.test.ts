// "What always holds" 5, to the last moment: what was started and waits for a worker rests on its validation too.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Deployment } from '../../server/deployment/deployment.entity.ts'
import { pauseDeployment, resumeDeployment } from '../../server/deployment/deployment.service.ts'
import { createJobs } from '../../server/kernel/jobs.ts'
import { rows } from '../../server/kernel/sql.ts'
import { validationAtBegin } from '../../server/validation/begin-gate.ts'
import { watchValidations } from '../../server/validation/watcher.ts'
import { aDatabase } from '../support/database.ts'
import { anEngine, quiet } from '../support/deployment/world.ts'
import { aValidationWorld, type ValidationWorld } from '../support/validation.ts'

const database = aDatabase()
let world: ValidationWorld
let items: string[][]
let mine: string[]
beforeAll(async () => {
  world = await aValidationWorld(database.url, 60)
  items = Array.from({ length: 20 }, (_, n) => world.items.slice(n * 3, n * 3 + 3))
})
beforeEach(() => {
  mine = items.pop()!
})
afterAll(() => world.close())

const change = (sql: string, values: unknown[]) => rows<Record<string, unknown>>(world.orm.em.fork(), sql, values)

async function aScheduled(): Promise<Deployment> {
  const draft = await world.aDraft(mine)
  await world.validate(draft)
  await world.approve(draft)
  return draft
}

async function aQueued(): Promise<Deployment> {
  const deployment = await aScheduled()
  await world.start(deployment)
  expect(await world.look(deployment)).toMatchObject({ state: 'PASSED', deployment: 'QUEUED' })
  return deployment
}

const void_ = (words: RegExp) => ({
  state: 'INVALIDATED',
  deployment: 'INVALIDATED',
  invalidated_by: expect.stringMatching(words),
})
const noLonger = /^host-\d+ is no longer authorized \(true → false\)\.$/

async function lastMove({ uuid }: Deployment) {
  const [last] = await change('select action, from_state, reason from history where subject = $1 order by uuid desc', [
    uuid,
  ])
  return last
}

describe('while a worker watches', () => {
  test('a SCHEDULED deployment is INVALIDATED at once when a fact becomes untrue, with the cause', async () => {
    const deployment = await aScheduled()
    await world.move(mine[0]!, 'store')
    await expect.poll(() => world.look(deployment), { interval: 20, timeout: 10_000 }).toMatchObject(void_(noLonger))
    expect(await lastMove(deployment)).toMatchObject({
      action: 'invalidate',
      from_state: 'SCHEDULED',
      reason: expect.stringMatching(noLonger),
    })
  })

  test('a QUEUED deployment too, and it can be validated, approved and started again', async () => {
    const deployment = await aQueued()
    await world.move(mine[0]!, 'store')
    await expect.poll(() => world.look(deployment), { interval: 20, timeout: 10_000 }).toMatchObject(void_(noLonger))
    expect(await lastMove(deployment)).toMatchObject({ action: 'invalidate', from_state: 'QUEUED' })
    await expect(world.start(deployment)).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
    await world.move(mine[0]!, 'goLive')
    expect(await world.validate(deployment)).toMatchObject({ state: 'PASSED' })
    await world.approve(deployment)
    await world.start(deployment)
    expect(await world.look(deployment)).toMatchObject({ deployment: 'QUEUED' })
  })

  test('one that was paused before it began too, and a verdict whose time is over expires in the queue', async () => {
    const paused = await aQueued()
    await world.tx((em) => pauseDeployment(em, world.people.deployer, { id: paused.id }))
    await world.move(mine[1]!, 'store')
    await expect.poll(() => world.look(paused), { interval: 20, timeout: 10_000 }).toMatchObject(void_(noLonger))
    mine = items.pop()!
    const queued = await aQueued()
    await change(`update validation set valid_until = now() where deployment_id = $1`, [queued.uuid])
    await expect
      .poll(() => world.look(queued), { interval: 20, timeout: 10_000 })
      .toMatchObject({ state: 'EXPIRED', deployment: 'EXPIRED' })
  })

  test('what has begun is carried on whatever the world does', async () => {
    const deployment = await aQueued()
    const engine = anEngine(world, {}, database.url, [validationAtBegin(world.topology)])
    await engine.start()
    await expect.poll(() => world.look(deployment), { timeout: 10_000 }).toMatchObject({ deployment: 'SUCCEEDED' })
    await engine.stop()
    await change(`update deployment set state = 'QUEUED' where uuid = $1`, [deployment.uuid])
    await world.move(mine[0]!, 'store')
    const later = (mine = items.pop()!)
    const other = await aScheduled()
    await world.move(later[0]!, 'store')
    await expect.poll(() => world.look(other), { timeout: 10_000 }).toMatchObject(void_(noLonger))
    expect(await world.look(deployment)).toMatchObject({ state: 'PASSED', deployment: 'QUEUED' })
    await change(`update deployment set state = 'SUCCEEDED' where uuid = $1`, [deployment.uuid])
  })
})

describe('while nobody watches', () => {
  beforeAll(() => world.stopWatching())

  const attempts = async ({ uuid }: Deployment) =>
    (await change('select uuid from attempt where deployment_id = $1', [uuid])).length

  /** A worker comes, with jobs of its own: each declares the queues anew. */
  async function aWorkerTakesIt(work: () => Promise<unknown>) {
    const jobs = createJobs({ url: database.url, log: quiet })
    const engine = anEngine({ ...world, jobs }, {}, database.url, [validationAtBegin(world.topology)])
    await jobs.start()
    await engine.start()
    await work().finally(async () => {
      await engine.stop()
      await jobs.stop()
    })
  }

  test('a QUEUED deployment does not begin on a fact that is not true any more', async () => {
    const deployment = await aQueued()
    await world.move(mine[2]!, 'store')
    await aWorkerTakesIt(() =>
      expect.poll(() => world.look(deployment), { timeout: 10_000 }).toMatchObject(void_(noLonger)),
    )
    expect(await attempts(deployment)).toBe(0)
    const [row] = await change('select started_by_id, started_at, driver_id from deployment where uuid = $1', [
      deployment.uuid,
    ])
    expect(row).toEqual({ started_by_id: null, started_at: null, driver_id: null })
  })

  test('nor on a verdict whose time is over', async () => {
    const deployment = await aQueued()
    await change(`update validation set valid_until = now() where deployment_id = $1`, [deployment.uuid])
    await aWorkerTakesIt(() =>
      expect
        .poll(() => world.look(deployment), { timeout: 10_000 })
        .toMatchObject({ state: 'EXPIRED', deployment: 'EXPIRED' }),
    )
    expect(await attempts(deployment)).toBe(0)
  })

  test('nor when it was paused before it began and goes on after the change', async () => {
    const deployment = await aQueued()
    await world.tx((em) => pauseDeployment(em, world.people.deployer, { id: deployment.id }))
    await world.move(mine[0]!, 'store')
    await world.tx((em) => resumeDeployment(em, world.services, world.people.deployer, { id: deployment.id }))
    await aWorkerTakesIt(() =>
      expect.poll(() => world.look(deployment), { timeout: 10_000 }).toMatchObject(void_(noLonger)),
    )
    expect(await attempts(deployment)).toBe(0)
  })

  test('a watcher that comes late asks about everything that waits', async () => {
    const deployment = await aQueued()
    await world.move(mine[0]!, 'store')
    const watcher = watchValidations({ ...world.parts, events: world.events })
    await expect.poll(() => world.look(deployment), { timeout: 10_000 }).toMatchObject(void_(noLonger))
    await watcher.stop()
  })

  test('one whose facts are still so begins', async () => {
    const deployment = await aQueued()
    await aWorkerTakesIt(() =>
      expect.poll(() => world.look(deployment), { timeout: 10_000 }).toMatchObject({ deployment: 'SUCCEEDED' }),
    )
  })
})
