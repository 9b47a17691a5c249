import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { moveItem } from '../../server/item/item.service.ts'
import { loadCatalogue } from '../../server/catalogue/keeper.ts'
import { createRelationship, removeRelationship } from '../../server/item/relationship.service.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { readinessOf } from '../../server/task/readiness.ts'
import { followEstate } from '../../server/task/readiness-follower.ts'
import { Task } from '../../server/task/task.entity.ts'
import { aViewer, makeItems, relate } from '../support/estate.ts'
import { aSupplyWorld } from '../support/supply-world.ts'

const world = aSupplyWorld()

interface TaskFacts {
  id: string
  number: string
  state: string
  version: number
  allowedActions: string[]
  source: { number: string } | null
  targetCount: number
  targets: { nodes: { name: string }[] }
  readiness: {
    ready: boolean
    missing: { rule: string; message: string; itemId: string | null; name: string | null }[]
  }
}
const TASK = `id number state version allowedActions source { number } targetCount targets(first: 20) { nodes { name } }
  readiness { ready missing { rule message itemId name } }`

const act = (name: string, type: string, input: object, viewer?: Viewer) =>
  world.mutate<{ task: TaskFacts | null }>(name, type, input, `task { ${TASK} }`, viewer)
const read = async (id: string, viewer?: Viewer) =>
  (await world.query<{ task: TaskFacts | null }>(`query($id: ID!) { task(id: $id) { ${TASK} } }`, { id }, viewer)).task!
const releaseAct = async (name: string, type: string, input: object) => {
  const answer = await world.mutate<{ release: { id: string } }>(name, type, input, 'release { id state }')
  expect(answer.userErrors).toEqual([])
  return answer.release.id
}
const aRelease = (facts: object = {}) => releaseAct('releaseCreate', 'ReleaseCreateInput', { title: 'Patch', ...facts })
const release = (action: string, id: string) => releaseAct(`release${action}`, 'MoveInput', { id })
/** In this state by Waybill's own doing, for this reason. */
const releaseIs = async (id: string, state: string, reason: string) =>
  expect(
    await world.query('query($id: ID!) { release(id: $id) { state history(first: 1) { nodes { by reason } } } }', {
      id,
    }),
  ).toEqual({ release: { state, history: { nodes: [{ by: null, reason }] } } })
const aTask = async (releaseId: string, facts: object = {}) => {
  const answer = await act('taskCreate', 'TaskCreateInput', {
    releaseId,
    title: 'Distribute',
    type: 'SOFTWARE_DISTRIBUTION',
    ...facts,
  })
  expect(answer.userErrors).toEqual([])
  return answer.task!
}
const whole = () => ({
  sourceIds: [world.versions['1.1.0']],
  targetIds: [world.items.austinWeb.id, world.items.tokyoWeb.id],
})
const rules = ({ readiness }: TaskFacts) => readiness.missing.map(({ rule }) => rule)

test('a task of an empty draft says everything that is missing, item by item', async () => {
  const task = await aTask(await aRelease())
  expect(task).toMatchObject({ state: 'WAITING', source: null, targetCount: 0, readiness: { ready: false } })
  expect(rules(task)).toEqual(['release planned', 'source', 'targets'])
  for (const { message } of task.readiness.missing) expect(message).toMatch(/\. |\.$/)
})

test('it takes source and targets from its release, follows them, and becomes ready when nothing is missing', async () => {
  const releaseId = await aRelease()
  const { id } = await aTask(releaseId)
  await releaseAct('releaseSourceAdd', 'ReleaseSourceAddInput', {
    id: releaseId,
    packageVersionId: world.versions['1.1.0'],
  })
  await releaseAct('releaseTargetsAdd', 'ReleaseTargetsAddInput', {
    id: releaseId,
    itemIds: [world.items.austinWeb.id],
  })
  expect(await read(id)).toMatchObject({ state: 'WAITING', source: { number: '1.1.0' }, targetCount: 1 })
  await release('Plan', releaseId)
  expect(await read(id)).toMatchObject({ state: 'READY', readiness: { ready: true, missing: [] } })
  await releaseAct('releaseTargetsRemove', 'ReleaseTargetsRemoveInput', {
    id: releaseId,
    itemIds: [world.items.austinWeb.id],
  })
  const waiting = await read(id)
  expect(waiting.state).toBe('WAITING')
  expect(rules(waiting)).toEqual(['targets'])
  await release('Revise', releaseId)
  expect(rules(await read(id))).toEqual(['release planned', 'targets'])
})

test('of several sources one must be chosen, and only one of the release', async () => {
  const releaseId = await aRelease({ ...whole(), sourceIds: Object.values(world.versions) })
  const task = await aTask(releaseId)
  expect(task.source).toBeNull()
  expect(task.readiness.missing[1]!.message).toContain('2 package versions')
  const chosen = await act('taskUpdate', 'TaskUpdateInput', { id: task.id, sourceId: world.versions['1.0.0'] })
  expect(chosen.task).toMatchObject({ source: { number: '1.0.0' } })
  await releaseAct('releaseSourceRemove', 'ReleaseSourceRemoveInput', {
    id: releaseId,
    packageVersionId: world.versions['1.0.0'],
  })
  expect(await read(task.id)).toMatchObject({ source: null })
  const stranger = await act('taskUpdate', 'TaskUpdateInput', { id: task.id, sourceId: world.versions['1.0.0'] })
  expect(stranger.userErrors).toMatchObject([{ code: 'BAD_INPUT', field: ['sourceId'] }])
  expect(stranger.userErrors[0]!.message).toContain('storefront 1.1.0')
  const back = await act('taskUpdate', 'TaskUpdateInput', { id: task.id, sourceId: null })
  expect(back.task).toMatchObject({ source: { number: '1.1.0' } })
})

test('targets are refined to some of those of the release, stay so, and go back to all', async () => {
  const { austinWeb, tokyoWeb, austinApi } = world.items
  const releaseId = await aRelease(whole())
  const task = await aTask(releaseId, { targetIds: [austinWeb.id] })
  expect(task.targets.nodes).toEqual([{ name: 'austin-web' }])
  await releaseAct('releaseTargetsAdd', 'ReleaseTargetsAddInput', { id: releaseId, itemIds: [austinApi.id] })
  expect((await read(task.id)).targetCount).toBe(1)
  const stranger = await act('taskUpdate', 'TaskUpdateInput', { id: task.id, targetIds: [world.items.tokyoApi.id] })
  expect(stranger.userErrors).toMatchObject([{ code: 'BAD_INPUT', itemId: world.items.tokyoApi.id }])
  await releaseAct('releaseTargetsRemove', 'ReleaseTargetsRemoveInput', { id: releaseId, itemIds: [austinWeb.id] })
  expect((await read(task.id)).targetCount).toBe(0)
  const all = await act('taskUpdate', 'TaskUpdateInput', { id: task.id, targetIds: null })
  expect(all.task!.targets.nodes.map(({ name }) => name)).toEqual([austinApi.name, tokyoWeb.name])
})

test('it starts when the release has started, is completed, and lets its successor become ready', async () => {
  const releaseId = await aRelease(whole())
  const first = await aTask(releaseId)
  const second = await aTask(releaseId, { title: 'Tell the users', type: 'GENERAL', predecessorIds: [first.id] })
  const early = await act('taskStart', 'MoveInput', { id: second.id })
  expect(early.userErrors).toMatchObject([{ code: 'TASK_NOT_READY' }])
  expect(early.userErrors[0]!.message).toContain(`${first.number} (Distribute) must be completed first`)
  await release('Plan', releaseId)
  expect((await act('taskStart', 'MoveInput', { id: first.id })).userErrors).toMatchObject([
    { code: 'RELEASE_NOT_STARTED' },
  ])
  expect((await read(first.id)).allowedActions).toEqual(['update', 'cancel'])
  await release('Start', releaseId)
  expect((await read(first.id)).allowedActions).toEqual(['update', 'start', 'cancel'])
  expect((await act('taskStart', 'MoveInput', { id: first.id })).task!.state).toBe('IN_PROGRESS')
  const edit = await act('taskUpdate', 'TaskUpdateInput', { id: first.id, title: 'Other' })
  expect(edit.userErrors).toMatchObject([{ code: 'TASK_NOT_EDITABLE' }])

  const over = await world.mutate('releaseComplete', 'MoveInput', { id: releaseId }, 'release { id }')
  expect(over.userErrors).toMatchObject([{ code: 'TASKS_OPEN' }])
  expect(over.userErrors[0]!.message).toContain(`${first.number} (IN_PROGRESS), ${second.number} (WAITING)`)
  const given = await world.mutate('releaseCancel', 'MoveInput', { id: releaseId }, 'release { id }')
  expect(given.userErrors).toMatchObject([{ code: 'TASKS_OPEN' }])

  await act('taskComplete', 'MoveInput', { id: first.id })
  expect(await read(second.id)).toMatchObject({ state: 'READY', readiness: { ready: true } })
  await act('taskCancel', 'MoveInput', { id: second.id })
  await releaseIs(releaseId, 'COMPLETED', 'All tasks are over: 1 completed, 1 cancelled.')
})

test('a cancelled release takes its waiting tasks with it, and takes no further ones', async () => {
  const releaseId = await aRelease(whole())
  const { id } = await aTask(releaseId)
  await release('Cancel', releaseId)
  expect((await read(id)).state).toBe('CANCELLED')
  const late = await act('taskCreate', 'TaskCreateInput', { releaseId, title: 'Late', type: 'GENERAL' })
  expect(late.userErrors[0]!.message).toContain('takes no further tasks')
})

test('tasks that would wait for each other are refused, with the way round', async () => {
  const releaseId = await aRelease()
  const a = await aTask(releaseId)
  const b = await aTask(releaseId, { predecessorIds: [a.id] })
  const c = await aTask(releaseId, { predecessorIds: [b.id] })
  const { userErrors } = await act('taskUpdate', 'TaskUpdateInput', { id: a.id, predecessorIds: [c.id] })
  expect(userErrors).toMatchObject([{ code: 'TASK_CYCLE', field: ['predecessorIds'] }])
  expect(userErrors[0]!.message).toContain([a, c, b, a].map(({ number }) => number).join(' → '))
  const self = await act('taskUpdate', 'TaskUpdateInput', { id: a.id, predecessorIds: [a.id] })
  expect(self.userErrors).toMatchObject([{ code: 'TASK_CYCLE' }])
  const other = await aTask(await aRelease())
  const foreign = await act('taskUpdate', 'TaskUpdateInput', { id: a.id, predecessorIds: [other.id] })
  expect(foreign.userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
})

test('a target that loses its authorization and a source that is withdrawn take readiness away, and are named', async () => {
  const [host] = await world.change((em) => makeItems(em, 'ComputerSystem', ['brief-host']))
  const releaseId = await aRelease({ ...whole(), targetIds: [host!.id] })
  await release('Plan', releaseId)
  const { id, state } = await aTask(releaseId)
  expect(state).toBe('READY')
  const follower = followEstate(world.orm.em.fork(), world.events, (fault) => {
    throw fault
  })
  const becomes = async (wanted: string) => {
    for (let tries = 0; tries < 200 && (await read(id)).state !== wanted; tries++) await sleep(25)
    return read(id)
  }
  const moveHost = (action: string) =>
    world.change((em) => moveItem(em, world.catalogue.now, { id: host!.id, action }, aViewer()))
  await moveHost('withdraw')
  const waiting = await becomes('WAITING')
  expect(waiting).toMatchObject({ state: 'WAITING' })
  expect(waiting.readiness.missing).toMatchObject([{ rule: 'target authorized', itemId: host!.id, name: 'brief-host' }])
  expect(waiting.readiness.missing[0]!.message).toContain('NOT_READY')
  await moveHost('goLive')
  expect((await becomes('READY')).state).toBe('READY')

  const versionId = world.versions['1.1.0']
  await world.mutate('packageVersionWithdraw', 'MoveInput', { id: versionId }, 'packageVersion { id }')
  expect((await becomes('WAITING')).readiness.missing).toMatchObject([
    {
      rule: 'source',
      itemId: versionId,
      name: 'storefront 1.1.0',
      message: 'The source storefront 1.1.0 is WITHDRAWN.',
    },
  ])
  await follower.stop()
  await world.change(async (em) => {
    const connection = em.getConnection()
    const back = `update package_version set state = 'AVAILABLE', withdrawn_by_hand = false where uuid = ?`
    await connection.execute(back, [uuidOf(versionId, 'pkv')], 'run', em.getTransactionContext())
  })
})

test('a target that moves to another site is seen by the people there, and so are its release and task', async () => {
  const { austin, tokyo } = world.items
  const [home, nomad] = await world.change(async (em) => {
    const [nomad] = await makeItems(em, 'ComputerSystem', ['nomad'])
    const [home] = await relate(em, [{ type: 'locatedIn', sourceId: nomad!.uuid, targetId: austin.uuid }])
    return [home!, nomad!]
  })
  const releaseId = await aRelease({ ...whole(), targetIds: [nomad.id] })
  const { id } = await aTask(releaseId)
  const text = `query($r: ID!, $t: ID!) { release(id: $r) { id } task(id: $t) { id } }`
  const seen = () =>
    world.query<{ release: object | null; task: object | null }>(text, { r: releaseId, t: id }, aViewer([tokyo.uuid]))
  expect(await seen()).toEqual({ release: null, task: null })
  const follower = followEstate(world.orm.em.fork(), world.events, () => {})
  await world.change((em) => removeRelationship(em, world.catalogue.now, { id: home.id }, aViewer()))
  const move = { type: 'locatedIn', sourceId: nomad.id, targetId: tokyo.id }
  await world.change(async (em) => createRelationship(em, await loadCatalogue(em), move, aViewer()))
  const isWhole = ({ release, task }: Awaited<ReturnType<typeof seen>>) => release !== null && task !== null
  for (let tries = 0; tries < 400 && !isWhole(await seen()); tries++) await sleep(25)
  await follower.stop()
  expect(await seen()).toEqual({ release: { id: releaseId }, task: { id } })
})

test('what was missed while nobody followed is made up for at the start', async () => {
  const [host] = await world.change((em) => makeItems(em, 'ComputerSystem', ['missed-host']))
  const releaseId = await aRelease({ ...whole(), targetIds: [host!.id] })
  await release('Plan', releaseId)
  const { id } = await aTask(releaseId)
  await world.change((em) => moveItem(em, world.catalogue.now, { id: host!.id, action: 'withdraw' }, aViewer()))
  expect((await read(id)).state).toBe('READY')
  const em = world.orm.em.fork()
  const task = await em.findOneOrFail(Task, uuidOf(id, 'tsk'))
  expect((await readinessOf(em, task)).ready).toBe(false)
  expect((await act('taskStart', 'MoveInput', { id })).userErrors).toMatchObject([{ code: 'TASK_NOT_READY' }])
  const follower = followEstate(world.orm.em.fork(), world.events, () => {})
  for (let tries = 0; tries < 200 && (await read(id)).state === 'READY'; tries++) await sleep(25)
  await follower.stop()
  expect((await read(id)).state).toBe('WAITING')
})

test('a target that was decommissioned is named: not to be authorized again, but to be taken out', async () => {
  const [kept, scrapped] = await world.change((em) => makeItems(em, 'ComputerSystem', ['kept-host', 'scrapped-host']))
  const releaseId = await aRelease({ ...whole(), targetIds: [kept!.id, scrapped!.id] })
  await release('Plan', releaseId)
  await release('Start', releaseId)
  const { id, state } = await aTask(releaseId)
  expect(state).toBe('READY')
  const follower = followEstate(world.orm.em.fork(), world.events, () => {})
  await world.change((em) => moveItem(em, world.catalogue.now, { id: scrapped!.id, action: 'decommission' }, aViewer()))
  await expect.poll(async () => (await read(id)).state, { timeout: 10_000 }).toBe('WAITING')
  await follower.stop()
  const message = 'scrapped-host is DECOMMISSIONED: nothing about it is changed any more. Take it out of the targets.'
  expect((await read(id)).readiness).toEqual({
    ready: false,
    missing: [{ rule: 'target authorized', message, itemId: scrapped!.id, name: 'scrapped-host' }],
  })
  const number = (await read(id)).number
  expect((await act('taskStart', 'MoveInput', { id })).userErrors).toMatchObject([
    { code: 'TASK_NOT_READY', message: `${number} is not ready. ${message}`, rule: 'target authorized' },
  ])
  expect((await act('taskUpdate', 'TaskUpdateInput', { id, targetIds: [kept!.id] })).task).toMatchObject({
    state: 'READY',
    readiness: { ready: true, missing: [] },
  })
})

test('who sees only Austin learns that a target elsewhere is missing, but not which', async () => {
  const { austin, austinWeb } = world.items
  const [far] = await world.change((em) => makeItems(em, 'ComputerSystem', ['far-host']))
  const releaseId = await aRelease({ ...whole(), targetIds: [austinWeb.id, far!.id] })
  await release('Plan', releaseId)
  const { id } = await aTask(releaseId)
  await world.change((em) => moveItem(em, world.catalogue.now, { id: far!.id, action: 'withdraw' }, aViewer()))
  const seen = await read(id, aViewer([austin.uuid]))
  expect(seen).toMatchObject({ targetCount: 1, readiness: { ready: false } })
  expect(JSON.stringify(seen)).not.toContain('far-host')
  expect(seen.readiness.missing[0]!.message).toContain('1 of the targets that you cannot see')
  const refused = await act('taskStart', 'MoveInput', { id }, aViewer([austin.uuid]))
  expect(refused.userErrors[0]!.message).not.toContain('far-host')
})

test('a general task has neither source nor targets', async () => {
  const releaseId = await aRelease(whole())
  const task = await aTask(releaseId, { type: 'GENERAL' })
  expect(task).toMatchObject({ source: null, targetCount: 0 })
  expect(rules(task)).toEqual(['release planned'])
  const { userErrors } = await act('taskUpdate', 'TaskUpdateInput', {
    id: task.id,
    targetIds: [world.items.austinWeb.id],
  })
  expect(userErrors).toMatchObject([{ code: 'BAD_INPUT', field: ['targetIds'] }])
})

test('two who start one task at once: one starts it, the other hears that it has started', async () => {
  const releaseId = await aRelease(whole())
  const { id } = await aTask(releaseId)
  await release('Plan', releaseId)
  await release('Start', releaseId)
  const answers = await Promise.all([1, 2].map(() => act('taskStart', 'MoveInput', { id })))
  expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1)
  expect(answers.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ code: 'ILLEGAL_TRANSITION' }])
})

test('the list is filtered by release, state and owner', async () => {
  const releaseId = await aRelease(whole())
  const mine = await aTask(releaseId, { title: 'Mine' })
  const open = await aTask(releaseId, { title: 'Nobody’s', type: 'GENERAL' })
  await act('taskUpdate', 'TaskUpdateInput', { id: open.id, ownerId: null })
  const list = async (filter: object) => {
    const text = `query($filter: TaskFilter) { tasks(first: 50, filter: $filter) { nodes { title } } }`
    const { tasks } = await world.query<{ tasks: { nodes: { title: string }[] } }>(text, {
      filter: { releaseId, ...filter },
    })
    return tasks.nodes.map(({ title }) => title)
  }
  expect(await list({})).toEqual(['Nobody’s', 'Mine'])
  expect(await list({ mine: true })).toEqual(['Mine'])
  expect(await list({ mine: false })).toEqual(['Nobody’s'])
  expect(await list({ states: ['COMPLETED'] })).toEqual([])
  expect(mine.allowedActions).toEqual(['update', 'cancel'])
})
