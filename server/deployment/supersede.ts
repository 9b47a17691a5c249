import type { EntityManager } from '@mikro-orm/postgresql'
import { move } from '../kernel/move.ts'
import { rows } from '../kernel/sql.ts'
import type { Deployment } from './deployment.entity.ts'
import { deploymentLifecycle } from './deployment.lifecycle.ts'
import { lockDeployment } from './load.ts'

const supersedable = deploymentLifecycle.states.filter((state) => deploymentLifecycle.next(state, 'supersede'))

/**
 * What was planned earlier by the same task for the same items, all of them, and was never started, is SUPERSEDED by a
 * deployment that is started now. Roll-backs are apart: neither do they replace a plan, nor does a plan replace them.
 */
export async function supersedeEarlier(em: EntityManager, started: Deployment, by: string | null): Promise<void> {
  if (started.rollBackOfId !== null) return
  const earlier = await rows<{ uuid: string }>(
    em,
    `select d.uuid from deployment d
     where d.task_id = $1 and d.uuid <> $2 and (d.created_at, d.uuid) < ($3, $2) and d.roll_back_of_id is null
       and d.state = any($4::text[]) and not exists (
         select from deployment_target t where t.deployment_id = d.uuid and t.state <> 'EXCLUDED' and not exists (
           select from deployment_target n
           where n.deployment_id = $2 and n.item_id = t.item_id and n.state in ('PENDING', 'DEFERRED')))
     order by d.created_at desc`,
    [started.taskId, started.uuid, started.createdAt, supersedable],
  )
  for (const { uuid } of earlier) {
    const deployment = await lockDeployment(em, uuid)
    if (!deployment || !deploymentLifecycle.next(deployment.state, 'supersede')) continue
    deployment.finishedAt = new Date()
    const reason = `${started.number} was started for the same targets.`
    await move(em, deployment, deploymentLifecycle, 'supersede', { by, reason })
  }
}
