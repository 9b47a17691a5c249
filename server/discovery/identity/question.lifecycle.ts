import { lifecycle, type StateOf } from '../../kernel/lifecycle.ts'

/**
 * What discovery could not decide. An answer can be taken back; a merge that is undone opens its question again. SETTLED:
 * another answer merged what it is about; it opens again when that is undone.
 */
export const questionLifecycle = lifecycle('identity question', 'OPEN', {
  OPEN: {
    merge: 'MERGED',
    keepApart: 'KEPT_APART',
    reclassify: 'RECLASSIFIED',
    dismiss: 'DISMISSED',
    settle: 'SETTLED',
  },
  MERGED: { undo: 'OPEN' },
  KEPT_APART: { undo: 'OPEN' },
  RECLASSIFIED: { undo: 'OPEN' },
  DISMISSED: { undo: 'OPEN' },
  SETTLED: { reopen: 'OPEN' },
})

export type QuestionState = StateOf<typeof questionLifecycle>
