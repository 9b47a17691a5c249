import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, groupedBy } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import type { Deployment } from './deployment.entity.ts'
import { Cause, TargetCounts } from './deployment.types.ts'
import { mayTurnBack } from './way-back.ts'

const NONE: TargetCounts = {
  pending: 0,
  deferred: 0,
  running: 0,
  reported: 0,
  failed: 0,
  timedOut: 0,
  inDoubt: 0,
  excluded: 0,
  cancelled: 0,
  confirmed: 0,
  contradicted: 0,
  unconfirmed: 0,
}

/** The targets of a deployment that the caller sees, counted; all deployments of a level in one statement. */
export async function countsOf(context: Context, deploymentId: string): Promise<TargetCounts> {
  const counts = await batch(context, 'targetCounts', deploymentId, async (uuids) => {
    const of = (state: string) => `count(*) filter (where state = '${state}')::int`
    const seen = (confirmation: string) =>
      `count(*) filter (where state = 'REPORTED_OK' and confirmation = '${confirmation}')::int`
    const { values, within } = visible(context, uuids)
    const counted = await rows<TargetCounts & { id: string }>(
      context.em,
      `select deployment_id as id, ${of('PENDING')} as pending, ${of('DEFERRED')} as deferred, ${of('RUNNING')} as running,
         ${seen('AWAITED')} as reported, ${of('FAILED')} as failed, ${of('TIMED_OUT')} as "timedOut",
         ${of('IN_DOUBT')} as "inDoubt", ${of('EXCLUDED')} as excluded,
         ${of('CANCELLED')} as cancelled, ${seen('CONFIRMED')} as confirmed, ${seen('CONTRADICTED')} as contradicted,
         ${seen('UNCONFIRMED')} as unconfirmed
       from deployment_target t where deployment_id = any($1::uuid[]) ${within} group by 1`,
      values,
    )
    return new Map(counted.map(({ id, ...count }) => [id, Object.assign(new TargetCounts(), count)]))
  })
  return counts ?? NONE
}

const MOST_IDS = 200

/** Why targets that the caller sees ended badly: equal sentences together, the most frequent first. */
export async function causesOf(context: Context, deploymentId: string): Promise<Cause[]> {
  const causes = await batch(context, 'causes', deploymentId, async (uuids) => {
    const { values, within } = visible(context, uuids)
    const found = await rows<{ id: string; message: string; count: number; targets: string[] }>(
      context.em,
      `select t.deployment_id as id, coalesce(t.cause, e.detail, 'No reason is known.') as message, count(*)::int as count,
         (array_agg(t.uuid::text order by t.idx))[1:${MOST_IDS}] as targets
       from deployment_target t left join lateral (
         select detail from evidence e where e.target_id = t.uuid and t.confirmation = 'CONTRADICTED'
         order by created_at desc limit 1) e on true
       where t.deployment_id = any($1::uuid[]) ${within}
         and (t.state in ('FAILED', 'TIMED_OUT', 'IN_DOUBT') or t.confirmation = 'CONTRADICTED')
       group by 1, 2 order by count(*) desc, 2`,
      values,
    )
    const groups = groupedBy(found, ({ id }) => id)
    return new Map([...groups].map(([id, group]) => [id, group.map(causeOf)]))
  })
  return causes ?? []
}

/** Of `deployment_target t`: one target within reach lets somebody see a deployment, but no other target (D12). */
function visible(context: Context, uuids: string[]): { values: unknown[]; within: string } {
  const values: unknown[] = [uuids]
  const scope = scopeCondition(viewerOf(context), 'deployment.read', 't.scope_ids', values)
  return { values, within: scope ? `and ${scope}` : '' }
}

function causeOf({ message, count, targets }: { message: string; count: number; targets: string[] }): Cause {
  return Object.assign(new Cause(), { message, count, targetIds: targets.map((uuid) => toNodeId('tgt', uuid)) })
}

/** Whether a roll-back would have a version and a target. */
export async function canRollBack(context: Context, deployment: Deployment): Promise<boolean> {
  if (!mayTurnBack(deployment)) return false
  const possible = await batch(context, 'canRollBack', deployment.uuid, async (uuids) => {
    const found = await rows<{ id: string }>(
      context.em,
      `select distinct t.deployment_id as id from deployment_target t join deployment d on d.uuid = t.deployment_id
       where t.deployment_id = any($1::uuid[]) and t.touched and t.previous_version_id <> d.source_id`,
      [uuids],
    )
    return new Map(found.map(({ id }) => [id, true]))
  })
  return possible ?? false
}
