import type { EntityManager } from '@mikro-orm/postgresql'
import { reaches } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import type { Integrations } from '../integrations/registry.ts'
import type { DistributionMode } from '../product/module.type.ts'
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

interface TaskRow {
  uuid: string
  ordinal: number
  title: string
  type: string
  state: string
  release_id: string
  source_id: string | null
  scope_ids: string[]
}

/** The task as a plan; refuses with everything that is missing, by name (step 7 of the road). */
export async function planOf(em: EntityManager, viewer: Viewer, taskUuid: string): Promise<TaskPlan> {
  const task = await row<TaskRow>(em, `select * from task where uuid = $1 for share`, [taskUuid])
  const taskId = toNodeId('tsk', taskUuid)
  if (!task || !reaches(viewer, 'release.read', task.scope_ids)) throw new NotFound('task', taskId, ['taskId'])
  const name = `TSK-${task.ordinal} "${task.title}"`
  const refuse = (why: string, rule: string) => {
    throw new NotDeployable(`${name} ${why}`, { field: ['taskId'], itemId: taskId, rule })
  }
  if (task.type !== 'SOFTWARE_DISTRIBUTION')
    refuse('is no software distribution, so it has no deployments.', 'task type')
  if (['COMPLETED', 'CANCELLED'].includes(task.state)) {
    refuse(`is ${task.state}; create the deployment from a task that is still open.`, 'task state')
  }
  if (!task.source_id) refuse('has no source yet: choose one of the package versions of its release.', 'source defined')
  const items = await rows<{ uuid: string; name: string; scope_ids: string[] }>(
    em,
    `select i.uuid, i.name, i.scope_ids from task_target t join configuration_item i on i.uuid = t.item_id
     where t.task_id = $1 order by i.name, i.uuid`,
    [task.uuid],
  )
  if (items.length === 0) refuse('has no targets yet: choose some of the targets of its release.', 'targets defined')
  return {
    taskId: task.uuid,
    releaseId: task.release_id,
    sourceId: task.source_id!,
    items: items.map(({ uuid, name: itemName, scope_ids }) => ({ uuid, name: itemName, scopeIds: scope_ids })),
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
