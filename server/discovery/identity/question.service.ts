import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../../kernel/context.ts'
import { BadInput, NotFound } from '../../kernel/errors.ts'
import { expectVersion, move, type Because } from '../../kernel/move.ts'
import { uuidOf } from '../../kernel/node-id.ts'
import { row, rows } from '../../kernel/sql.ts'
import { becauseOf } from '../../item/item.service.ts'
import { mergeItems, undoMerge } from './merge.service.ts'
import { IdentityQuestion } from './question.entity.ts'
import type { IdentityRules } from './rules.ts'
import { questionLifecycle } from './question.lifecycle.ts'

interface Answer {
  id: string
  expectedVersion?: number | null
  reason?: string | null
}

async function lockQuestion(em: EntityManager, { id, expectedVersion }: Answer): Promise<IdentityQuestion> {
  const question = await em.findOne(IdentityQuestion, uuidOf(id, 'idq'), {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    refresh: true,
  })
  if (!question) throw new NotFound('work item', id)
  expectVersion(question, expectedVersion)
  return question
}

async function decide(
  em: EntityManager,
  question: IdentityQuestion,
  action: 'merge' | 'keepApart' | 'reclassify' | 'dismiss',
  because: Because,
): Promise<void> {
  Object.assign(question, { comment: because.reason ?? null, decidedBy: because.by, decidedAt: new Date() })
  await move(em, question, questionLifecycle, action, because)
}

/** The item of the question and one candidate are one thing: the candidate stays, it was known first. */
export async function answerMerge(
  em: EntityManager,
  rules: IdentityRules,
  input: Answer & { candidateId: string },
  viewer: Viewer,
): Promise<IdentityQuestion> {
  const question = await lockQuestion(em, input)
  const because = becauseOf(viewer, input.reason)
  const candidate = candidateOf(question, input.candidateId)
  await decide(em, question, 'merge', because)
  const { survivorId, absorbedId } = await wayOf(em, question.itemId, candidate)
  await mergeItems(em, rules, { survivorId, absorbedId, questionId: question.uuid }, because)
  return question
}

/** Who has a configuration item survives, else who was seen first. */
async function wayOf(em: EntityManager, itemId: string, candidate: string) {
  const older = await row<{ uuid: string }>(
    em,
    `select a.uuid from actual_item a left join configuration_item c on c.actual_item_id = a.uuid
     where a.uuid = any($1::uuid[]) order by c.uuid is null, a.first_seen_at, a.uuid = $2, a.uuid limit 1`,
    [[itemId, candidate], itemId],
  )
  const survivorId = older?.uuid ?? candidate
  return { survivorId, absorbedId: survivorId === candidate ? itemId : candidate }
}

/** None of the candidates is the item. Remembered: the same is not asked again. */
export async function answerKeepApart(em: EntityManager, input: Answer, viewer: Viewer): Promise<IdentityQuestion> {
  const question = await lockQuestion(em, input)
  const because = becauseOf(viewer, input.reason)
  await decide(em, question, 'keepApart', because)
  await rows(
    em,
    `insert into identity_apart (a, b, question_id, decided_by) select least($1::uuid, c), greatest($1::uuid, c), $2, $3 from unnest($4::uuid[]) c
     where c <> $1::uuid on conflict do nothing`,
    [question.itemId, question.uuid, because.by, question.candidates],
  )
  return question
}

/** The item is of the class that the source says. */
export async function answerReclassify(em: EntityManager, input: Answer, viewer: Viewer): Promise<IdentityQuestion> {
  const question = await lockQuestion(em, input)
  if (question.kind !== 'RECLASSIFY') {
    throw new BadInput(`${question.number} is not about a class.`, { itemId: question.id, rule: 'kind of question' })
  }
  await decide(em, question, 'reclassify', becauseOf(viewer, input.reason))
  await setClass(em, question, question.wantedClass!)
  return question
}

const setClass = (em: EntityManager, { itemId }: IdentityQuestion, className: string) =>
  rows(em, 'update actual_item set class_name = $2, version = version + 1, updated_at = now() where uuid = $1', [
    itemId,
    className,
  ])

/** It is left as it is, for a reason. */
export async function dismissQuestion(em: EntityManager, input: Answer, viewer: Viewer): Promise<IdentityQuestion> {
  const question = await lockQuestion(em, input)
  await decide(em, question, 'dismiss', becauseOf(viewer, input.reason))
  return question
}

/** Takes an answer back, with all that it did. */
export async function undoAnswer(
  em: EntityManager,
  rules: IdentityRules,
  input: Answer,
  viewer: Viewer,
): Promise<IdentityQuestion> {
  const question = await lockQuestion(em, input)
  const because = becauseOf(viewer, input.reason)
  const was = question.state
  Object.assign(question, { comment: null, decidedBy: null, decidedAt: null })
  await move(em, question, questionLifecycle, 'undo', because)
  if (was === 'MERGED') {
    const merge = await row<{ uuid: string }>(
      em,
      'select uuid from identity_merge where question_id = $1 and undone_at is null order by created_at desc limit 1',
      [question.uuid],
    )
    if (merge) await undoMerge(em, rules, merge.uuid, because)
  }
  if (was === 'KEPT_APART') await rows(em, 'delete from identity_apart where question_id = $1', [question.uuid])
  if (was === 'RECLASSIFIED') await setClass(em, question, question.evidence.from!)
  return question
}

function candidateOf(question: IdentityQuestion, id: string): string {
  const uuid = uuidOf(id, 'act', ['candidateId'])
  if (question.candidates.includes(uuid)) return uuid
  throw new BadInput(`${id} is no candidate of ${question.number}.`, {
    field: ['candidateId'],
    itemId: question.id,
    rule: 'candidate',
  })
}
