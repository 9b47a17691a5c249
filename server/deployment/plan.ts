import type { EntityManager } from '@mikro-orm/postgresql'
import { reaches, scopeCondition } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import { liesIn } from '../item/lies-in.ts'
import type { Integrations } from '../integrations/registry.ts'
import type { DistributionMode } from '../product/module.type.ts'
import { readinessFor, readinessOf } from '../task/readiness.ts'
import { TaskNotReady } from '../task/refusals.ts'
import { Task } from '../task/task.entity.ts'
import { editableTaskStates } from '../task/task.lifecycle.ts'
import { holdTask } from './load.ts'
import { NotDeployable } from './refusals.ts'

/** What the task says that a deployment of it carries where. */
export interface TaskPlan {
  taskId: string
  releaseId: string
  sourceId: string
  items: PlannedItem[]
}

export interface PlannedItem {
  uuid: string
  name: string
  scopeIds: string[]
}

/** The task as a plan; refuses with everything that is missing, by name (step 7 of the road). */
export async function planOf(em: EntityManager, viewer: Viewer, taskUuid: string): Promise<TaskPlan> {
  await holdTask(em, taskUuid)
  const task = await em.findOne(Task, { uuid: taskUuid }, { refresh: true })
  const taskId = toNodeId('tsk', taskUuid)
  if (!task || !reaches(viewer, 'release.read', task.scopeIds)) throw new NotFound('task', taskId, ['taskId'])
  const refuse = (why: string, rule: string) =>
    new NotDeployable(`${task.number} "${task.title}" ${why}`, { field: ['taskId'], itemId: taskId, rule })
  if (task.type !== 'SOFTWARE_DISTRIBUTION')
    throw refuse('is no software distribution: it has no deployments.', 'task type')
  if (task.state === 'COMPLETED' || task.state === 'CANCELLED') {
    throw refuse(`is ${task.state}; deployments belong to a task that is still open.`, 'task state')
  }
  if (editableTaskStates.includes(task.state)) {
    const readiness = readinessFor(viewer, await readinessOf(em, task))
    if (!readiness.ready) throw new TaskNotReady(task, readiness)
  }
  if (!task.sourceId) throw refuse('has no source.', 'source')
  const items = await rows<{ uuid: string; name: string; scope_ids: string[] }>(
    em,
    `select i.uuid, i.name, i.scope_ids::text[] from task_target t join configuration_item i on i.uuid = t.item_id
     where t.task_id = $1 order by i.name, i.uuid`,
    [task.uuid],
  )
  return {
    taskId: task.uuid,
    releaseId: task.releaseId,
    sourceId: task.sourceId,
    items: items.map(({ uuid, name, scope_ids }) => ({ uuid, name, scopeIds: scope_ids })),
  }
}

/** The chosen ones of the planned items, in the plan's order; without a choice all of them. */
export function chosenItems(planned: PlannedItem[], ids: readonly string[] | null | undefined): PlannedItem[] {
  if (ids == null) return planned
  const wanted = new Set(ids.map((id) => uuidOf(id, 'ci', ['targetIds'])))
  if (wanted.size === 0) throw new BadInput('A deployment needs at least one target.', { field: ['targetIds'] })
  const known = new Set(planned.map(({ uuid }) => uuid))
  for (const uuid of wanted) {
    if (known.has(uuid)) continue
    const itemId = toNodeId('ci', uuid)
    throw new NotDeployable(`${itemId} is not among the targets of the task.`, {
      field: ['targetIds'],
      itemId,
      rule: 'target of the task',
    })
  }
  return planned.filter(({ uuid }) => wanted.has(uuid))
}

/** Which of the task's targets a new deployment goes to; one of the three, or all of them. */
interface Choice {
  targetIds?: readonly string[] | null
  withinId?: string | null
  atNoSite?: boolean | null
}

/** The targets of a new deployment: those that are named, those that lie in one item or at no site, or all of the task's. */
export async function itemsFor(
  em: EntityManager,
  viewer: Viewer,
  plan: TaskPlan,
  { targetIds, withinId, atNoSite }: Choice,
): Promise<PlannedItem[]> {
  if (withinId == null && !atNoSite) return chosenItems(plan.items, targetIds)
  const field = [withinId == null ? 'atNoSite' : 'withinId']
  if (targetIds != null) throw new BadInput('Name the targets, or the item in which they lie, not both.', { field })
  if (withinId != null && atNoSite) {
    throw new BadInput('Name the item in which the targets lie, or say that they lie at no site, not both.', { field })
  }
  const values: unknown[] = [plan.taskId]
  const where =
    withinId == null
      ? `i.site_id is null or not exists (select from configuration_item s where s.uuid = i.site_id
           and ${scopeCondition(viewer, 'estate.read', 's.scope_ids', values) ?? 'true'})`
      : liesIn('i', `$${values.push(uuidOf(withinId, 'ci', ['withinId']))}::uuid`)
  const found = await rows<{ uuid: string }>(
    em,
    `select i.uuid from task_target t join configuration_item i on i.uuid = t.item_id where t.task_id = $1 and (${where})`,
    values,
  )
  const inside = new Set(found.map(({ uuid }) => uuid))
  const items = plan.items.filter(({ uuid }) => inside.has(uuid))
  if (items.length > 0) return items
  const message =
    withinId == null ? 'Each target of the task lies at a site.' : `No target of the task lies in ${withinId}.`
  throw new NotDeployable(message, { field, itemId: withinId ?? undefined, rule: 'target of the task' })
}

/** The package version to carry: the task's, or another one of the same release. */
export async function chosenSource(em: EntityManager, plan: TaskPlan, id: string | null | undefined): Promise<string> {
  if (id == null) return plan.sourceId
  const uuid = uuidOf(id, 'pkv', ['sourceId'])
  const found = await row(em, `select 1 from release_source where release_id = $1 and package_version_id = $2`, [
    plan.releaseId,
    uuid,
  ])
  if (found) return uuid
  throw new NotDeployable('The source is none of the package versions of the release.', {
    field: ['sourceId'],
    itemId: id,
    rule: 'source of the release',
  })
}

/** Through which product it goes, and whether a module does it or people do. */
export async function routeOf(
  em: EntityManager,
  integrations: Integrations,
  sourceId: string,
): Promise<{ productId: string | null; distribution: DistributionMode }> {
  const product = await row<{ uuid: string; kind: string }>(
    em,
    `select p.uuid, p.kind from package_version v join package k on k.uuid = v.package_id
       join repository r on r.uuid = k.repository_id join management_product p on p.uuid = r.product_id
     where v.uuid = $1`,
    [sourceId],
  )
  const module = product && integrations.get(product.kind)
  return {
    productId: product?.uuid ?? null,
    distribution: module?.mode === 'automatic' ? 'AUTOMATIC' : 'MANUAL',
  }
}
