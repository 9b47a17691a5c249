import type { EntityManager } from '@mikro-orm/postgresql'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { EVERYTHING, ReconciliationTask } from './reconciliation-task.entity.ts'

/** The task that a run is asked for; refuses one that is not active. */
export async function taskToRun(em: EntityManager, id: string | null | undefined): Promise<ReconciliationTask> {
  const task = await em.findOne(ReconciliationTask, id ? uuidOf(id, 'rct', ['taskId']) : EVERYTHING)
  if (!task) throw new NotFound('reconciliation task', id ?? 'Everything', ['taskId'])
  if (task.active) return task
  throw new BadInput(`The task ${task.name} is not active. Make it active, then run it.`, {
    field: ['taskId'],
    rule: 'active task',
    evidence: { taskId: toNodeId('rct', task.uuid) },
  })
}
