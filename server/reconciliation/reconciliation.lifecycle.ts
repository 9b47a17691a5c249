import { lifecycle, type ActionOf, type StateOf } from '../kernel/lifecycle.ts'

export const reconciliationRunLifecycle = lifecycle('reconciliation run', 'QUEUED', {
  QUEUED: { begin: 'RUNNING', fail: 'FAILED' },
  RUNNING: { finish: 'SUCCEEDED', fail: 'FAILED' },
  SUCCEEDED: {},
  FAILED: {},
})

export type ReconciliationRunState = StateOf<typeof reconciliationRunLifecycle>

/**
 * `close` is what a later run does with a result that does not hold any more. `link` says which item it is, `keepApart` that it
 * is to stay as it is, by a rule.
 */
export const resultLifecycle = lifecycle('reconciliation result', 'OPEN', {
  OPEN: {
    acceptActual: 'RESOLVED',
    link: 'RESOLVED',
    keepApart: 'RESOLVED',
    resolve: 'RESOLVED',
    ignore: 'IGNORED',
    close: 'RESOLVED',
  },
  IGNORED: {
    acceptActual: 'RESOLVED',
    link: 'RESOLVED',
    keepApart: 'RESOLVED',
    resolve: 'RESOLVED',
    close: 'RESOLVED',
  },
  RESOLVED: {},
})

export type ResultState = StateOf<typeof resultLifecycle>
export type ResultAction = ActionOf<typeof resultLifecycle>
