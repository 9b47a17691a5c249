import { lifecycle, type StateOf } from '../kernel/lifecycle.ts'

/** An account is never deleted: history and audit point to it. */
export const accountLifecycle = lifecycle('account', 'INVITED', {
  INVITED: { activate: 'ACTIVE', disable: 'DISABLED' },
  ACTIVE: { disable: 'DISABLED' },
  DISABLED: {},
})

export type AccountState = StateOf<typeof accountLifecycle>
