import { lifecycle, type ActionOf, type StateOf } from '../kernel/lifecycle.ts'

/** Acknowledged: somebody knows of it. Explained: somebody said what it was. */
export const unplannedLifecycle = lifecycle('unplanned change', 'OPEN', {
  OPEN: { acknowledge: 'ACKNOWLEDGED', explain: 'EXPLAINED' },
  ACKNOWLEDGED: { explain: 'EXPLAINED', reopen: 'OPEN' },
  EXPLAINED: { reopen: 'OPEN' },
})

export type UnplannedState = StateOf<typeof unplannedLifecycle>
export type UnplannedAction = ActionOf<typeof unplannedLifecycle>
