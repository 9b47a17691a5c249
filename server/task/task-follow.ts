import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { changed, move, type Because } from '../kernel/move.ts'
import { rows } from '../kernel/sql.ts'
import type { Release } from '../release/release.entity.ts'
import type { ReleaseGate } from '../release/release.gate.ts'
import { readinessOfMany } from './readiness.ts'
import { TasksOpen } from './refusals.ts'
import { Task } from './task.entity.ts'
import { editableTaskStates, taskLifecycle } from './task.lifecycle.ts'

/** What tasks have to do with the life of their release; goes into `services.releaseGates`. */
export const tasksOfRelease: ReleaseGate = {
  id: 'tasks',
  async check(em, release, action) {
    // A cancelled release takes with it what has not begun; a completed one has nothing left to do.
    const open = { complete: ['WAITING', 'READY', 'IN_PROGRESS'], cancel: ['IN_PROGRESS'] }[action as string]
    if (!open) return []
    const tasks = await rows<{ ordinal: number; state: string }>(
      em,
      `select ordinal, state from task where release_id = $1 and state = any($2) order by ordinal`,
      [release.uuid, open],
    )
    const names = tasks.map(({ ordinal, state }) => `TSK-${ordinal} (${state})`)
    return names.length ? [new TasksOpen(release, action, names)] : []
  },
  async follow(em, release, because) {
    const tasks = await openTasks(em, release.uuid)
    if (release.state === 'CANCELLED') {
      for (const task of tasks) await move(em, task, taskLifecycle, 'cancel', because)
      return
    }
    for (const task of await fillFromRelease(em, release, tasks)) await changed(em, task, 'follow', because)
    await settle(em, tasks, because)
  },
}

/** Tasks of a release that have not begun, locked. */
export function openTasks(em: EntityManager, releaseId: string): Promise<Task[]> {
  return em.find(
    Task,
    { releaseId, state: { $in: [...editableTaskStates] } },
    { orderBy: { uuid: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
}

/**
 * Brings source, targets and scopes of tasks in line with their release: what was not chosen is the release's, what was
 * chosen stays as far as the release still has it. Answers the tasks that changed; they are not flushed.
 */
export async function fillFromRelease(em: EntityManager, release: Release, tasks: readonly Task[]): Promise<Task[]> {
  if (tasks.length === 0) return []
  const uuids = tasks.map(({ uuid }) => uuid)
  const changedIds = new Set(await followTargets(em, uuids))
  const sources = await rows<{ uuid: string }>(
    em,
    `select package_version_id as uuid from release_source where release_id = $1`,
    [release.uuid],
  )
  const scopes = await scopesOf(em, uuids)
  for (const task of tasks) {
    const source = sourceOf(
      task,
      sources.map(({ uuid }) => uuid),
    )
    const scopeIds = [...new Set(scopes.get(task.uuid) ?? release.scopeIds)].sort()
    if (source !== task.sourceId || scopeIds.join() !== task.scopeIds.join()) changedIds.add(task.uuid)
    task.sourceId = source
    task.scopeIds = scopeIds
    if (changedIds.has(task.uuid)) task.updatedAt = new Date()
  }
  return tasks.filter(({ uuid }) => changedIds.has(uuid))
}

function sourceOf(task: Task, offered: string[]): string | null {
  if (task.type === 'GENERAL') return null
  if (task.sourceRefined) return offered.includes(task.sourceId!) ? task.sourceId : null
  return offered.length === 1 ? offered[0]! : null
}

/** Answers the UUIDs of the tasks whose targets changed. */
async function followTargets(em: EntityManager, uuids: string[]): Promise<string[]> {
  const removed = await rows<{ uuid: string }>(
    em,
    `delete from task_target t using task k where k.uuid = t.task_id and k.uuid = any($1::uuid[]) and not exists
       (select from release_target r where r.release_id = k.release_id and r.item_id = t.item_id)
     returning t.task_id as uuid`,
    [uuids],
  )
  const added = await rows<{ uuid: string }>(
    em,
    `insert into task_target (task_id, item_id)
     select k.uuid, r.item_id from task k join release_target r on r.release_id = k.release_id
     where k.uuid = any($1::uuid[]) and k.type = 'SOFTWARE_DISTRIBUTION' and not k.targets_refined
     on conflict do nothing returning task_id as uuid`,
    [uuids],
  )
  return [...removed, ...added].map(({ uuid }) => uuid)
}

/** Scopes of the targets; a task without targets is not in the map. */
async function scopesOf(em: EntityManager, uuids: string[]): Promise<Map<string, string[]>> {
  const found = await rows<{ uuid: string; scopes: string[] }>(
    em,
    `select t.task_id as uuid, array_agg(distinct s)::text[] as scopes
     from task_target t join configuration_item i on i.uuid = t.item_id, unnest(i.scope_ids) s
     where t.task_id = any($1::uuid[]) group by 1`,
    [uuids],
  )
  return new Map(found.map(({ uuid, scopes }) => [uuid, scopes]))
}

/** Lets WAITING and READY follow the readiness check. The tasks are locked by the caller. */
export async function settle(em: EntityManager, tasks: readonly Task[], because: Because): Promise<void> {
  const open = tasks.filter(({ state }) => editableTaskStates.includes(state))
  if (open.length === 0) return
  await em.flush()
  const readiness = await readinessOfMany(em, open)
  for (const task of open) {
    const { ready, missing } = readiness.get(task.uuid)!
    if (ready && task.state === 'WAITING') await move(em, task, taskLifecycle, 'becomeReady', because)
    if (!ready && task.state === 'READY') {
      // History is read by people who may not see every item, so items are not named here.
      const reason = missing
        .map(({ message, rule, scopeIds }) => (scopeIds ? `${rule}: not any more.` : message))
        .join(' ')
      await move(em, task, taskLifecycle, 'wait', { by: because.by, reason })
    }
  }
}
