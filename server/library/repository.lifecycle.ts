import { registerEnumType } from 'type-graphql'
import { lifecycle, type StateOf } from '../kernel/lifecycle.ts'

export const repositoryLifecycle = lifecycle('repository', 'ACTIVE', {
  ACTIVE: { retire: 'RETIRED' },
  RETIRED: {},
})

export type RepositoryState = StateOf<typeof repositoryLifecycle>

export const RepositoryStates = Object.fromEntries(repositoryLifecycle.states.map((state) => [state, state]))
registerEnumType(RepositoryStates, { name: 'RepositoryState', description: 'A retired repository is scanned no more.' })

export const scanLifecycle = lifecycle('scan', 'QUEUED', {
  QUEUED: { begin: 'RUNNING', fail: 'FAILED' },
  RUNNING: { succeed: 'SUCCEEDED', fail: 'FAILED' },
  SUCCEEDED: {},
  FAILED: {},
})

export type ScanState = StateOf<typeof scanLifecycle>

export const ScanStates = Object.fromEntries(scanLifecycle.states.map((state) => [state, state]))
registerEnumType(ScanStates, {
  name: 'RepositoryScanState',
  description: 'A scan that FAILED has changed nothing.',
})
