import { lifecycle, type ActionOf, type StateOf } from '../kernel/lifecycle.ts'

/**
 * One try at one target. CLAIMED: the item is reserved, nothing can have happened. STARTING: the intent is committed, from
 * here on an effect is possible. RUNNING: the module has reported. VERIFYING: its process was lost or its time is up, and
 * the target is asked what became of it. IN_DOUBT: nobody can tell, a person decides; the item stays reserved.
 */
export const attemptLifecycle = lifecycle('attempt', 'CLAIMED', {
  CLAIMED: { intend: 'STARTING', fail: 'FAILED', cancel: 'CANCELLED' },
  STARTING: {
    begin: 'RUNNING',
    pass: 'OK',
    fail: 'FAILED',
    verify: 'VERIFYING',
    expire: 'TIMED_OUT',
    cancel: 'CANCELLED',
    lose: 'IN_DOUBT',
  },
  RUNNING: {
    pass: 'OK',
    fail: 'FAILED',
    verify: 'VERIFYING',
    expire: 'TIMED_OUT',
    cancel: 'CANCELLED',
    lose: 'IN_DOUBT',
  },
  VERIFYING: {
    repeat: 'STARTING',
    pass: 'OK',
    fail: 'FAILED',
    expire: 'TIMED_OUT',
    cancel: 'CANCELLED',
    lose: 'IN_DOUBT',
  },
  IN_DOUBT: { pass: 'OK', fail: 'FAILED' },
  OK: {},
  FAILED: {},
  TIMED_OUT: {},
  CANCELLED: {},
})

export type AttemptState = StateOf<typeof attemptLifecycle>
export type AttemptAction = ActionOf<typeof attemptLifecycle>

/** In these an attempt holds its item, over all deployments (the partial unique index of migration 50). */
export const holdingStates = ['CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING', 'IN_DOUBT'] as const
/** In these a module may be at work. */
export const workingStates = ['CLAIMED', 'STARTING', 'RUNNING', 'VERIFYING'] as const
