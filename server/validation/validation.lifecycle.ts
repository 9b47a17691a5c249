import { lifecycle, type StateOf } from '../kernel/lifecycle.ts'

/** A check of one plan. PASSED is the only state that lets a deployment start; a new check is a new validation, which supersedes it. */
export const validationLifecycle = lifecycle('validation', 'RUNNING', {
  RUNNING: { pass: 'PASSED', block: 'BLOCKED', fail: 'FAILED' },
  PASSED: { invalidate: 'INVALIDATED', expire: 'EXPIRED', supersede: 'SUPERSEDED' },
  BLOCKED: {},
  FAILED: {},
  INVALIDATED: {},
  EXPIRED: {},
  SUPERSEDED: {},
})

export type ValidationState = StateOf<typeof validationLifecycle>
