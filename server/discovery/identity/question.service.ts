import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../../kernel/context.ts'
import { BadInput, NotFound } from '../../kernel/errors.ts'
import { expectVersion, move, type Because } from '../../kernel/move.ts'
import { uuidOf } from '../../kernel/node-id.ts'
import { row, rows } from '../../kernel/sql.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import type { ItemGate } from '../../item/item.gate.ts'
import { becauseOf, lockItems } from '../../item/item.service.ts'
import { requireChangeable } from '../../item/protection.ts'
import { mergeItems, undoMerge } from './merge.service.ts'
import { IdentityQuestion } from './question.entity.ts'
import type { IdentityRules } from './rules.ts'
import { questionLifecycle } from './question.lifecycle.ts'
import { reopenQuestions, settleQuestions } from './settled-questions.ts'

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

/** By what a merge by hand is decided: how things are the same, and whether people may change what is linked with them. */
export interface MergeRules {
  rules: IdentityRules
  catalogue: Catalogue
  gates: readonly ItemGate[]
}

/** Who says that two are one, or are not, says what a linked item is: a protected one takes a release. */
async function requireLinkedChangeable(
  em: EntityManager,
  { catalogue, gates }: MergeRules,
  actualIds: readonly string[],
  viewer: Viewer,
): Promise<void> {
  const linked = await rows<{ uuid: string }>(
    em,
    'select uuid from configuration_item where actual_item_id = any($1::uuid[])',
    [actualIds],
  )
  if (linked.length === 0) return
  const items = await lockItems(
    em,
    linked.map(({ uuid }) => uuid),
  )
  await requireChangeable(em, catalogue, gates, items, viewer)
}

/** The item of the question and one candidate are one thing, or several are: the one that was known first stays. */
export async function answerMerge(
  em: EntityManager,
  by: MergeRules,
  input: Answer & { candidateId: string; alsoIds?: string[] | null },
  viewer: Viewer,
): Promise<IdentityQuestion> {
  const question = await lockQuestion(em, input)
  const because = becauseOf(viewer, input.reason)
  const candidates = [
    candidateOf(question, input.candidateId, 'candidateId'),
    ...(input.alsoIds ?? []).map((id) => candidateOf(question, id, 'alsoIds')),
  ]
  await requireLinkedChangeable(em, by, [question.itemId, ...candidates], viewer)
  await decide(em, question, 'merge', because)
  let one = question.itemId
  for (const candidate of new Set(candidates)) {
    const { survivorId, absorbedId } = await wayOf(em, one, candidate)
    await mergeItems(em, by.rules, { survivorId, absorbedId, questionId: question.uuid }, because)
    one = survivorId
  }
  await settleQuestions(em, question)
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
  by: MergeRules,
  input: Answer,
  viewer: Viewer,
): Promise<IdentityQuestion> {
  const question = await lockQuestion(em, input)
  const because = becauseOf(viewer, input.reason)
  const was = question.state
  const merges = was === 'MERGED' ? await mergesOf(em, question) : []
  const merged = merges.flatMap(({ survivor, absorbed }) => [survivor, absorbed])
  await requireLinkedChangeable(em, by, merged, viewer)
  Object.assign(question, { comment: null, decidedBy: null, decidedAt: null })
  await move(em, question, questionLifecycle, 'undo', because)
  for (const { uuid } of merges) await undoMerge(em, by.rules, uuid, because)
  if (merges.length > 0) await reopenQuestions(em, question)
  if (was === 'KEPT_APART') await rows(em, 'delete from identity_apart where question_id = $1', [question.uuid])
  if (was === 'RECLASSIFIED') await setClass(em, question, question.evidence.from!)
  return question
}

/** What an answer merged, the last first. */
const mergesOf = (em: EntityManager, { uuid }: IdentityQuestion) =>
  rows<{ uuid: string; survivor: string; absorbed: string }>(
    em,
    `select uuid, survivor_id as survivor, absorbed_id as absorbed from identity_merge
     where question_id = $1 and undone_at is null order by created_at desc`,
    [uuid],
  )

function candidateOf(question: IdentityQuestion, id: string, field: string): string {
  const uuid = uuidOf(id, 'act', [field])
  if (question.candidates.includes(uuid)) return uuid
  throw new BadInput(`${id} is no candidate of ${question.number}.`, {
    field: [field],
    itemId: question.id,
    rule: 'candidate',
  })
}
