import { registerEnumType } from 'type-graphql'
import { lifecycle, type ActionOf, type StateOf } from '../kernel/lifecycle.ts'

/**
 * What, where and how are edited in DRAFT and PLANNED; tasks become ready from PLANNED on. COMPLETED: all tasks are over.
 * CLOSED: reviewed, nothing more follows.
 */
export const releaseLifecycle = lifecycle('release', 'DRAFT', {
  DRAFT: { plan: 'PLANNED', cancel: 'CANCELLED' },
  PLANNED: { start: 'IN_PROGRESS', revise: 'DRAFT', cancel: 'CANCELLED' },
  IN_PROGRESS: { complete: 'COMPLETED', cancel: 'CANCELLED' },
  COMPLETED: { close: 'CLOSED' },
  CLOSED: {},
  CANCELLED: {},
})

export type ReleaseState = StateOf<typeof releaseLifecycle>
export type ReleaseAction = ActionOf<typeof releaseLifecycle>

/** In these states sources, targets and plans may be edited. */
export const editableReleaseStates: readonly ReleaseState[] = ['DRAFT', 'PLANNED']

/** In these it is approved or rejected. */
export const decidableReleaseStates: readonly ReleaseState[] = ['PLANNED', 'IN_PROGRESS']

export const ReleaseStates = Object.fromEntries(releaseLifecycle.states.map((state) => [state, state]))
registerEnumType(ReleaseStates, { name: 'ReleaseState', description: 'Where a release is on its way.' })
