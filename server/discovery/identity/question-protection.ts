/** Whether the protection of a linked item would refuse an answer, said before it is given. */
import type { Context } from '../../kernel/context.ts'
import { whyUnchangeable } from '../../item/protection.ts'
import { actualItemOf } from '../actual.reads.ts'
import { linkedItem } from '../linked-item.ts'
import type { IdentityQuestion } from './question.entity.ts'

/** The words of the refusal, or null when the two may be made one. */
export async function whyNotMerge(context: Context, actualIds: readonly string[]): Promise<string | null> {
  const linked = await Promise.all(actualIds.map((uuid) => linkedItem(context, { uuid })))
  const why = await Promise.all(linked.map((item) => item && whyUnchangeable(context, item)))
  return why.find((one) => one !== null) ?? null
}

/** Of the actions that the state allows, those that would be refused: all merges, or the undoing of one. */
export async function refusedByProtection(
  context: Context,
  { itemId, candidates, state }: IdentityQuestion,
  possible: readonly string[],
): Promise<string[]> {
  if (possible.includes('merge')) {
    const why = await Promise.all(candidates.map((candidate) => whyNotMerge(context, [itemId, candidate])))
    return why.length > 0 && why.every((one) => one !== null) ? ['merge'] : []
  }
  if (state !== 'MERGED' || !possible.includes('undo')) return []
  const item = await actualItemOf(context, itemId)
  return (await whyNotMerge(context, [item?.mergedInto ?? itemId])) === null ? [] : ['undo']
}
