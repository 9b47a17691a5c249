import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'
import { toNodeId } from '../kernel/node-id.ts'
import type { Release } from '../release/release.entity.ts'
import type { Task } from './task.entity.ts'
import type { TaskReadiness } from './readiness.ts'

/** What a task does is settled once it is under way. */
export class TaskNotEditable extends Refusal {
  static override code: ErrorCode = 'TASK_NOT_EDITABLE'
  constructor(task: Task) {
    super(`${task.number} is ${task.state}; it can be edited only while it is WAITING or READY.`, {
      itemId: toNodeId('tsk', task.uuid),
      rule: 'task is editable',
      evidence: { state: task.state },
    })
  }
}

/** Something is missing (step 7). */
export class TaskNotReady extends Refusal {
  static override code: ErrorCode = 'TASK_NOT_READY'
  constructor(task: Task, { missing }: TaskReadiness) {
    super(`${task.number} is not ready. ${missing.map(({ message }) => message).join(' ')}`, {
      itemId: toNodeId('tsk', task.uuid),
      rule: missing[0]?.rule ?? 'readiness',
      evidence: { missing: missing.map(({ rule, message, itemId }) => ({ rule, message, itemId })) },
    })
  }
}

/** Work begins when the release does: from then on its sources and targets are settled. */
export class ReleaseNotStarted extends Refusal {
  static override code: ErrorCode = 'RELEASE_NOT_STARTED'
  constructor(task: Task, release: Release) {
    super(`${task.number} cannot start: ${release.number} is ${release.state}. Start the release first.`, {
      itemId: release.id,
      rule: 'release is in progress',
      evidence: { state: release.state },
    })
  }
}

/** A task would wait for itself. */
export class TaskCycle extends Refusal {
  static override code: ErrorCode = 'TASK_CYCLE'
  constructor(path: string[]) {
    super(`These tasks would wait for each other: ${path.join(' → ')}.`, {
      field: ['predecessorIds'],
      rule: 'no cycles',
      evidence: { path },
    })
  }
}

/** A release ends when its tasks are over. */
export class TasksOpen extends Refusal {
  static override code: ErrorCode = 'TASKS_OPEN'
  constructor(release: Release, action: string, tasks: string[]) {
    super(
      `${release.number} cannot ${action} while tasks of it are not over: ${tasks.join(', ')}. Complete or cancel them first.`,
      { itemId: toNodeId('rls', release.uuid), rule: 'tasks are over', evidence: { tasks } },
    )
  }
}
