import { registerEnumType } from 'type-graphql'
import { lifecycle, type ActionOf, type StateOf } from '../kernel/lifecycle.ts'

/**
 * WAITING ⇄ READY follows the readiness check and is nobody's decision: `becomeReady` and `wait` are Waybill's own. A task
 * follows its deployments: it starts with the first, is COMPLETED when every target was seen to have what was intended, and
 * `fail`s when they ended otherwise; `start` tries again, `complete` accepts it as it is.
 */
export const taskLifecycle = lifecycle('task', 'WAITING', {
  WAITING: { becomeReady: 'READY', cancel: 'CANCELLED' },
  READY: { wait: 'WAITING', start: 'IN_PROGRESS', cancel: 'CANCELLED' },
  IN_PROGRESS: { complete: 'COMPLETED', fail: 'FAILED', cancel: 'CANCELLED' },
  FAILED: { start: 'IN_PROGRESS', complete: 'COMPLETED', cancel: 'CANCELLED' },
  COMPLETED: {},
  CANCELLED: {},
})

export type TaskState = StateOf<typeof taskLifecycle>
export type TaskAction = ActionOf<typeof taskLifecycle>

/** What people may do; the rest is Waybill's. */
export const taskActionsOfPeople: readonly TaskAction[] = ['start', 'complete', 'cancel']

/** In these states a task may still be changed, and follows its release. */
export const editableTaskStates: readonly TaskState[] = ['WAITING', 'READY']

export const TaskStates = Object.fromEntries(taskLifecycle.states.map((state) => [state, state]))
registerEnumType(TaskStates, { name: 'TaskState', description: 'READY: nothing is missing; see readiness.' })

export const TaskTypes = { SOFTWARE_DISTRIBUTION: 'SOFTWARE_DISTRIBUTION', GENERAL: 'GENERAL' } as const
export type TaskType = keyof typeof TaskTypes
registerEnumType(TaskTypes, {
  name: 'TaskType',
  description:
    'A SOFTWARE_DISTRIBUTION carries a package version to items; a GENERAL task is anything else that a person does.',
})
