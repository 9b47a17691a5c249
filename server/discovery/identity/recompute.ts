/** Marks and values of everything, worked out anew from the observations: after a rule changed, or to prove that they are right. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { CatalogueKeeper } from '../../catalogue/keeper.ts'
import type { Services } from '../../kernel/context.ts'
import { record } from '../../kernel/events.ts'
import type { Jobs } from '../../kernel/jobs.ts'
import { uuidv7 } from '../../kernel/noun.ts'
import { row, rows } from '../../kernel/sql.ts'
import { DISCOVERY_LOCK } from '../load/load.ts'
import { jsonOf } from '../load/clean.ts'
import { marksOf, type Told } from './marks.ts'
import { loadRules } from './rule.store.ts'
import type { IdentityRules } from './rules.ts'
import { settleItems } from './settle-items.ts'

export const RECOMPUTE_QUEUE = 'identity-recompute'
const BATCH = 5_000 // observations

/** Has everything worked out anew in the background; changes that come while one waits share it. */
export function enqueueRecompute(em: EntityManager, jobs: Jobs): Promise<void> {
  return jobs.enqueue(em, RECOMPUTE_QUEUE, {}, { singletonKey: 'all' })
}

export function workRecompute(jobs: Jobs, em: EntityManager, services: Pick<Services, 'catalogue'>): void {
  jobs.work(
    RECOMPUTE_QUEUE,
    { batch: 1, concurrency: 1 },
    async () => void (await recomputeAll(em, services.catalogue)),
  )
}

/**
 * Call it at the start of the program: an upgrade may bring other rules, and a migration can start no job. What was worked
 * out by other rules than those of now is worked out anew in the background.
 */
export async function recomputeIfRulesDiffer(em: EntityManager, jobs: Jobs): Promise<void> {
  const [now, last, seen] = [
    await rulesText(em),
    await row<{ rules: string }>(em, 'select rules from identity_worked_out'),
    await row<object>(em, 'select 1 from observation limit 1'),
  ]
  if (last?.rules === now) return
  if (seen) await enqueueRecompute(em, jobs)
  else await workedOut(em)
}

/** A digest of everything that the rules say. */
async function rulesText(em: EntityManager): Promise<string> {
  const found = await row<{ rules: string }>(
    em,
    `select md5(coalesce((select string_agg(format('%s %s %s %s', class_name, identifiers, host, "values"), ';' order by class_name collate "C") from identity_rule), '') || '|' ||
       coalesce((select string_agg(format('%s %s', kind, pattern), ';' order by kind collate "C", pattern collate "C") from junk_value), '')) as rules`,
  )
  return found!.rules
}

async function workedOut(em: EntityManager): Promise<void> {
  await rows(
    em,
    `insert into identity_worked_out (rules, at) values ($1, now()) on conflict (one) do update set rules = excluded.rules, at = excluded.at`,
    [await rulesText(em)],
  )
}

/** Answers how many items show other values now. */
export function recomputeAll(em: EntityManager, catalogue: Pick<CatalogueKeeper, 'fresh'>): Promise<number> {
  return em.fork().transactional(async (em) => {
    await rows(em, 'select pg_advisory_xact_lock($1)', [DISCOVERY_LOCK])
    const rules = await loadRules(em, catalogue)
    await remark(em, rules)
    const changed = await settleItems(em, rules, 'all')
    await workedOut(em)
    await record(em, { topic: 'actualItem.changed', subject: uuidv7(), scopeIds: [], payload: { count: changed } })
    return changed
  })
}

async function remark(em: EntityManager, rules: IdentityRules): Promise<void> {
  await rows(
    em,
    'create temp table told (obs uuid, item uuid, entry text, value text, strong boolean, lent boolean, level int) on commit drop',
  )
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const batch = await rows<Told & { uuid: string; item: string }>(
      em,
      `select o.uuid, o.actual_item_id as item, o.class_name as "className", coalesce(o.name, '') as name, o.attributes, o.identifiers
       from observation o where o.current and o.product_id is not null and o.uuid > $1 order by o.uuid limit ${BATCH}`,
      [after],
    )
    if (batch.length === 0) break
    after = batch.at(-1)!.uuid
    const marks = batch.flatMap((one) =>
      marksOf(one, rules).map(({ entry, value, strong, lent }) => ({
        obs: one.uuid,
        item: one.item,
        entry,
        value,
        strong,
        lent,
        level: rules.levelOf(one.className),
      })),
    )
    await rows(
      em,
      `insert into told select * from json_to_recordset($1::json) as t(obs uuid, item uuid, entry text, value text, strong boolean, lent boolean, level int)`,
      [jsonOf(marks)],
    )
  }
  await rows(em, 'analyze told')
  const hosts = rules.classNames.flatMap((name) => {
    const host = rules.hostOf(name)
    return host ? [{ name, types: host.types, hosts: rules.hostClassesOf(name) }] : []
  })
  // The host of each thing, by what discovery sees between them now; as in a load, the nearest of several.
  await rows(
    em,
    `create temp table host on commit drop as
     select distinct on (d.uuid) d.uuid as item, h.uuid as host
     from (select source_id as a, target_id as b, type from actual_relationship where gone_at is null
           union all select target_id, source_id, type from actual_relationship where gone_at is null) r
       join actual_item d on d.uuid = r.a join actual_item h on h.uuid = r.b
       join json_to_recordset($1::json) as c(name text, types text[], hosts text[]) on c.name = d.class_name and h.class_name = any(c.hosts)
         and (cardinality(c.types) = 0 or r.type = any(c.types))
       left join json_to_recordset($2::json) as l(name text, level int) on l.name = h.class_name
     order by d.uuid, l.level desc nulls last, h.uuid`,
    [JSON.stringify(hosts), JSON.stringify(rules.classNames.map((name) => ({ name, level: rules.levelOf(name) })))],
  )
  await rows(em, 'delete from actual_mark')
  await rows(
    em,
    `insert into actual_mark (observation_id, item_id, entry, host_id, value, strong, lent)
     select distinct t.obs, t.item, t.entry, coalesce(h.host, '00000000-0000-0000-0000-000000000000'::uuid), t.value, t.strong, false
     from told t left join host h on h.item = t.item and t.level > 0 where not t.lent and (t.level = 0 or h.host is not null)
     union select t.obs, h.host, t.entry, '00000000-0000-0000-0000-000000000000'::uuid, t.value, t.strong, true from told t join host h on h.item = t.item where t.lent`,
  )
}
