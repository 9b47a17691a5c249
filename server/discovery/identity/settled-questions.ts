/** Questions that the answer to another one leaves without an object close by themselves, and open again when it is undone. */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { moveMany } from '../../kernel/move.ts'
import { rows } from '../../kernel/sql.ts'
import { IdentityQuestion } from './question.entity.ts'
import { questionLifecycle } from './question.lifecycle.ts'

/** SQL: of `identity_question q` there is nothing left to decide, because its item or all of its candidates are parts of others. */
const WITHOUT_OBJECT = `(exists (select from actual_item a where a.uuid = q.item_id and a.state = 'MERGED')
  or q.candidates <> '{}' and not exists (
    select from actual_item c where c.uuid = any(q.candidates) and c.state <> 'MERGED'))`

/** After a merge: closes the open questions about what was merged, with the reason in their history. */
export async function settleQuestions(em: EntityManager, answered: IdentityQuestion): Promise<void> {
  const items = [answered.itemId, ...answered.candidates]
  const reason = `Its items were merged by the answer to ${answered.number}.`
  const settled = await touched(em, items, `q.state = 'OPEN' and ${WITHOUT_OBJECT}`)
  for (const question of settled) Object.assign(question, { comment: reason, decidedBy: null, decidedAt: new Date() })
  await moveMany(
    em,
    settled.map((thing) => ({ thing, action: 'settle' as const })),
    questionLifecycle,
    { by: null, reason },
  )
}

/** After a merge was undone: opens what it had settled. */
export async function reopenQuestions(em: EntityManager, undone: IdentityQuestion): Promise<void> {
  const items = [undone.itemId, ...undone.candidates]
  const reopened = await touched(em, items, `q.state = 'SETTLED' and not ${WITHOUT_OBJECT}`)
  for (const question of reopened) Object.assign(question, { comment: null, decidedAt: null })
  await moveMany(
    em,
    reopened.map((thing) => ({ thing, action: 'reopen' as const })),
    questionLifecycle,
    { by: null, reason: `The answer to ${undone.number} was taken back.` },
  )
}

async function touched(em: EntityManager, items: readonly string[], where: string): Promise<IdentityQuestion[]> {
  const found = await rows<{ uuid: string }>(
    em,
    `select q.uuid from identity_question q where (q.item_id = any($1::uuid[]) or q.candidates && $1::uuid[]) and ${where}`,
    [items],
  )
  if (found.length === 0) return []
  return em.find(
    IdentityQuestion,
    { uuid: { $in: found.map(({ uuid }) => uuid) } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true, orderBy: { uuid: 'asc' } },
  )
}
