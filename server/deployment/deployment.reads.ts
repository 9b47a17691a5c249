import type { EntityManager } from '@mikro-orm/postgresql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import { boundedCounts, type BoundedCount } from '../kernel/bounded-count.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context, Viewer } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { childPage, pageOf, type ListQuery } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { Deployment } from './deployment.entity.ts'
import type { DeploymentFilter } from './deployment.inputs.ts'
import { activeStates } from './deployment.lifecycle.ts'

const READ = 'deployment.read'
const newestFirst = [
  { column: 'x.created_at', cast: 'timestamptz', descending: true },
  { column: 'x.uuid', cast: 'uuid', descending: true },
]

/** Deployments for reading, by UUID; only what `viewer` may see (null: all). */
export async function deploymentsByUuid(
  em: EntityManager,
  uuids: readonly string[],
  viewer: Viewer | null,
): Promise<Map<string, Deployment>> {
  const values: unknown[] = [uuids]
  const scope = viewer && scopeCondition(viewer, READ, 'x.scope_ids', values)
  const found = await rows<object>(
    em,
    `select x.* from deployment x where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
    values,
  )
  return byKey(lean(em, Deployment, found), ({ uuid }) => uuid)
}

/** For field resolvers that answer a deployment: all of one level in one statement. Null when the viewer does not see it. */
export function deploymentOf(context: Context, uuid: string): Promise<Deployment | null> {
  return batch(context, 'deployment', uuid, (uuids) => deploymentsByUuid(context.em, uuids, viewerOf(context)))
}

/** The list of deployments, newest first. */
export function deploymentPage(context: Context, filter: DeploymentFilter, page: PageArgs): Promise<Page<Deployment>> {
  return pageOf(context.em, listQuery(context, filter), page, (found) => lean(context.em, Deployment, found))
}

/** How many deployments there are of each filter. */
export const deploymentCounts = (context: Context, filters: readonly DeploymentFilter[]): Promise<BoundedCount[]> =>
  boundedCounts(
    context.em,
    filters.map((filter) => listQuery(context, filter)),
  )

function listQuery(context: Context, filter: DeploymentFilter): ListQuery {
  const values: unknown[] = []
  const where: string[] = []
  const add = (value: unknown, condition: (place: string) => string) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  if (filter.active != null) {
    add(activeStates, (states) => `(x.state = any(${states}::text[])) = ${filter.active === true}`)
  }
  if (filter.states) add(filter.states, (states) => `x.state = any(${states}::text[])`)
  if (filter.confirmation) add(filter.confirmation, (some) => `x.confirmation = any(${some}::text[])`)
  if (filter.itemId) {
    add(
      uuidOf(filter.itemId, 'ci', ['filter', 'itemId']),
      (id) => `exists (select 1 from deployment_target t where t.deployment_id = x.uuid and t.item_id = ${id}::uuid)`,
    )
  }
  if (filter.changedSince) add(filter.changedSince, (at) => `x.updated_at >= ${at}::timestamptz`)
  if (filter.search) {
    add(filter.search, (text) => `strpos(lower(x.number || ' ' || x.title), lower(${text}::text)) > 0`)
  }
  const scope = scopeCondition(viewerOf(context), READ, 'x.scope_ids', values)
  if (scope) where.push(scope)
  return { select: 'x.*', from: 'deployment x', where, values, order: newestFirst }
}

/** Where a noun's deployments are found: the SQL of the parent's UUID, over the deployment `x` or its targets `t`. */
const parents = {
  release: { from: 'deployment x', parent: 'x.release_id' },
  task: { from: 'deployment x', parent: 'x.task_id' },
  version: { from: 'deployment x', parent: 'x.source_id' },
  item: { from: 'deployment x join deployment_target t on t.deployment_id = x.uuid', parent: 't.item_id' },
} as const

/** The deployments of a release, a task, a package version or a configuration item, newest first. */
export function deploymentsOf(
  context: Context,
  of: keyof typeof parents,
  parentId: string,
  page: PageArgs,
): Promise<Page<Deployment>> {
  const { from, parent } = parents[of]
  const values: unknown[] = []
  const scope = scopeCondition(viewerOf(context), READ, 'x.scope_ids', values)
  const query = { select: 'x.*', from, where: scope ? [scope] : [], values, order: newestFirst }
  return childPage(context, `deploymentsOf:${of}`, parentId, parent, query, page, (found) =>
    lean(context.em, Deployment, found),
  )
}

/** The latest deployment that rolls this one back. */
export function rollBackOf(context: Context, uuid: string): Promise<Deployment | null> {
  return batch(context, 'rollBack', uuid, async (uuids) => {
    const values: unknown[] = [uuids]
    const scope = scopeCondition(viewerOf(context), READ, 'x.scope_ids', values)
    const found = await rows<object>(
      context.em,
      `select distinct on (x.roll_back_of_id) x.* from deployment x
       where x.roll_back_of_id = any($1::uuid[])${scope ? ` and ${scope}` : ''}
       order by x.roll_back_of_id, x.created_at desc`,
      values,
    )
    return byKey(lean(context.em, Deployment, found), ({ rollBackOfId }) => rollBackOfId!)
  })
}
