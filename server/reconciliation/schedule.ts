/** Runs tasks by the clock: a job waits for the time of each; what it finds changed in the meantime, it follows. */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Services } from '../kernel/context.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { BadInput } from '../kernel/errors.ts'
import { ReconciliationTask } from './reconciliation-task.entity.ts'
import { startReconciliation } from './reconciliation.service.ts'

const QUEUE = 'reconciliation-clock'
/** When another run is under way at the time. */
const LATER = 60 // s

/** Has the task run at its time; of an inactive one, or one without a time, nothing happens. */
export async function scheduleTask(
  em: EntityManager,
  { jobs }: Pick<Services, 'jobs'>,
  task: ReconciliationTask,
): Promise<void> {
  if (!task.active || !task.nextAt) return
  const startAfterSeconds = Math.max(1, Math.ceil((task.nextAt.getTime() - Date.now()) / 1000))
  await jobs.enqueue(em, QUEUE, { taskId: task.uuid, at: task.nextAt.toISOString() }, { startAfterSeconds })
}

/** Declares who looks at the clock. */
export function workReconciliationClock(jobs: Jobs, em: EntityManager): void {
  jobs.work<{ taskId: string; at: string }>(QUEUE, { batch: 1, concurrency: 1 }, ({ data }) =>
    runOnTime(em, { jobs }, data.taskId, data.at),
  )
}

/** Starts the task if `at` is still its time, and sets the next one. */
export async function runOnTime(
  em: EntityManager,
  services: Pick<Services, 'jobs'>,
  taskId: string,
  at: string,
): Promise<void> {
  await em.fork().transactional(async (em) => {
    const task = await em.findOne(ReconciliationTask, taskId, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
    if (!task?.active || !task.everyMinutes || task.nextAt?.toISOString() !== at) return
    let wait = task.everyMinutes * 60
    try {
      await startReconciliation(
        em,
        services,
        { by: null, reason: `By the clock of ${task.name}.` },
        { taskId: task.id },
      )
    } catch (error) {
      if (!(error instanceof BadInput)) throw error
      wait = LATER
    }
    task.nextAt = new Date(Date.now() + wait * 1_000)
    await em.flush()
    await scheduleTask(em, services, task)
  })
}
