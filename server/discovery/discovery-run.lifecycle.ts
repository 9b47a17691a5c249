import { lifecycle, type StateOf } from '../kernel/lifecycle.ts'

/**
 * Where the policy of the product says so, what a run would change waits for a person. A run that failed or was cancelled
 * may be resumed: it goes on with what it had not read.
 */
export const discoveryRunLifecycle = lifecycle('discovery run', 'QUEUED', {
  QUEUED: { begin: 'RUNNING', cancel: 'CANCELLED', fail: 'FAILED' },
  RUNNING: { finish: 'SUCCEEDED', propose: 'AWAITING_REVIEW', cancel: 'CANCELLED', fail: 'FAILED' },
  AWAITING_REVIEW: { apply: 'APPLYING', discard: 'DISCARDED' },
  APPLYING: { finish: 'SUCCEEDED', propose: 'AWAITING_REVIEW', fail: 'FAILED' },
  SUCCEEDED: {},
  FAILED: { resume: 'QUEUED' },
  CANCELLED: { resume: 'QUEUED' },
  DISCARDED: {},
})

export type DiscoveryRunState = StateOf<typeof discoveryRunLifecycle>

/** Nothing is done in it, unless somebody resumes it. */
export const isOver = (state: DiscoveryRunState): boolean =>
  ['SUCCEEDED', 'FAILED', 'CANCELLED', 'DISCARDED'].includes(state)
