import type { EntityManager } from '@mikro-orm/postgresql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey, groupedBy } from '../kernel/batch.ts'
import { boundedCounts, type BoundedCount } from '../kernel/bounded-count.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context, Viewer } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { childPage, pageOf, type ListQuery } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { readinessFor, readinessOfMany, type TaskReadiness } from './readiness.ts'
import { Task } from './task.entity.ts'
import { TargetSite } from './task.types.ts'
import type { TaskFilter } from './task.inputs.ts'

/** Tasks for reading, by UUID; only what `viewer` may see (null: all). */
export async function tasksByUuid(
  em: EntityManager,
  uuids: readonly string[],
  viewer: Viewer | null,
): Promise<Map<string, Task>> {
  const values: unknown[] = [uuids]
  const scope = viewer && scopeCondition(viewer, 'release.read', 'x.scope_ids', values)
  const found = await rows<object>(
    em,
    `select x.* from task x where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
    values,
  )
  return byKey(lean(em, Task, found), ({ uuid }) => uuid)
}

/** For field resolvers that answer a task: all of one level in one statement. Null when the viewer does not see it. */
export function taskOf(context: Context, uuid: string): Promise<Task | null> {
  return batch(context, 'task', uuid, (uuids) => tasksByUuid(context.em, uuids, viewerOf(context)))
}

/** The list of tasks, newest first. */
export function taskPage(context: Context, filter: TaskFilter, page: PageArgs): Promise<Page<Task>> {
  return pageOf(context.em, listQuery(context, filter), page, (found) => lean(context.em, Task, found))
}

/** How many tasks there are of each filter. */
export const taskCounts = (context: Context, filters: readonly TaskFilter[]): Promise<BoundedCount[]> =>
  boundedCounts(
    context.em,
    filters.map((filter) => listQuery(context, filter)),
  )

function listQuery(context: Context, filter: TaskFilter): ListQuery {
  const values: unknown[] = []
  const where: string[] = []
  const add = (value: unknown, condition: (place: string) => string) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  if (filter.releaseId) {
    add(uuidOf(filter.releaseId, 'rls', ['filter', 'releaseId']), (id) => `x.release_id = ${id}::uuid`)
  }
  if (filter.states) add(filter.states, (states) => `x.state = any(${states}::text[])`)
  if (filter.search) {
    add(filter.search, (text) => `strpos(lower('TSK-' || x.ordinal || ' ' || x.title), lower(${text}::text)) > 0`)
  }
  if (filter.mine != null) {
    add(viewerOf(context).accountId, (id) => `(x.owner_id is not distinct from ${id}::uuid) = ${filter.mine}`)
  }
  const scope = scopeCondition(viewerOf(context), 'release.read', 'x.scope_ids', values)
  if (scope) where.push(scope)
  const order = [{ column: 'x.ordinal', cast: 'integer', descending: true }]
  return { select: 'x.*', from: 'task x', where, values, order }
}

/** The tasks of a release, in the order they were made. */
export function tasksOfReleasePage(context: Context, releaseId: string, page: PageArgs): Promise<Page<Task>> {
  const values: unknown[] = []
  const scope = scopeCondition(viewerOf(context), 'release.read', 'x.scope_ids', values)
  const order = [{ column: 'x.ordinal', cast: 'integer' }]
  return childPage(
    context,
    'tasksOfRelease',
    releaseId,
    'x.release_id',
    { select: 'x.*', from: 'task x', where: scope ? [scope] : [], values, order },
    page,
    (found) => lean(context.em, Task, found),
  )
}

/** The tasks that must be completed before this one, as far as the viewer sees them. */
export async function predecessorsOf(context: Context, taskId: string): Promise<Task[]> {
  const tasks = await batch(context, 'predecessors', taskId, async (taskIds) => {
    const values: unknown[] = [taskIds]
    const scope = scopeCondition(viewerOf(context), 'release.read', 'x.scope_ids', values)
    const found = await rows<{ successor_id: string }>(
      context.em,
      `select x.*, p.task_id as successor_id from task_predecessor p join task x on x.uuid = p.predecessor_id
       where p.task_id = any($1::uuid[])${scope ? ` and ${scope}` : ''} order by x.ordinal`,
      values,
    )
    const made = lean(context.em, Task, found)
    const pairs = found.map((row, index) => ({ key: row.successor_id, task: made[index]! }))
    const groups = groupedBy(pairs, ({ key }) => key)
    return new Map([...groups].map(([key, group]) => [key, group.map(({ task }) => task)]))
  })
  return tasks ?? []
}

/** The readiness of a task as the viewer may know it; all tasks of one level together. */
export async function readinessField(context: Context, task: Task): Promise<TaskReadiness> {
  const readiness = await batch(context, 'readiness', task.uuid, async (uuids) =>
    readinessOfMany(context.em, [...(await tasksByUuid(context.em, uuids, null)).values()]),
  )
  return readinessFor(viewerOf(context), readiness!)
}

/** How many targets of a task the viewer sees. */
export async function targetCount(context: Context, taskId: string): Promise<number> {
  const count = await batch(context, 'targetCount', taskId, async (taskIds) => {
    const values: unknown[] = [taskIds]
    const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
    const counted = await rows<{ uuid: string; n: string }>(
      context.em,
      `select t.task_id as uuid, count(*) as n from task_target t join configuration_item x on x.uuid = t.item_id
       where t.task_id = any($1::uuid[])${scope ? ` and ${scope}` : ''} group by 1`,
      values,
    )
    return new Map(counted.map(({ uuid, n }) => [uuid, Number(n)]))
  })
  return count ?? 0
}

/** At more sites than these it is not said at which. */
const MOST_SITES = 200

/** At which sites the targets of a task lie, as far as the viewer sees both; those at none come last. */
export async function targetSitesOf(context: Context, taskId: string): Promise<TargetSite[]> {
  const found = await batch(context, 'targetSites', taskId, async (taskIds) => {
    const values: unknown[] = [taskIds]
    const targets = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values) ?? 'true'
    const sites = scopeCondition(viewerOf(context), 'estate.read', 's.scope_ids', values) ?? 'true'
    const counted = await rows<{ task: string; siteId: string | null; targets: number }>(
      context.em,
      `select t.task_id as task, s.uuid as "siteId", count(*)::int as targets
       from task_target t join configuration_item x on x.uuid = t.item_id
         left join configuration_item s on s.uuid = x.site_id and ${sites}
       where t.task_id = any($1::uuid[]) and ${targets} group by t.task_id, s.uuid, s.name order by s.name nulls last, s.uuid`,
      values,
    )
    return groupedBy(counted, ({ task }) => task)
  })
  return (found ?? []).slice(0, MOST_SITES).map((one) => Object.assign(new TargetSite(), one))
}

/** For `node(id)`. */
export const taskNodes = {
  tsk: (context: Context, uuids: string[]): Promise<Map<string, object>> =>
    tasksByUuid(context.em, uuids, viewerOf(context)),
}
