import type { EntityManager } from '@mikro-orm/postgresql'
import { Refusal } from '../kernel/errors.ts'
import type { ErrorCode } from '../kernel/error-codes.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import type { TaskGate } from '../task/task.gate.ts'
import { activeStates } from './deployment.lifecycle.ts'

/** A task does not end while one of its deployments is under way. */
export class DeploymentUnderWay extends Refusal {
  static override code: ErrorCode = 'DEPLOYMENT_UNDER_WAY'
}

/** What deployments have to say to the moves of their task; app.ts hands it in. */
export const deploymentTaskGate: TaskGate = {
  id: 'deployments',
  async check(em: EntityManager, task, action) {
    if (action !== 'complete' && action !== 'cancel') return []
    const moving = await row<{ uuid: string; number: string; state: string }>(
      em,
      `select uuid, number, state from deployment where task_id = $1 and state = any($2::text[]) order by number limit 1`,
      [task.uuid, activeStates],
    )
    if (!moving) return []
    const { uuid, number, state } = moving
    const message = `${task.number} cannot ${action} while ${number} is ${state}; let it end or cancel it first.`
    return [
      new DeploymentUnderWay(message, {
        itemId: toNodeId('dpl', uuid),
        rule: 'deployments ended',
        evidence: { state },
      }),
    ]
  },
}
