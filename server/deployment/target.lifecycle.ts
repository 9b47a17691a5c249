import { lifecycle, type ActionOf, type StateOf } from '../kernel/lifecycle.ts'

/**
 * One target of one deployment. DEFERRED waits because another attempt is at the same item. REPORTED_OK is what the
 * module says; whether it is so is the second field, `confirmation`. `requeue` follows an attempt that died before it
 * changed anything.
 */
export const targetLifecycle = lifecycle('target', 'PENDING', {
  PENDING: {
    begin: 'RUNNING',
    defer: 'DEFERRED',
    exclude: 'EXCLUDED',
    cancel: 'CANCELLED',
    confirm: 'REPORTED_OK',
    fail: 'FAILED',
  },
  DEFERRED: { begin: 'RUNNING', exclude: 'EXCLUDED', cancel: 'CANCELLED' },
  RUNNING: {
    report: 'REPORTED_OK',
    fail: 'FAILED',
    expire: 'TIMED_OUT',
    lose: 'IN_DOUBT',
    cancel: 'CANCELLED',
    requeue: 'PENDING',
  },
  IN_DOUBT: { resolveOk: 'REPORTED_OK', resolveFailed: 'FAILED' },
  REPORTED_OK: { retry: 'PENDING' },
  FAILED: { retry: 'PENDING', exclude: 'EXCLUDED' },
  TIMED_OUT: { retry: 'PENDING', exclude: 'EXCLUDED' },
  EXCLUDED: {},
  CANCELLED: {},
})

export type TargetState = StateOf<typeof targetLifecycle>
export type TargetAction = ActionOf<typeof targetLifecycle>

/** The states in which a target is left alone until a person acts. */
export const badStates = ['FAILED', 'TIMED_OUT', 'IN_DOUBT'] as const
