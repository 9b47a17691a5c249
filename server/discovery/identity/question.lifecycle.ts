import { lifecycle, type StateOf } from '../../kernel/lifecycle.ts'

/** What discovery could not decide. An answer can be taken back; a merge that is undone opens its question again. */
export const questionLifecycle = lifecycle('identity question', 'OPEN', {
  OPEN: { merge: 'MERGED', keepApart: 'KEPT_APART', reclassify: 'RECLASSIFIED', dismiss: 'DISMISSED' },
  MERGED: { undo: 'OPEN' },
  KEPT_APART: { undo: 'OPEN' },
  RECLASSIFIED: { undo: 'OPEN' },
  DISMISSED: { undo: 'OPEN' },
})

export type QuestionState = StateOf<typeof questionLifecycle>
