/** Values give way by the clock: no source has to speak for what another said long ago to grow stale. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { CatalogueKeeper } from '../../catalogue/keeper.ts'
import { explain } from '../../kernel/cause.ts'
import { recordMany } from '../../kernel/events.ts'
import { row, rows } from '../../kernel/sql.ts'
import { DISCOVERY_LOCK, tellLinked } from '../load/load.ts'
import { settle } from '../load/settle.ts'
import { countAges } from './age.ts'
import { loadRules } from './rule.store.ts'
import type { IdentityRules } from './rules.ts'

const AT_ONCE = 10_000 // observations a tick; the next tick goes on

/**
 * Settles the items of which some source's word went stale by `now`. Its number of statements grows with the number of
 * different reasons only. While a load writes, nothing happens: the next tick finds the same. Answers how many items show
 * other values.
 */
export async function settleStale(
  em: EntityManager,
  catalogue: Pick<CatalogueKeeper, 'fresh'>,
  { now = new Date(), atOnce = AT_ONCE }: { now?: Date; atOnce?: number } = {},
): Promise<number> {
  const due = await row<object>(em.fork(), 'select 1 from observation where current and stale_at <= $1 limit 1', [now])
  if (!due) return 0
  return em.fork().transactional(async (em) => {
    const lock = await row<{ free: boolean }>(em, 'select pg_try_advisory_xact_lock($1) as free', [DISCOVERY_LOCK])
    if (!lock!.free) return 0
    const rules = await loadRules(em, catalogue)
    await takeDue(em, rules, now, atOnce)
    return settleByReason(em, rules, now)
  })
}

/** Counts the ages of what is due, and leaves in `weighed` the items for which that can matter, each with its reason. */
async function takeDue(em: EntityManager, rules: IdentityRules, now: Date, atOnce: number): Promise<void> {
  await rows(
    em,
    `create temp table due on commit drop as select o.uuid, o.actual_item_id as item, o.product_id, o.last_at, o.aged_at from observation o
     where o.current and o.stale_at <= '${now.toISOString()}' order by o.stale_at, o.uuid limit ${atOnce}`,
  )
  await rows(em, 'create temp table touched on commit drop as select distinct item from due')
  await rows(em, 'create unique index on touched (item)')
  await countAges(em, rules, now, 'due')
  const limits = rules.classNames.flatMap((name) => rules.staleLimits(name).map((seconds) => ({ name, seconds })))
  await rows(
    em,
    `create temp table weighed (item uuid primary key, subject uuid not null, reason text not null) on commit drop`,
  )
  await rows(
    em,
    `insert into weighed select distinct on (d.item) d.item, coalesce(d.product_id, d.item), format(case when l.seconds is null
           then 'What %s said is weighed against what others say.'
           else 'What %s said last is older than %s s, so a fresh value of another source goes before it.' end, coalesce(p.name, 'a confirmation'), l.seconds)
       from due d join actual_item a on a.uuid = d.item left join json_to_recordset($2::json) as l(name text, seconds int) on l.name = a.class_name
         and d.last_at + l.seconds * interval '1 s' <= $1
         and (d.aged_at is null or d.last_at + l.seconds * interval '1 s' > d.aged_at)
         left join management_product p on p.uuid = d.product_id
       where exists (select from observation o where o.actual_item_id = d.item and o.current and o.uuid <> d.uuid)
       order by d.item, l.seconds desc nulls last, d.uuid`,
    [now, JSON.stringify(limits)],
  )
}

async function settleByReason(em: EntityManager, rules: IdentityRules, now: Date): Promise<number> {
  const reasons = await rows<{ reason: string; subject: string }>(
    em,
    'select reason, min(subject::text) as subject from weighed group by 1 order by 1',
  )
  const changed: { subject: string; items: string[] }[] = []
  for (const { reason, subject } of reasons) {
    await explain(em, { cause: 'SYSTEM', actor: null, reason })
    await rows(em, 'truncate touched')
    await rows(em, 'insert into touched select item from weighed where reason = $1', [reason])
    const items: string[] = []
    await settle(em, rules, now, async (settled) => void items.push(...settled.map(({ uuid }) => uuid)))
    if (items.length > 0) changed.push({ subject, items })
  }
  await recordMany(
    em,
    changed.map(({ subject, items }) => ({
      topic: 'actualItem.changed',
      subject,
      scopeIds: [],
      payload: { count: items.length },
    })),
  )
  const all = changed.flatMap(({ items }) => items)
  if (all.length > 0) await tellLinked(em, 'select unnest($1::uuid[])', [all])
  return all.length
}
