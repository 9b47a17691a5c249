/**
 * Lines of a change set that are no items: relationships that begin or end, and what people would be asked. Over the temporary
 * tables of load.ts and relate.ts; what is new in this load has no lasting id before it is written for good.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import { MOST_RELATIONSHIPS } from '../discovery-run.entity.ts'
import type { Related } from './relate.ts'

/** What a load lists one by one: ALL where people only look at it; else what is CHEAP beside the writing. */
export type Lines = 'ALL' | 'CHEAP'

/** How many of each kind relate.ts keeps for here. */
export const keptOf = (lines: Lines): number | null => (lines === 'ALL' ? null : MOST_RELATIONSHIPS)

export async function addLines(em: EntityManager, lines: Lines, runId: string, related: Related): Promise<void> {
  const many = related.relationshipsNew + related.relationshipsGone
  if (many > 0 && (lines === 'ALL' || many <= MOST_RELATIONSHIPS)) await addRelationships(em)
  // A real run puts them, and they are listed as what they are.
  if (lines === 'ALL') await addQuestions(em, runId)
}

const NEXT = `(select coalesce(max(ordinal), -1) + 1 from change)`

async function addRelationships(em: EntityManager): Promise<void> {
  await rows(
    em,
    `insert into change (ordinal, kind, class_name, name, item, known, other, known_other, details, seen)
     select ${NEXT} + (row_number() over (order by x.kind, s.name, r.type, t.name, r.uuid))::int - 1, x.kind, s.class_name, s.name,
       s.uuid, case when fs.item is null then s.uuid end, t.uuid, case when ft.item is null then t.uuid end,
       jsonb_build_object('type', r.type, 'otherName', t.name, 'otherClassName', t.class_name), false
     from related x join actual_relationship r on r.uuid = x.uuid
       join actual_item s on s.uuid = r.source_id join actual_item t on t.uuid = r.target_id
       left join change fs on fs.item = s.uuid and fs.kind = 'CREATED' left join change ft on ft.item = t.uuid and ft.kind = 'CREATED'`,
  )
}

async function addQuestions(em: EntityManager, runId: string): Promise<void> {
  await rows(
    em,
    `insert into change (ordinal, kind, class_name, name, item, known, details, seen)
     select ${NEXT} + (row_number() over (order by q.kind, a.name, a.uuid))::int - 1, 'QUESTION', a.class_name, a.name,
       a.uuid, case when f.item is null then a.uuid end,
       jsonb_build_object('kind', q.kind, 'rule', q.rule, 'wantedClass', q.wanted_class, 'candidates', (
         select coalesce(jsonb_agg(jsonb_build_object('name', c.name, 'className', c.class_name,
             'itemId', case when fc.item is null then c.uuid end, 'agree', e.told->'agree', 'against', e.told->'against')
           order by e.place), '[]')
         from jsonb_array_elements(q.evidence->'candidates') with ordinality as e(told, place)
           join actual_item c on c.uuid = (e.told->>'itemId')::uuid
           left join change fc on fc.item = c.uuid and fc.kind = 'CREATED')), false
     from identity_question q join actual_item a on a.uuid = q.item_id left join change f on f.item = a.uuid and f.kind = 'CREATED'
     where q.run_id = $1`,
    [runId],
  )
}
