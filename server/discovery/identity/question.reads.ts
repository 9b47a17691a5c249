import { viewerOf } from '../../kernel/authorize.ts'
import { batch, byKey } from '../../kernel/batch.ts'
import type { Page, PageArgs } from '../../kernel/connection.ts'
import type { Context } from '../../kernel/context.ts'
import { lean } from '../../kernel/lean.ts'
import { uuidOf } from '../../kernel/node-id.ts'
import { reachAnywhere } from '../../kernel/noun-event.ts'
import { childPage, pageOf } from '../../kernel/page.ts'
import { rows } from '../../kernel/sql.ts'
import { IdentityQuestion, type QuestionKind } from './question.entity.ts'
import type { QuestionState } from './question.lifecycle.ts'

const newestFirst = [
  { column: 'x.created_at', cast: 'timestamptz', descending: true },
  { column: 'x.uuid', cast: 'uuid', descending: true },
]
const seesAll = (context: Context) => reachAnywhere(viewerOf(context), 'estate.read') === 'estate'

export interface QuestionFilter {
  states?: QuestionState[] | null
  kinds?: QuestionKind[] | null
  runId?: string | null
}

export function questionPage(
  context: Context,
  filter: QuestionFilter,
  page: PageArgs,
): Promise<Page<IdentityQuestion>> {
  const values: unknown[] = []
  const where: string[] = seesAll(context) ? [] : ['false']
  const add = (value: unknown, condition: (place: string) => string) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  if (filter.states) add(filter.states, (states) => `x.state = any(${states}::text[])`)
  if (filter.kinds) add(filter.kinds, (kinds) => `x.kind = any(${kinds}::text[])`)
  if (filter.runId) add(uuidOf(filter.runId, 'run', ['runId']), (run) => `x.run_id = ${run}::uuid`)
  const query = { select: 'x.*', from: 'identity_question x', where, values, order: newestFirst }
  return pageOf(context.em, query, page, (found) => lean(context.em, IdentityQuestion, found))
}

/** Questions in which an item takes part. */
export function questionsOfItem(context: Context, itemId: string, page: PageArgs): Promise<Page<IdentityQuestion>> {
  const query = {
    select: 'x.*',
    from: `(select q.*, m.member from identity_question q cross join lateral unnest(q.candidates || q.item_id) as m(member)) x`,
    order: newestFirst,
  }
  return childPage(context, 'identityQuestions', itemId, 'x.member', query, page, (found) =>
    lean(context.em, IdentityQuestion, found),
  )
}

export function questionOf(context: Context, uuid: string): Promise<IdentityQuestion | null> {
  return batch(context, 'identityQuestion', uuid, (uuids) => questions(context, uuids))
}

async function questions(context: Context, uuids: string[]): Promise<Map<string, IdentityQuestion>> {
  if (!seesAll(context)) return new Map()
  const found = await rows<object>(context.em, 'select x.* from identity_question x where x.uuid = any($1::uuid[])', [
    uuids,
  ])
  return byKey(lean(context.em, IdentityQuestion, found), (one) => one.uuid)
}

export const questionNodeLoaders = { idq: questions }
