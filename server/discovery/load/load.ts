/**
 * Takes over what a run staged, in one transaction: the graph is as it was or wholly changed. Nothing here grows with the
 * number of elements but the work of the database.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { record, recordMany } from '../../kernel/events.ts'
import { row, rows } from '../../kernel/sql.ts'
import type { IdentityRules } from '../identity/rules.ts'
import { countAges } from '../identity/age.ts'
import { markAbsent, moveStates, UNKNOWN_GONE } from './absence.ts'
import { addLines, keptOf, type Lines } from './change-lines.ts'
import { warnOf, type Tally } from './problems.ts'
import { anchorSeen, collectSeen, countSeen } from './collect.ts'
import { collectLent, levelsOf, recogniseLevel } from './recognise.ts'
import { relate } from './relate.ts'
import { remarkPartial } from './remark.ts'
import { settle, type Settled } from './settle.ts'
import { jsonOf } from './clean.ts'
import type { Staging } from './staging.ts'
import { beginWithholding, tellWithheld } from './withhold.ts'
import { BACKWARDS, dropBackwards, putQuestions, reclass, writeSeen, type Look } from './write.ts'

/** Loads run side by side while they read; their writing goes one after the other. */
export const DISCOVERY_LOCK = 7_296_031

export interface Counts {
  seen: number
  created: number
  changed: number
  unchanged: number
  missing: number
  retired: number
  relationships: number
  relationshipsNew: number
  relationshipsGone: number
  questions: number
  warnings: number
}

type ItemCounts = Pick<Counts, 'seen' | 'created' | 'changed' | 'unchanged' | 'missing' | 'retired'>

export interface Load {
  look: Look
  staging: Staging
  rules: IdentityRules
  lines: Lines
  /** Tells people which part of the work begins, 0 to 100. */
  step(text: string, percent: number): Promise<void>
}

/** So many new observations make the planner's figures untrue; fewer are joined quickly whatever it believes. */
const MANY = 2_000

/** Call it in a transaction. It leaves the change set in the temporary table `change`, in the order for people. */
export async function applyLoad(em: EntityManager, { look, staging, rules, lines, step }: Load): Promise<Counts> {
  await rows(em, 'select pg_advisory_xact_lock($1)', [DISCOVERY_LOCK])
  await rows(em, `set local work_mem = '64MB'`)
  // Written a moment ago: nobody has counted them yet, and a join over what seems empty goes row by row.
  await rows(em, 'set local default_statistics_target = 20')
  await rows(em, `analyze ${staging.items} (n, ref, class_name, family, key, partial, mention)`)
  for (const table of [staging.marks, staging.edges, staging.gone]) await rows(em, `analyze ${table}`)
  const tally: Tally = { runId: look.runId, warnings: 0 }
  await step('Recognising what was seen', 72)
  await collectSeen(em, staging, look.productId)
  await doubleRefs(em, staging, tally)
  await anchorSeen(em, look.productId, rules)
  await remarkPartial(em, staging, rules)
  await warnOf(em, tally, 'time-backwards', BACKWARDS)
  await dropBackwards(em)
  await collectLent(em, staging)
  const recognition = { staging, rules, productId: look.productId, withholds: await beginWithholding(em, rules, look) }
  for (const level of await levelsOf(em)) await recogniseLevel(em, recognition, level)
  if (recognition.withholds) await tellWithheld(em, tally, look)
  await countSeen(em)

  await step('Writing items', 80)
  await writeSeen(em, look, rules, staging)
  await countAnew(em)
  await reclass(em)
  const questions = await putQuestions(em, look)
  await step('Writing relationships', 86)
  const related = await relate(em, staging, look, { tally, catalogue: rules.catalogue, most: keptOf(lines) })
  await step('Looking for what is gone', 92)
  await warnOf(em, tally, 'gone-unknown', UNKNOWN_GONE(staging), [look.productId])
  await markAbsent(em, staging, look)
  await moveStates(em, look)
  await step('Choosing values', 95)
  await rows(em, 'create temp table settled (item uuid primary key, details jsonb) on commit drop')
  if (rules.goesStale) await countAges(em, rules, look.at, 'due')
  await settle(em, rules, look.at, (settled) => noteSettled(em, settled))
  const counts = await changeSet(em)
  await addLines(em, lines, look.runId, related)
  await tell(em, look, counts)
  return { ...counts, ...related, questions, warnings: tally.warnings }
}

/** A product that the planner has never met is one row to it, and joins with what it told go row by row. */
async function countAnew(em: EntityManager): Promise<void> {
  const [told] = await rows<{ much: boolean }>(
    em,
    `select count(*) > ${MANY} as much from seen where not same and not mention`,
  )
  if (told!.much)
    await rows(
      em,
      `analyze observation (uuid, actual_item_id, product_id, class_name, native_key, current), actual_item (uuid, product_id, class_name, state), actual_mark`,
    )
}

/** Two elements with one ref: relationships name the first; the others are told of. */
async function doubleRefs(em: EntityManager, staging: Staging, tally: Tally): Promise<void> {
  const double = await row<{ any: boolean }>(
    em,
    `select (select count(*) from ${staging.items}) > (select count(*) from ref_of) as "any"`,
  )
  if (!double!.any) return
  await warnOf(
    em,
    tally,
    'duplicate-ref',
    `select format('"%s" is the id of several elements; relationships that name it are those of the first.', i.ref) as message, i.source, i.line, i.element
     from ${staging.items} i join (select ref, min(n) as first from ${staging.items} where not mention group by 1
       having count(distinct (family, key)) > 1) d on d.ref = i.ref and d.first <> i.n where not i.mention order by i.n`,
  )
}

const noteSettled = (em: EntityManager, settled: Settled[]) =>
  rows(em, `insert into settled select * from json_to_recordset($1::json) as s(item uuid, details jsonb)`, [
    jsonOf(settled.map(({ uuid, details }) => ({ item: uuid, details }))),
  ]).then(() => undefined)

/**
 * What is gone, other, back or new, item by item, the worst first. `known` and `known_other` are ids that last also where the
 * load is taken back.
 */
async function changeSet(em: EntityManager): Promise<ItemCounts> {
  await rows(
    em,
    `create temp table change on commit drop as
     with shown as (select item, min(n) as n from seen where not mention group by 1)
     select row_number() over (order by x.place, x.n nulls last, a.name, a.uuid)::int - 1 as ordinal, x.kind, a.class_name, a.name, a.uuid as item,
       case when x.kind <> 'CREATED' then a.uuid end as known, null::uuid as other, null::uuid as known_other, x.details, x.n is not null as seen
     from (
       select f.item, 'CREATED' as kind, a.attributes as details, 2 as place, f.n
         from (select item, min(n) as n from seen where fresh and not mention group by 1) f join actual_item a on a.uuid = f.item
       union all
       select coalesce(m.item, t.item), case m.state when 'PRESENT' then 'RETURNED' when 'MISSING' then 'MISSING' when 'RETIRED' then 'RETIRED' else 'CHANGED' end,
         coalesce(t.details, '{}'), case when m.state in ('MISSING', 'RETIRED') then 0 else 1 end,
         shown.n
         from (select t.* from settled t where not exists (select from seen s where s.item = t.item and s.fresh)) t full join moved m on m.item = t.item
           left join shown on shown.item = coalesce(m.item, t.item)
     ) x join actual_item a on a.uuid = x.item`,
  )
  const [counted] = await rows<ItemCounts>(
    em,
    `select s.seen, c.created, c.changed, s.seen - c.created - c.kept as unchanged, c.missing, c.retired from
       (select count(distinct item)::int as seen from seen where not mention) s,
       (select count(*) filter (where kind = 'CREATED')::int as created, count(*) filter (where kind in ('CHANGED', 'RETURNED'))::int as changed,
          count(*) filter (where kind in ('CHANGED', 'RETURNED') and seen)::int as kept,
          count(*) filter (where kind = 'MISSING')::int as missing, count(*) filter (where kind = 'RETIRED')::int as retired from change) c`,
  )
  return counted!
}

/** Keeps the change set with its run; in the transaction of the load, or page by page elsewhere for a dry run. */
export const KEEP_CHANGES = `insert into discovery_change (run_id, ordinal, kind, class_name, name, actual_item_id, other_item_id, details)`

/** One event for the list of actual items, and one for each configuration item whose actual side changed. */
async function tell(
  em: EntityManager,
  { productId }: Look,
  counts: { created: number; changed: number; missing: number; retired: number },
) {
  const count = counts.created + counts.changed + counts.missing + counts.retired
  if (count === 0) return
  await record(em, { topic: 'actualItem.changed', subject: productId, scopeIds: [], payload: { count } })
  await tellLinked(
    em,
    `select item from change where kind not in ('RELATIONSHIP_NEW', 'RELATIONSHIP_GONE', 'QUESTION')`,
  )
}

/** The configuration items linked to these actual items (a subquery of UUIDs) show other observed values now. */
export async function tellLinked(em: EntityManager, items: string, values: readonly unknown[] = []): Promise<void> {
  const linked = await rows<{ uuid: string; version: number; scope_ids: string[] }>(
    em,
    `select uuid, version, scope_ids::text[] as scope_ids from configuration_item where actual_item_id in (${items})`,
    values,
  )
  await recordMany(
    em,
    linked.map(({ uuid, version, scope_ids }) => ({
      topic: 'item.changed',
      subject: uuid,
      version,
      scopeIds: scope_ids,
    })),
  )
}
