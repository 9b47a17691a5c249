// A task follows its deployments, and a release its tasks: by themselves, with the reason in their history.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../server/deployment/engine/engine.ts'
import { rollBack } from '../../../server/deployment/roll-back.service.ts'
import { excludeTarget, retryFailed } from '../../../server/deployment/target.service.ts'
import { followDeployments } from '../../../server/deployment/task-follower.ts'
import { beginValidation, concludeValidation } from '../../../server/deployment/validation-moves.ts'
import { lockDeployment } from '../../../server/deployment/load.ts'
import { createEventRing, type EventRing } from '../../../server/kernel/event-ring.ts'
import { toNodeId } from '../../../server/kernel/node-id.ts'
import { uuidv7 } from '../../../server/kernel/noun.ts'
import { createSequencer, type Sequencer } from '../../../server/kernel/sequencer.ts'
import { row, rows } from '../../../server/kernel/sql.ts'
import { moveTask } from '../../../server/task/task.service.ts'
import { aDatabase } from '../../support/database.ts'
import { behave } from '../../support/deployment/counting-module.ts'
import { anEngine, aStarted, aValidated, aWorld, quiet, start, type World } from '../../support/deployment/world.ts'

const database = aDatabase()
let world: World
let engine: Engine
let sequencer: Sequencer
let events: EventRing
let follower: ReturnType<typeof followDeployments>
let folder: string

const follow = () =>
  followDeployments(world.orm.em, events, (fault) => {
    throw fault
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-counting-'))
  world = await aWorld(database.url, folder, 40)
  engine = anEngine(world, {}, database.url)
  await world.jobs.start()
  await engine.start()
  sequencer = createSequencer({ url: database.url, retentionDays: 7, log: quiet })
  sequencer.start()
  events = createEventRing({ url: database.url, log: quiet })
  await events.start()
  follower = follow()
})

afterAll(async () => {
  await follower.stop()
  await events.stop()
  await sequencer.stop()
  await engine.stop()
  await world.close()
  await rm(folder, { recursive: true, force: true })
})

const change = <R extends object>(sql: string, values: unknown[]) => rows<R>(world.orm.em.fork(), sql, values)
const keyOf = (item: string) => `host-${String(world.items.indexOf(item) + 1).padStart(5, '0')}`

let used = 0
/** A task of a release of its own that is READY, with targets that no other test uses. */
async function aTask(count: number) {
  const items = world.items.slice(used, (used += count))
  const [releaseId, taskId] = [uuidv7(), uuidv7()]
  await change(
    `insert into release (uuid, title, purpose, back_out_plan, verification_plan, state) values ($1, 'R', '', '', '', 'IN_PROGRESS')`,
    [releaseId],
  )
  await change('insert into release_source (release_id, package_version_id) select $1, unnest($2::uuid[])', [
    releaseId,
    Object.values(world.versions),
  ])
  await change('insert into release_target (release_id, item_id) select $1, unnest($2::uuid[])', [releaseId, items])
  await change(
    `insert into task (uuid, release_id, title, type, source_id, state) values ($1, $2, 'Distribute', 'SOFTWARE_DISTRIBUTION', $3, 'READY')`,
    [taskId, releaseId, world.versions['1.1.0']],
  )
  await change('insert into task_target (task_id, item_id) select $1, unnest($2::uuid[])', [taskId, items])
  return { ...world, items, taskId, releaseId }
}

/** What happened to it without a person, oldest first: action and reason. */
const own = (uuid: string) =>
  change<{ action: string; reason: string }>(
    'select action, reason from history where subject = $1 and actor is null order by at, uuid',
    [uuid],
  )
const states = async ({ taskId, releaseId }: World) =>
  (await row<{ task: string; release: string }>(
    world.orm.em.fork(),
    'select t.state as task, r.state as release from task t, release r where t.uuid = $1 and r.uuid = $2',
    [taskId, releaseId],
  ))!
const becomes = (its: World, task: string, release: string) =>
  expect.poll(() => states(its), { timeout: 20_000, interval: 50 }).toEqual({ task, release })
const ends = (uuid: string, state: string, confirmation: string) =>
  expect
    .poll(() => change('select state, confirmation from deployment where uuid = $1', [uuid]), { timeout: 20_000 })
    .toEqual([{ state, confirmation }])
/** The follower has heard of everything up to now: shown by a task that follows later. */
async function untilFollowed() {
  const other = await aTask(1)
  await aStarted(other)
  await becomes(other, 'COMPLETED', 'COMPLETED')
}

test('a task starts with its first deployment and is completed with the last, and its release with it', async () => {
  const its = await aTask(3)
  const second = await aValidated(its, { items: its.items.slice(2) })
  const first = await aStarted(its, { items: its.items.slice(0, 2) })
  await ends(first.uuid, 'SUCCEEDED', 'CONFIRMED')
  await untilFollowed()
  expect(await states(its)).toEqual({ task: 'IN_PROGRESS', release: 'IN_PROGRESS' })
  await start(its, second)
  await becomes(its, 'COMPLETED', 'COMPLETED')
  const numbers = [second.number, first.number].sort().join(', ')
  expect((await own(its.taskId)).at(-1)).toEqual({
    action: 'complete',
    reason: `Ended: ${numbers}. 3 of 3 targets confirmed.`,
  })
  expect(await own(its.releaseId)).toEqual([
    { action: 'complete', reason: 'All tasks are over: 1 completed, 0 cancelled.' },
  ])
})

test('a CONTRADICTED target does not complete the task: it fails, and is completed after what was tried again', async () => {
  const its = await aTask(2)
  await behave(folder, keyOf(its.items[1]!), { lie: true })
  const before = await aStarted(its, { version: '1.0.0' })
  await ends(before.uuid, 'SUCCEEDED', 'CONTRADICTED')
  await becomes(its, 'FAILED', 'IN_PROGRESS')
  expect((await own(its.taskId)).at(-1)).toEqual({
    action: 'fail',
    reason: `Ended: ${before.number}. 1 of 2 targets failed or were contradicted.`,
  })
  await behave(folder, keyOf(its.items[1]!), {})
  await aStarted(its, { version: '1.1.0' })
  await becomes(its, 'COMPLETED', 'COMPLETED')
})

test('a task whose deployment was contradicted before its last target was looked at fails when that is done', async () => {
  const its = await aTask(2)
  await behave(folder, keyOf(its.items[0]!), { unreachable: true })
  await behave(folder, keyOf(its.items[1]!), { lie: true })
  const deployment = await aStarted(its)
  await ends(deployment.uuid, 'SUCCEEDED', 'CONTRADICTED')
  await behave(folder, keyOf(its.items[0]!), {})
  await becomes(its, 'FAILED', 'IN_PROGRESS')
})

test('a failed target fails the task; tried again with success, the task is completed', async () => {
  const its = await aTask(2)
  await behave(folder, keyOf(its.items[0]!), { fail: 'The disk is full.' })
  const deployment = await aStarted(its)
  await ends(deployment.uuid, 'PARTIAL', 'UNCONFIRMED')
  await becomes(its, 'FAILED', 'IN_PROGRESS')
  await behave(folder, keyOf(its.items[0]!), {})
  await world.tx((em) => retryFailed(em, world.services, world.people.deployer, { id: deployment.id }))
  await becomes(its, 'COMPLETED', 'COMPLETED')
})

test('a person who leaves the failed target out completes it; who starts it by hand is not overruled', async () => {
  const its = await aTask(2)
  await behave(folder, keyOf(its.items[0]!), { fail: 'The disk is full.' })
  const deployment = await aStarted(its)
  await becomes(its, 'FAILED', 'IN_PROGRESS')
  const input = { id: toNodeId('tsk', its.taskId) }
  await world.tx((em) => moveTask(em, input, 'start', world.people.author, []))
  await untilFollowed()
  await follower.stop()
  follower = follow()
  await untilFollowed()
  expect(await states(its)).toEqual({ task: 'IN_PROGRESS', release: 'IN_PROGRESS' })

  const left = await aTask(2)
  await behave(folder, keyOf(left.items[0]!), { fail: 'The disk is full.' })
  const partly = await aStarted(left)
  await becomes(left, 'FAILED', 'IN_PROGRESS')
  const [bad] = await change<{ uuid: string }>(
    `select uuid from deployment_target where deployment_id = $1 and state = 'FAILED'`,
    [partly.uuid],
  )
  const out = { id: toNodeId('tgt', bad!.uuid), reason: 'It is replaced tomorrow.' }
  await world.tx((em) => excludeTarget(em, world.people.deployer, out))
  await becomes(left, 'COMPLETED', 'COMPLETED')
  expect((await own(left.taskId)).at(-1)!.reason).toBe(`Ended: ${partly.number}. 1 of 2 targets confirmed, 1 left out.`)
  expect(deployment.uuid).not.toBe(partly.uuid)
})

test('another version than that of the task, and a roll-back, complete nothing', async () => {
  const its = await aTask(1)
  const older = await aStarted(its, { version: '1.0.0' })
  await ends(older.uuid, 'SUCCEEDED', 'CONFIRMED')
  const its2 = await aTask(1)
  await ends((await aStarted(its2, { version: '1.0.0' })).uuid, 'SUCCEEDED', 'CONFIRMED')
  await behave(folder, keyOf(its2.items[0]!), { fail: 'No.' })
  const failed = await aStarted(its2)
  await becomes(its2, 'FAILED', 'IN_PROGRESS')
  await behave(folder, keyOf(its2.items[0]!), {})
  const back = await world.tx(async (em) => {
    const made = await rollBack(em, world.services, world.people.deployer, { id: failed.id })
    const deployment = (await lockDeployment(em, made.uuid))!
    await beginValidation(em, deployment, { by: null })
    await concludeValidation(em, deployment, 'PASSED', { by: null })
    return deployment
  })
  await start(its2, back)
  await ends(back.uuid, 'SUCCEEDED', 'CONFIRMED')
  await untilFollowed()
  expect(await states(its)).toEqual({ task: 'IN_PROGRESS', release: 'IN_PROGRESS' })
  expect(await states(its2)).toEqual({ task: 'FAILED', release: 'IN_PROGRESS' })
})

test('a release with another task that is not over stays in progress', async () => {
  const its = await aTask(1)
  const other = uuidv7()
  await change(
    `insert into task (uuid, release_id, title, type, state) values ($1, $2, 'Tell the users', 'GENERAL', 'IN_PROGRESS')`,
    [other, its.releaseId],
  )
  await aStarted(its)
  await becomes(its, 'COMPLETED', 'IN_PROGRESS')
  const input = { id: toNodeId('tsk', other) }
  await world.tx((em) => moveTask(em, input, 'complete', world.people.author, []))
  expect(await states(its)).toEqual({ task: 'COMPLETED', release: 'COMPLETED' })
})

test('what ended while nobody followed is made up for at the start', async () => {
  await follower.stop()
  const its = await aTask(1)
  const deployment = await aStarted(its)
  await ends(deployment.uuid, 'SUCCEEDED', 'CONFIRMED')
  expect(await states(its)).toEqual({ task: 'READY', release: 'IN_PROGRESS' })
  follower = follow()
  await becomes(its, 'COMPLETED', 'COMPLETED')
  expect((await own(its.taskId)).map(({ action }) => action)).toEqual(['start', 'complete'])
})
