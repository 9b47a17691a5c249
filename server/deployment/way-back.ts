import type { EntityManager } from '@mikro-orm/postgresql'
import { batch, groupedBy } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { rows } from '../kernel/sql.ts'
import { reachesWhole } from '../kernel/whole-reach.ts'
import { versionField } from '../library/library.reads.ts'
import type { Deployment } from './deployment.entity.ts'
import { isOver } from './deployment.lifecycle.ts'
import type { WayBack } from './deployment.types.ts'
import { deploymentTargetScopes } from './load.ts'

/** Names of targets that are shown before a roll-back is made. */
const NAMED = 20

export interface Touched {
  deploymentId: string
  itemId: string
  name: string
  scopeIds: string[]
  number: string
  versionId: string
}

/** Whether somebody may ask for a roll-back in this state. */
export const mayTurnBack = ({ state }: Deployment): boolean => isOver(state) || state === 'INTERVENTION'

/**
 * The targets of deployments that may have been changed and whose version before is known; of each deployment those with
 * the most frequent one first. A roll-back goes to the version of the first.
 */
export function touchedTargets(em: EntityManager, deploymentIds: readonly string[]): Promise<Touched[]> {
  return rows<Touched>(
    em,
    `select t.deployment_id as "deploymentId", t.item_id as "itemId", i.name, t.scope_ids as "scopeIds", v.number,
       v.uuid as "versionId"
     from deployment_target t join package_version v on v.uuid = t.previous_version_id
       join deployment d on d.uuid = t.deployment_id join configuration_item i on i.uuid = t.item_id
     where t.deployment_id = any($1::uuid[]) and t.touched and v.uuid <> d.source_id
     order by t.deployment_id, count(*) over (partition by t.deployment_id, v.uuid) desc, v.uuid, t.idx`,
    [deploymentIds],
  )
}

/** What a roll-back would do now; null where there is none, or where the caller may not make it. */
export async function wayBackOf(context: Context, deployment: Deployment): Promise<WayBack | null> {
  if (!mayTurnBack(deployment)) return null
  if (!(await reachesWhole(context, 'deployment.control', deployment, deploymentTargetScopes))) return null
  const all = await batch(context, 'wayBack', deployment.uuid, async (uuids) =>
    groupedBy(await touchedTargets(context.em, uuids), ({ deploymentId }) => deploymentId),
  )
  const versionId = all?.[0]?.versionId
  if (!all || !versionId) return null
  const targets = all.filter((each) => each.versionId === versionId)
  return {
    source: await versionField(context, versionId),
    targetTotal: targets.length,
    leftOut: all.length - targets.length,
    targetNames: targets.slice(0, NAMED).map(({ name }) => name),
  }
}
