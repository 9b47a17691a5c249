import type { EntityManager } from '@mikro-orm/postgresql'
import type { Refusal } from '../kernel/errors.ts'
import type { Task } from './task.entity.ts'
import type { TaskAction } from './task.lifecycle.ts'

/** What stands above a task and has a say in its moves, such as a deployment that still runs; app.ts hands them in. */
export interface TaskGate {
  readonly id: string
  /** Why the action is not possible now; empty: no objection. */
  check(em: EntityManager, task: Task, action: TaskAction): Promise<Refusal[]>
}

declare module '../kernel/context.ts' {
  interface Services {
    taskGates: readonly TaskGate[]
  }
}
