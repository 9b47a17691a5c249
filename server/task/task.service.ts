import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { actorOf } from '../account/viewer.ts'
import { reaches } from '../kernel/authorize.ts'
import { checkedName } from '../kernel/checked-text.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { changed, expectVersion } from '../kernel/move.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { nextNumber } from '../kernel/next-number.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import { requireWholeReach } from '../kernel/whole-reach.ts'
import { Release } from '../release/release.entity.ts'
import { releaseLifecycle } from '../release/release.lifecycle.ts'
import { knownAccount, lockRelease } from '../release/release.service.ts'
import { readinessFor, readinessOf } from './readiness.ts'
import { ReleaseNotStarted, TaskNotEditable, TaskNotReady } from './refusals.ts'
import { Task } from './task.entity.ts'
import type { TaskGate } from './task.gate.ts'
import type { TaskCreateInput, TaskUpdateInput } from './task.inputs.ts'
import { editableTaskStates, taskLifecycle, type TaskAction } from './task.lifecycle.ts'
import { choosePredecessors, chooseSource, chooseTargets } from './task-contents.ts'
import { fillFromRelease, settle } from './task-follow.ts'
import { moveOn } from './task-moves.ts'

/** For the rule of `kernel/whole-reach.ts`. */
export const taskTargetScopes =
  'select t.task_id as owner, i.scope_ids from task_target t join configuration_item i on i.uuid = t.item_id'

/** Adds a task to a release that is not over. Without sources or targets of its own it has those of the release. */
export async function createTask(em: EntityManager, input: TaskCreateInput, viewer: Viewer): Promise<Task> {
  const release = await lockRelease(em, input.releaseId, viewer, 'task.edit', ['releaseId'])
  if (releaseLifecycle.isTerminal(release.state) || release.state === 'COMPLETED') {
    throw new BadInput(`${release.number} is ${release.state} and takes no further tasks.`, {
      field: ['releaseId'],
      itemId: release.id,
      rule: 'release is open',
    })
  }
  const task = Object.assign(new Task(), {
    ordinal: await nextNumber(em, 'task_number'),
    releaseId: release.uuid,
    title: checkedName(input.title, 'title'),
    type: input.type,
    ownerId: input.ownerId == null ? release.ownerId : await knownAccount(em, input.ownerId, 'ownerId'),
  })
  await em.persist(task).flush()
  await chooseSource(em, task, release, input.sourceId ?? undefined)
  await chooseTargets(em, task, release, input.targetIds ?? undefined, viewer)
  await choosePredecessors(em, task, input.predecessorIds ?? [])
  await em.flush()
  const because = { by: actorOf(viewer), reason: input.reason }
  await fillFromRelease(em, release, [task])
  await changed(em, task, 'create', because, { to: task.state })
  await settle(em, [task], because)
  return task
}

/** Changes what is given; refuses once the task is under way. */
export async function updateTask(em: EntityManager, input: TaskUpdateInput, viewer: Viewer): Promise<Task> {
  const { task, release } = await lockTask(em, input.id, viewer, 'task.edit')
  expectVersion(task, input.expectedVersion)
  if (!editableTaskStates.includes(task.state)) throw new TaskNotEditable(task)
  if (input.title != null) task.title = checkedName(input.title, 'title')
  if (input.ownerId !== undefined)
    task.ownerId = input.ownerId === null ? null : await knownAccount(em, input.ownerId, 'ownerId')
  await chooseSource(em, task, release, input.sourceId)
  await chooseTargets(em, task, release, input.targetIds, viewer)
  if (input.predecessorIds != null) await choosePredecessors(em, task, input.predecessorIds)
  task.updatedAt = new Date()
  await em.flush()
  const because = { by: actorOf(viewer), reason: input.reason }
  await fillFromRelease(em, release, [task])
  const { id: _id, expectedVersion: _version, reason: _reason, idempotencyKey: _key, ...changes } = { ...input }
  await changed(em, task, 'update', because, { changes })
  await settle(em, [task], because)
  return task
}

/** Starts, completes or cancels a task; refuses with what is missing or what stands against it. */
export async function moveTask(
  em: EntityManager,
  input: MoveInput,
  action: TaskAction,
  viewer: Viewer,
  gates: readonly TaskGate[],
): Promise<Task> {
  const { task, release } = await lockTask(em, input.id, viewer, 'task.work')
  expectVersion(task, input.expectedVersion)
  const because = { by: actorOf(viewer), reason: input.reason }
  if (action === 'start') await requireReady(em, task, release, viewer)
  for (const gate of taskLifecycle.next(task.state, action) ? gates : []) {
    const [refusal] = await gate.check(em, task, action)
    if (refusal) throw refusal
  }
  await moveOn(em, { task, release }, action, because)
  return task
}

/** What is missing now, not when it was last looked at. */
async function requireReady(em: EntityManager, task: Task, release: Release, viewer: Viewer): Promise<void> {
  if (task.state !== 'WAITING' && !taskLifecycle.next(task.state, 'start')) return
  const readiness = readinessFor(viewer, await readinessOf(em, task))
  if (!readiness.ready) throw new TaskNotReady(task, readiness)
  if (release.state !== 'IN_PROGRESS') throw new ReleaseNotStarted(task, release)
  await settle(em, [task], { by: actorOf(viewer) })
}

/** The task that a mutation names and its release, locked in that order; refuses what is unseen or out of reach. */
export async function lockTask(
  em: EntityManager,
  id: string,
  viewer: Viewer,
  permission: string,
): Promise<{ task: Task; release: Release }> {
  const uuid = uuidOf(id, 'tsk')
  const found = await row<{ releaseId: string }>(em, `select release_id as "releaseId" from task where uuid = $1`, [
    uuid,
  ])
  if (!found) throw new NotFound('task', id)
  const release = await em.findOneOrFail(
    Release,
    { uuid: found.releaseId },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
  const task = await em.findOneOrFail(Task, { uuid }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!reaches(viewer, 'release.read', task.scopeIds)) throw new NotFound('task', id)
  await requireWholeReach(em, viewer, permission, task, taskTargetScopes)
  return { task, release }
}
