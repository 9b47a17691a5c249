import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { move, type Because } from '../kernel/move.ts'
import { rows } from '../kernel/sql.ts'
import type { Release } from '../release/release.entity.ts'
import { releaseLifecycle } from '../release/release.lifecycle.ts'
import { settle } from './task-follow.ts'
import { Task } from './task.entity.ts'
import { taskLifecycle, type TaskAction } from './task.lifecycle.ts'

/** Moves a task and lets follow what waits for it: its successors and, at the end, its release. Both are locked, the release first. */
export async function moveOn(
  em: EntityManager,
  { task, release }: { task: Task; release: Release },
  action: TaskAction,
  because: Because,
): Promise<void> {
  await move(em, task, taskLifecycle, action, because)
  await settle(em, await successorsOf(em, task), because)
  if (taskLifecycle.isTerminal(task.state)) await completeWithTasks(em, release)
}

/** A release whose tasks are all over, with one completed at least, is COMPLETED by Waybill itself. */
async function completeWithTasks(em: EntityManager, release: Release): Promise<void> {
  if (release.state !== 'IN_PROGRESS') return
  const tasks = await rows<{ state: string; count: number }>(
    em,
    `select state, count(*)::int as count from task where release_id = $1 group by 1`,
    [release.uuid],
  )
  const counted = new Map(tasks.map(({ state, count }) => [state, count]))
  const completed = counted.get('COMPLETED') ?? 0
  const cancelled = counted.get('CANCELLED') ?? 0
  if (completed === 0 || tasks.length > (cancelled > 0 ? 2 : 1)) return
  const reason = `All tasks are over: ${completed} completed, ${cancelled} cancelled.`
  await move(em, release, releaseLifecycle, 'complete', { by: null, reason })
}

async function successorsOf(em: EntityManager, task: Task): Promise<Task[]> {
  const found = await rows<{ uuid: string }>(
    em,
    `select task_id as uuid from task_predecessor where predecessor_id = $1`,
    [task.uuid],
  )
  return em.find(
    Task,
    { uuid: { $in: found.map(({ uuid }) => uuid) } },
    { orderBy: { uuid: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
}
