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
import { row, rows } from '../../kernel/sql.ts'
import type { IdentityRules } from '../identity/rules.ts'
import { ask } from './ask.ts'
import type { Staging } from './staging.ts'
import { withhold } from './withhold.ts'

export const NOWHERE = '00000000-0000-0000-0000-000000000000'

/** Every relationship of the read from each of its ends. */
const BOTH_WAYS = `(select from_n as a, to_n as b, type from link union all select to_n, from_n, type from link)`

/** What an interface knows of its computer counts for the computer too; the marks of a thing's own come level by level. */
export async function collectLent(em: EntityManager, staging: Staging): Promise<void> {
  await rows(
    em,
    `create temp table mark (n bigint, of_n bigint, entry text, rank smallint, strong boolean, decisive boolean, overlap smallint,
       value text, lent boolean, disputed boolean, host_id uuid) on commit drop`,
  )
  await rows(em, 'create index on mark (n)')
  await rows(
    em,
    `insert into mark select distinct h.n, c.n, m.entry, m.rank, m.strong, m.decisive, m.overlap, m.value, true, false, '${NOWHERE}'::uuid
     from ${staging.marks} m left join twin t on t.n = m.n join seen c on c.n = coalesce(t.rep, m.n)
       join ${BOTH_WAYS} e on e.a = c.n join seen h on h.n = e.b
     where m.lent and not c.same and not h.mention and m.entry like h.family || '/%'`,
  )
}

/** The levels on which something is to be decided, the outermost first. */
export async function levelsOf(em: EntityManager): Promise<number[]> {
  const found = await rows<{ level: number }>(
    em,
    'select distinct level from seen where not same and not mention order by level',
  )
  return found.map(({ level }) => level)
}

export interface Recognition {
  staging: Staging
  rules: IdentityRules
  productId: string
  /** Something may be withheld: there are classes of which this source makes nothing. */
  withholds: boolean
}

/** Decides the things of one level. */
export async function recogniseLevel(em: EntityManager, recognition: Recognition, level: number): Promise<void> {
  const { rules, staging, productId } = recognition
  await findHosts(em, rules, level)
  await collectMarks(em, staging, level)
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
  // The first identifier of the class that finds anything decides. What another finds beside it is asked about, so that in
  // whatever order sources are read, the same are one or a person is asked.
  await rows(
    em,
    `create temp table verdict on commit drop as
     select s.n, s.anchor, s.anchor is not null and coalesce(c.anchored, false) as anchored,
       coalesce(c.oks, '{}') as oks, coalesce(c.one_entry, true) as one_entry,
       s.anchor is not null and not coalesce(c.anchored, false) and exists (
         select from mark m join actual_mark am on am.item_id = s.anchor and am.entry = m.entry
         where m.n = s.n and m.decisive group by m.entry having not bool_or(am.value = m.value)) as replaced
     from seen s left join (
       select c.n, bool_or(c.anchored) as anchored, array_agg(c.item_id order by c.item_id) filter (where c.ok and c.rank = c.best) as oks,
         count(distinct c.agree[1]) = 1 as one_entry
       from (select c.*, c.item_id = s.anchor as anchored, not c.taken and c.against = '{}' as ok,
               min(c.rank) filter (where not c.taken and c.against = '{}') over (partition by c.n) as best
             from cand c join seen s on s.n = c.n) c group by c.n) c on c.n = s.n
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
  if (recognition.withholds) await withhold(em, level, BOTH_WAYS, hostsOf(rules))
  await rows(
    em,
    `update seen set item = uuid_in_order(), how = 'NEW', fresh = true where level = $1 and item is null and not mention`,
    [level],
  )
  await ask(em, level, productId)
}

/** Of each class that is recognised within another: over which relationships, and what the other may be. JSON. */
function hostsOf(rules: IdentityRules): string {
  const hosts = rules.classNames.flatMap((name) => {
    const host = rules.hostOf(name)
    return host ? [{ name, types: host.types, hosts: rules.hostClassesOf(name) }] : []
  })
  return JSON.stringify(hosts)
}

/** The item inside which each thing of this level is: the other end of a relationship that the class rule names. */
async function findHosts(em: EntityManager, rules: IdentityRules, level: number): Promise<void> {
  await rows(em, 'drop table if exists inside')
  await rows(
    em,
    `create temp table inside on commit drop as
     select distinct on (d.n) d.n, h.item
     from ${BOTH_WAYS} e join seen d on d.n = e.a and d.level = $2 and not d.same
       join json_to_recordset($1::json) as r(name text, types text[], hosts text[]) on r.name = d.class_name
       join seen h on h.n = e.b and h.class_name = any(r.hosts) and h.item is not null
     where $2 > 0 and (cardinality(r.types) = 0 or e.type = any(r.types))
     order by d.n, h.level desc, h.n`,
    [hostsOf(rules), level],
  )
}

/** The marks of what is not decided yet on this level, each within its host. */
async function collectMarks(em: EntityManager, staging: Staging, level: number): Promise<void> {
  await rows(em, 'update mark m set host_id = i.item from inside i where i.n = m.n')
  // Only what was told twice has a mark twice.
  const twins = await row(em, 'select from twin limit 1')
  await rows(
    em,
    `insert into mark
     select ${twins ? 'distinct ' : ''}s.n, s.n, m.entry, m.rank, m.strong, m.decisive, m.overlap, m.value, false, false, coalesce(i.item, '${NOWHERE}')
     from ${staging.marks} m left join twin t on t.n = m.n join seen s on s.n = coalesce(t.rep, m.n) and s.level = $1
       left join inside i on i.n = s.n
     where not s.same and not m.lent`,
    [level],
  )
  await rows(em, 'analyze mark')
}
