import { lifecycle, type StateOf } from '../kernel/lifecycle.ts'

export const discoveryRunLifecycle = lifecycle('discovery run', 'QUEUED', {
  QUEUED: { begin: 'RUNNING', cancel: 'CANCELLED', fail: 'FAILED' },
  RUNNING: { finish: 'SUCCEEDED', cancel: 'CANCELLED', fail: 'FAILED' },
  SUCCEEDED: {},
  FAILED: {},
  CANCELLED: {},
})

export type DiscoveryRunState = StateOf<typeof discoveryRunLifecycle>
