import { lifecycle, type StateOf } from '../kernel/lifecycle.ts'

/** A check of one plan. PASSED is the only state that lets a deployment start; a new check is a new validation. */
export const validationLifecycle = lifecycle('validation', 'RUNNING', {
  RUNNING: { pass: 'PASSED', block: 'BLOCKED', fail: 'FAILED' },
  PASSED: { invalidate: 'INVALIDATED', expire: 'EXPIRED' },
  BLOCKED: {},
  FAILED: {},
  INVALIDATED: {},
  EXPIRED: {},
})

export type ValidationState = StateOf<typeof validationLifecycle>
