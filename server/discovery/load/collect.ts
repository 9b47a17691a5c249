/** What was staged becomes one row for each thing, `seen`, with what its source said of it before. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import type { IdentityRules } from '../identity/rules.ts'
import type { Staging } from './staging.ts'

/** Its word counted for less until now: what it repeats may win back. */
const SILENT = 'coalesce(o.missing or o.aged_at > o.last_at, false)'

export async function collectSeen(em: EntityManager, staging: Staging, productId: string): Promise<void> {
  // Told twice under one key: the later one counts, and only adds where it is partial.
  await rows(
    em,
    `create temp table twin on commit drop as
     select i.n, i.family, i.key, max(i.n) filter (where not i.mention) over w as rep, i.mention, i.partial
     from ${staging.items} i join (select family, key from ${staging.items} group by 1, 2 having count(*) > 1) d using (family, key)
     window w as (partition by i.family, i.key)`,
  )
  await rows(
    em,
    `create temp table seen on commit drop as
     select i.n, i.class_name, i.family, i.level, i.key, i.name, i.attributes, i.identifiers, i.partial, i.mention, i.at, i.scope,
       i.source, i.line, i.element, i.ref, o.actual_item_id as anchor, o.uuid as obs, uuid_in_order() as held,
       case when i.mention then o.actual_item_id end as item, ''::text as how, false as fresh, false as same, o.last_at as obs_at,
       ${SILENT} as back
     from ${staging.items} i
     left join observation o on o.product_id = $1 and o.current and o.class_name = i.class_name and o.native_key = i.key
     where not exists (select from twin t where t.n = i.n and t.n <> coalesce(t.rep, -1))
        or (i.mention and not exists (select from twin t where t.n = i.n and t.rep is not null))`,
    [productId],
  )
  // Before the first update: PostgreSQL does not use an index in the transaction that made it over rows updated there.
  await rows(em, 'create unique index on seen (n)')
  await rows(
    em,
    `update seen s set attributes = t.attributes, identifiers = t.identifiers, partial = t.partial
     from (select x.family, x.key, jsonb_overlay(x.attributes order by x.n) as attributes, bool_and(x.partial) as partial,
             coalesce(jsonb_agg(distinct e) filter (where e is not null), '[]') as identifiers
           from (select i.*, max(i.n) filter (where not i.partial) over (partition by i.family, i.key) as whole
                 from ${staging.items} i join twin t on t.n = i.n where not i.mention) x
             left join lateral jsonb_array_elements(x.identifiers) e on true
           where x.n >= coalesce(x.whole, 0) group by 1, 2) t
     where t.family = s.family and t.key = s.key and not s.mention`,
  )
  await countSeen(em)
  await rows(
    em,
    `create temp table ref_of on commit drop as
     select distinct on (i.ref) i.ref, coalesce(t.rep, i.n) as n from ${staging.items} i left join twin t on t.n = i.n order by i.ref, i.mention, i.n`,
  )
  await rows(em, 'analyze ref_of')
  // Each end is looked up once; what asks about relationships later compares numbers.
  await rows(
    em,
    `create temp table link on commit drop as
     select e.n, e.type, e.evidence, f.n as from_n, t.n as to_n from ${staging.edges} e
       join ref_of f on f.ref = e.from_ref join ref_of t on t.ref = e.to_ref`,
  )
  await rows(em, 'analyze link')
}

/** What is joined by, without what only is carried along: statistics of JSON cost more than the join. */
export const countSeen = (em: EntityManager) =>
  rows(em, 'analyze seen (n, class_name, family, level, key, partial, mention, anchor, obs, held, item, fresh, same)')

/** Under its key the source told of it before: that is the first guess, and for what did not change the last word. */
export async function anchorSeen(em: EntityManager, productId: string, rules: IdentityRules): Promise<void> {
  await rows(
    em,
    `create temp table class_of on commit drop as select * from json_to_recordset($1::json) as c(name text, family text, line text[])`,
    [
      JSON.stringify(
        rules.classNames.map((name) => ({ name, family: rules.familyOf(name), line: rules.lineOf(name) })),
      ),
    ],
  )
  // The class within a family may have become another.
  await rows(
    em,
    `update seen s set obs = o.uuid, anchor = o.actual_item_id, item = case when s.mention then o.actual_item_id end, obs_at = o.last_at,
       back = ${SILENT}
     from observation o join class_of c on c.name = o.class_name
     where s.anchor is null and o.product_id = $1 and o.current and o.native_key = s.key and c.family = s.family and o.class_name <> s.class_name`,
    [productId],
  )
  // A confirmation may have seen it first, under the key that the product will give it.
  await rows(
    em,
    `update seen s set anchor = a.uuid, item = case when s.mention then a.uuid end from actual_item a join class_of c on c.name = a.class_name
     where s.anchor is null and a.product_id = $1 and a.native_key = s.key and c.family = s.family and a.state <> 'MERGED'
       and not exists (select from observation o where o.actual_item_id = a.uuid and o.product_id is not null)`,
    [productId],
  )
  await rows(
    em,
    `update seen s set attributes = o.attributes || s.attributes, partial = false,
       identifiers = case when s.identifiers = '[]' then o.identifiers else s.identifiers || (
         select coalesce(jsonb_agg(before), '[]') from jsonb_array_elements(o.identifiers) before
         where not exists (select from jsonb_array_elements(s.identifiers) told where told->>'kind' = before->>'kind')) end
     from observation o where o.uuid = s.obs and s.partial and not s.mention`,
  )
  await rows(
    em,
    `update seen s set same = true, how = 'SAME', item = s.anchor, held = s.obs from observation o where o.uuid = s.obs and not s.mention and o.attributes = s.attributes
       and o.identifiers = s.identifiers and o.name = s.name and o.class_name = s.class_name`,
  )
  await rows(em, `delete from seen where mention and anchor is null`)
  await rows(
    em,
    `create temp table question (n bigint, kind text, candidates uuid[], rule text, evidence jsonb, wanted_class text) on commit drop`,
  )
}
