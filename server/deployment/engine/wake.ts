import type { EntityManager } from '@mikro-orm/postgresql'
import type { Jobs } from '../../kernel/jobs.ts'

/** Queue whose jobs say that a deployment has work. The rows say which; a lost job costs a second (engine/sweep.ts). */
export const RUN_QUEUE = 'deployment.run'
/** Queue whose jobs say that targets of a deployment were reported and should be looked at. */
export const CONFIRM_QUEUE = 'deployment.confirm'

/** Asks the workers to look at a deployment, in the caller's transaction. */
export function wakeEngine(em: EntityManager, jobs: Jobs, deploymentId: string): Promise<void> {
  return jobs.enqueue(em, RUN_QUEUE, { deploymentId }, { singletonKey: deploymentId })
}

/** Asks for a look at the reported targets of a deployment, in the caller's transaction. */
export function wakeConfirmation(em: EntityManager, jobs: Jobs, deploymentId: string): Promise<void> {
  return jobs.enqueue(em, CONFIRM_QUEUE, { deploymentId }, { singletonKey: deploymentId })
}
