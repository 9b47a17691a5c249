import { batch, byKey, groupedBy } from '../kernel/batch.ts'
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import type { NodePrefix } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { Approval } from './approval.entity.ts'

/** Decisions on a deployment, oldest first; one statement for all deployments of a level. */
export async function approvalsOf(context: Context, deploymentId: string): Promise<Approval[]> {
  const found = await batch(context, 'approvals', deploymentId, async (deploymentIds) => {
    const all = await rows<object>(
      context.em,
      `select * from approval where deployment_id = any($1::uuid[]) order by created_at, uuid`,
      [deploymentIds],
    )
    return groupedBy(lean(context.em, Approval, all), (approval) => approval.deploymentId)
  })
  return found ?? []
}

/**
 * Whether an approval still lets its deployment start: it signed the digest of the latest validation, which still holds or
 * has been used, the plan was not taken back to the drawing board, and nobody rejected it afterwards.
 */
export async function isValid(context: Context, approval: Approval): Promise<boolean> {
  if (approval.decision !== 'APPROVED') return false
  const valid = await batch(context, 'approval.valid', approval.uuid, async (uuids) => {
    const found = await rows<{ uuid: string }>(
      context.em,
      `select a.uuid from approval a join deployment d on d.uuid = a.deployment_id
         cross join lateral (select v.state, v.digest from validation v where v.deployment_id = a.deployment_id
           order by v.created_at desc, v.uuid desc limit 1) v
       where a.uuid = any($1::uuid[]) and a.decision = 'APPROVED' and v.state = 'PASSED' and v.digest = a.digest
         and d.state not in ('DRAFT', 'VALIDATING', 'BLOCKED', 'INVALIDATED', 'EXPIRED')
         and not exists (select from approval later where later.deployment_id = a.deployment_id
           and later.decision = 'REJECTED' and (later.created_at, later.uuid) > (a.created_at, a.uuid))`,
      [uuids],
    )
    return new Map(found.map(({ uuid }) => [uuid, true]))
  })
  return valid ?? false
}

/** For `node(id)`. */
export const approvalNodeLoaders: Partial<
  Record<NodePrefix, (context: Context, uuids: string[]) => Promise<Map<string, object>>>
> = {
  apr: async (context, uuids) => {
    const values: unknown[] = [uuids]
    const scope = scopeCondition(viewerOf(context), 'deployment.read', 'd.scope_ids', values)
    const found = await rows<object>(
      context.em,
      `select a.* from approval a join deployment d on d.uuid = a.deployment_id
       where a.uuid = any($1::uuid[]) ${scope ? `and ${scope}` : ''}`,
      values,
    )
    return byKey(lean(context.em, Approval, found), (approval) => approval.uuid)
  },
}
