import { lifecycle, type ActionOf, type StateOf } from '../kernel/lifecycle.ts'

/**
 * A host has at most one approved key. `differ` is what happens to a key when another one of its host is approved, or has
 * been when it is first seen; `replace` is what happens to the one that was.
 */
export const hostKeyLifecycle = lifecycle('host key', 'PENDING', {
  PENDING: { approve: 'APPROVED', reject: 'REJECTED', differ: 'CHANGED' },
  CHANGED: { approve: 'APPROVED', reject: 'REJECTED' },
  APPROVED: { reject: 'REJECTED', replace: 'REJECTED' },
  REJECTED: { approve: 'APPROVED' },
})

export type HostKeyState = StateOf<typeof hostKeyLifecycle>
export type HostKeyAction = ActionOf<typeof hostKeyLifecycle>
