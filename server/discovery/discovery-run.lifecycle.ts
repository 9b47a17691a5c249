import { lifecycle, type StateOf } from '../kernel/lifecycle.ts'

/** Where the policy of the product says so, what a run would change waits for a person. */
export const discoveryRunLifecycle = lifecycle('discovery run', 'QUEUED', {
  QUEUED: { begin: 'RUNNING', cancel: 'CANCELLED', fail: 'FAILED' },
  RUNNING: { finish: 'SUCCEEDED', propose: 'AWAITING_REVIEW', cancel: 'CANCELLED', fail: 'FAILED' },
  AWAITING_REVIEW: { apply: 'APPLYING', discard: 'DISCARDED' },
  APPLYING: { finish: 'SUCCEEDED', propose: 'AWAITING_REVIEW', fail: 'FAILED' },
  SUCCEEDED: {},
  FAILED: {},
  CANCELLED: {},
  DISCARDED: {},
})

export type DiscoveryRunState = StateOf<typeof discoveryRunLifecycle>
