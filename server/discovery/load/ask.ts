/** What cannot be decided becomes questions for a person, over the temporary tables of recognise.ts. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'

/** What a person has to decide about the things of this level. */
export async function ask(em: EntityManager, level: number, productId: string): Promise<void> {
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
