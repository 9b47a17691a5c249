/**
 * Which known item each staged thing is, set by set: first by the key of its source, then by its strong marks, level by level,
 * because a thing inside another is recognised there. Works in the transaction of the load, over temporary tables:
 *   seen      one row for each thing of the read, `item` once it is decided; `obs` is what the source said before, `held` what
 *             will stand for what it says now, `back` that it was silent in between; written as rarely as can be, because it is
 *             the widest
 *   mark      by what the undecided ones can be recognised
 *   question  what a person has to decide
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import type { IdentityRules } from '../identity/rules.ts'
import type { Staging } from './staging.ts'

export const NOWHERE = '00000000-0000-0000-0000-000000000000'

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
  await rows(em, 'create index on seen (item)')
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

/** Every relationship of the read from each of its ends. */
const BOTH_WAYS = `(select from_n as a, to_n as b, type from link union all select to_n, from_n, type from link)`

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

/** The marks of what is not decided yet; what an interface knows of its computer counts for the computer too. */
export async function collectMarks(em: EntityManager, staging: Staging): Promise<void> {
  await rows(
    em,
    `create temp table mark on commit drop as
     select distinct s.n, s.n as of_n, m.entry, m.rank, m.strong, m.decisive, m.overlap, m.value, false as lent, false as disputed, '${NOWHERE}'::uuid as host_id
     from ${staging.marks} m left join twin t on t.n = m.n join seen s on s.n = coalesce(t.rep, m.n) where not s.same and not m.lent`,
  )
  await rows(
    em,
    `insert into mark select distinct h.n, c.n, m.entry, m.rank, m.strong, m.decisive, m.overlap, m.value, true, false, '${NOWHERE}'::uuid
     from ${staging.marks} m left join twin t on t.n = m.n join seen c on c.n = coalesce(t.rep, m.n)
       join ${BOTH_WAYS} e on e.a = c.n join seen h on h.n = e.b
     where m.lent and not c.same and not h.mention and m.entry like h.family || '/%'`,
  )
  await rows(em, 'create index on mark (n)')
  await rows(em, 'analyze mark')
}

/** The levels on which something is to be decided, the outermost first. */
export async function levelsOf(em: EntityManager): Promise<number[]> {
  const found = await rows<{ level: number }>(
    em,
    'select distinct level from seen where not same and not mention order by level',
  )
  return found.map(({ level }) => level)
}

/** Decides the things of one level. */
export async function recogniseLevel(
  em: EntityManager,
  { rules, productId }: { rules: IdentityRules; productId: string },
  level: number,
): Promise<void> {
  if (level > 0) await findHosts(em, rules, level)
  await rows(
    em,
    `update mark m set disputed = true from (
       select m.entry, m.value, m.host_id from mark m join seen s on s.n = m.n and s.level = $1
       where m.strong group by 1, 2, 3 having min(m.n) <> max(m.n)) d
     where m.entry = d.entry and m.value = d.value and m.host_id = d.host_id and m.strong`,
    [level],
  )
  await rows(em, 'drop table if exists cand, verdict')
  await rows(
    em,
    `create temp table cand on commit drop as
     select g.n, g.item_id, array_agg(g.entry order by g.rank) as agree, min(g.rank) as rank, false as taken, '{}'::text[] as against
     from (select m.n, am.item_id, m.entry, m.rank from mark m join seen s on s.n = m.n and s.level = $1 and not s.mention
             join actual_mark am on am.entry = m.entry and am.value = m.value and am.host_id = m.host_id
           where m.strong and not m.disputed and ($1 = 0 or m.host_id <> '${NOWHERE}')
           group by m.n, am.item_id, m.entry, m.rank having count(distinct m.value) >= max(m.overlap)) g
     group by g.n, g.item_id`,
    [level],
  )
  await rows(em, 'create index on cand (n)')
  await rows(em, 'analyze cand')
  // Whoever is another thing of this read by its own key cannot be this one too.
  await rows(em, `update cand c set taken = true from seen s where s.item = c.item_id and s.n <> c.n and s.same`)
  await rows(
    em,
    `update cand c set against = a.entries from (
       select n, item_id, array_agg(entry) as entries from (
         select c.n, c.item_id, m.entry from cand c join seen s on s.n = c.n and s.anchor is distinct from c.item_id
           join mark m on m.n = c.n and m.strong join actual_mark am on am.item_id = c.item_id and am.entry = m.entry
         group by 1, 2, 3 having not bool_or(am.value = m.value)) x group by 1, 2) a
     where a.n = c.n and a.item_id = c.item_id`,
  )
  await rows(
    em,
    `create temp table verdict on commit drop as
     select s.n, s.anchor, s.anchor is not null and coalesce(c.anchored, false) as anchored,
       coalesce(c.oks, '{}') as oks, coalesce(c.one_entry, true) as one_entry,
       s.anchor is not null and not coalesce(c.anchored, false) and exists (
         select from mark m join actual_mark am on am.item_id = s.anchor and am.entry = m.entry
         where m.n = s.n and m.decisive group by m.entry having not bool_or(am.value = m.value)) as replaced
     from seen s left join (
       select c.n, bool_or(c.item_id = s.anchor) as anchored, 
         array_agg(c.item_id order by c.rank, c.item_id) filter (where not c.taken and c.against = '{}') as oks,
         count(distinct c.agree[1]) = 1 as one_entry
       from cand c join seen s on s.n = c.n group by c.n) c on c.n = s.n
     where s.level = $1 and not s.same and not s.mention`,
    [level],
  )
  await rows(em, 'analyze verdict')
  await rows(
    em,
    `update seen s set item = d.item, how = d.how from (
       select v.n, case when v.anchored or (v.anchor is not null and not v.replaced) then v.anchor
           when cardinality(v.oks) = 1 then v.oks[1] end as item,
         case when v.anchored or (v.anchor is not null and not v.replaced) then 'KEY'
           else 'MARK' end as how
       from verdict v) d where d.n = s.n and d.item is not null`,
  )
  // Two things of one read are not one item unless their keys say so: the better match keeps it.
  await rows(
    em,
    `update seen s set item = null, how = 'NEW' from (
       select x.n from (select s.n, row_number() over (partition by s.item order by (s.how = 'MARK'), c.rank, s.n) as place
         from seen s left join cand c on c.n = s.n and c.item_id = s.item where s.item is not null and s.how in ('KEY', 'MARK', 'SAME')
           and s.level = $1 and not s.mention) x join seen y on y.n = x.n where x.place > 1 and y.how = 'MARK') late
     where late.n = s.n`,
    [level],
  )
  await rows(
    em,
    `update seen set item = uuid_in_order(), how = 'NEW', fresh = true where level = $1 and item is null and not mention`,
    [level],
  )
  await ask(em, level, productId)
}

/** The item inside which each thing of this level is: the other end of a relationship that the class rule names. */
async function findHosts(em: EntityManager, rules: IdentityRules, level: number): Promise<void> {
  const hosts = rules.classNames.flatMap((name) => {
    const host = rules.hostOf(name)
    return host ? [{ name, types: host.types, hosts: rules.hostClassesOf(name) }] : []
  })
  await rows(
    em,
    `update mark m set host_id = h.item from (
       select distinct on (d.n) d.n, h.item
       from ${BOTH_WAYS} e join seen d on d.n = e.a and d.level = $2 and not d.same
         join json_to_recordset($1::json) as r(name text, types text[], hosts text[]) on r.name = d.class_name
         join seen h on h.n = e.b and h.class_name = any(r.hosts) and h.item is not null
       where cardinality(r.types) = 0 or e.type = any(r.types)
       order by d.n, h.level desc, h.n) h where h.n = m.n`,
    [JSON.stringify(hosts), level],
  )
}

/** What a person has to decide about the things of this level. */
async function ask(em: EntityManager, level: number, productId: string): Promise<void> {
  const candidates = `jsonb_agg(jsonb_build_object('itemId', c.item_id, 'agree', c.agree, 'against', c.against, 'taken', c.taken) order by c.rank, c.item_id)`
  await rows(
    em,
    `insert into question (n, kind, candidates, rule, evidence)
     select v.n, case when cardinality(v.oks) > 1 and v.one_entry and s.fresh then 'AMBIGUOUS' else 'CONFLICT' end,
       array_agg(c.item_id order by c.item_id), min(c.agree[1]), jsonb_build_object('candidates', ${candidates})
     from verdict v join seen s on s.n = v.n join cand c on c.n = v.n and c.item_id <> s.item
     where not exists (select from identity_apart p where p.a = least(s.item, c.item_id) and p.b = greatest(s.item, c.item_id))
       and (s.fresh or c.against = '{}')
       and not (s.how = 'MARK' and c.against <> '{}')
       and not (s.level > 0 and c.taken)
     group by v.n, v.oks, v.one_entry, s.fresh`,
  )
  // Cloned machines: what two of one read claim counts for neither of them.
  await rows(
    em,
    `insert into question (n, kind, candidates, rule, evidence)
     select a.n, 'CONFLICT', array_agg(distinct sb.item), min(a.entry), jsonb_build_object('candidates',
       jsonb_agg(distinct jsonb_build_object('itemId', sb.item, 'agree', array[a.entry], 'against', '{}'::text[], 'taken', true)))
     from (select distinct m.n, m.entry, m.value, dense_rank() over (partition by m.entry, m.value order by m.n) as place
           from mark m where m.disputed and $1 = 0) a
       join seen sa on sa.n = a.n and sa.level = $1 and sa.fresh
       join (select distinct m.n, m.entry, m.value, dense_rank() over (partition by m.entry, m.value order by m.n) as place
             from mark m where m.disputed and $1 = 0) b on b.entry = a.entry and b.value = a.value and b.place < a.place and b.place = a.place - 1
       join seen sb on sb.n = b.n
     where not exists (select from question q where q.n = a.n)
     group by a.n`,
    [level],
  )
  await rows(
    em,
    `insert into question (n, kind, candidates, rule, evidence)
     select s.n, 'PROPOSED', array_agg(distinct am.item_id), min(m.entry), jsonb_build_object('candidates',
       jsonb_agg(distinct jsonb_build_object('itemId', am.item_id, 'agree', array[m.entry], 'against', '{}'::text[], 'taken', false)))
     from seen s join mark m on m.n = s.n and not m.strong
       join actual_mark am on am.entry = m.entry and am.value = m.value and am.host_id = m.host_id and am.item_id <> s.item
     where s.level = $1 and s.fresh and not exists (select from question q where q.n = s.n)
       and not exists (select from observation o where o.actual_item_id = am.item_id and o.current and o.product_id = $2)
       and not exists (select from seen x where x.item = am.item_id)
     group by s.n`,
    [level, productId],
  )
}
