import type { EntityManager } from '@mikro-orm/postgresql'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey, groupedBy } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context, Viewer } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { childPage } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import { itemsByUuid } from '../item/item.service.ts'
import { Attempt } from './attempt.entity.ts'
import type { TargetFilter } from './deployment.inputs.ts'
import { Evidence } from './evidence.entity.ts'
import { DeploymentTarget } from './target.entity.ts'

const READ = 'deployment.read'

/** Targets for reading, by UUID; only what `viewer` may see (null: all). */
export async function targetsByUuid(
  em: EntityManager,
  uuids: readonly string[],
  viewer: Viewer | null,
): Promise<Map<string, DeploymentTarget>> {
  const values: unknown[] = [uuids]
  const scope = viewer && scopeCondition(viewer, READ, 'x.scope_ids', values)
  const found = await rows<object>(
    em,
    `select x.* from deployment_target x where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
    values,
  )
  return byKey(lean(em, DeploymentTarget, found), ({ uuid }) => uuid)
}

export function targetOf(context: Context, uuid: string): Promise<DeploymentTarget | null> {
  return batch(context, 'target', uuid, (uuids) => targetsByUuid(context.em, uuids, viewerOf(context)))
}

/** The targets of a deployment in the order of the grid. */
export function targetPage(
  context: Context,
  deploymentId: string,
  filter: TargetFilter,
  page: PageArgs,
): Promise<Page<DeploymentTarget>> {
  const values: unknown[] = []
  const where: string[] = []
  const add = (value: unknown, condition: (place: string) => string) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  if (filter.states) add(filter.states, (states) => `x.state = any(${states}::text[])`)
  if (filter.confirmation) add(filter.confirmation, (some) => `x.confirmation = any(${some}::text[])`)
  if (filter.search) add(filter.search, (text) => `strpos(lower(i.name), lower(${text}::text)) > 0`)
  const scope = scopeCondition(viewerOf(context), READ, 'x.scope_ids', values)
  if (scope) where.push(scope)
  const from = 'deployment_target x join configuration_item i on i.uuid = x.item_id'
  const query = { select: 'x.*', from, where, values, order: [{ column: 'x.idx', cast: 'integer' }] }
  return childPage(context, 'targets', deploymentId, 'x.deployment_id', query, page, (found) =>
    lean(context.em, DeploymentTarget, found),
  )
}

/** The item of a target that the viewer sees: who sees a target sees what it is a target of. */
export async function itemOfTarget(context: Context, itemId: string): Promise<ConfigurationItem> {
  const item = await batch(context, 'itemOfTarget', itemId, async (uuids) =>
    byKey(await itemsByUuid(context.em, uuids, null), ({ uuid }) => uuid),
  )
  return item!
}

/** All attempts of a target, the first one first. */
export async function attemptsOfTarget(context: Context, targetId: string): Promise<Attempt[]> {
  const attempts = await batch(context, 'attemptsOfTarget', targetId, async (targetIds) => {
    const found = await rows<object>(
      context.em,
      `select * from attempt where target_id = any($1::uuid[]) order by ordinal`,
      [targetIds],
    )
    return groupedBy(lean(context.em, Attempt, found), (attempt) => attempt.targetId)
  })
  return attempts ?? []
}

/** The attempts of a deployment, the newest first. */
export function attemptPage(context: Context, deploymentId: string, page: PageArgs): Promise<Page<Attempt>> {
  const values: unknown[] = []
  const scope = scopeCondition(viewerOf(context), READ, 't.scope_ids', values)
  const order = [
    { column: 'x.created_at', cast: 'timestamptz', descending: true },
    { column: 'x.uuid', cast: 'uuid', descending: true },
  ]
  const from = 'attempt x join deployment_target t on t.uuid = x.target_id'
  const query = { select: 'x.*', from, where: scope ? [scope] : [], values, order }
  return childPage(context, 'attempts', deploymentId, 'x.deployment_id', query, page, (found) =>
    lean(context.em, Attempt, found),
  )
}

/** Attempts by UUID, of targets that the viewer sees. */
export async function attemptsByUuid(
  em: EntityManager,
  uuids: readonly string[],
  viewer: Viewer,
): Promise<Map<string, Attempt>> {
  const values: unknown[] = [uuids]
  const scope = scopeCondition(viewer, READ, 't.scope_ids', values)
  const found = await rows<object>(
    em,
    `select x.* from attempt x join deployment_target t on t.uuid = x.target_id
     where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
    values,
  )
  return byKey(lean(em, Attempt, found), ({ uuid }) => uuid)
}

/** What was observed at a target, the newest first. */
export async function evidenceOf(context: Context, targetId: string): Promise<Evidence[]> {
  const evidence = await batch(context, 'evidence', targetId, async (targetIds) => {
    const found = await rows<object>(
      context.em,
      `select * from evidence where target_id = any($1::uuid[]) order by created_at desc, uuid desc`,
      [targetIds],
    )
    return groupedBy(lean(context.em, Evidence, found), (one) => one.targetId)
  })
  return evidence ?? []
}
