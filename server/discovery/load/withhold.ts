/**
 * What a source may not make leaves the load before it becomes an item: by the rule of its class other sources make such items,
 * and this one only adds to those that are known. With it goes what is recognised only within it. Its relationships have no
 * end then, and are left out too. Works set by set over the temporary tables of recognise.ts; where every class is open to the
 * source it asks nothing.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import type { IdentityRules } from '../identity/rules.ts'
import { placeOf, sourceOf } from '../identity/values.ts'
import { warnOf, type Tally } from './problems.ts'
import type { Look } from './write.ts'

interface Closed {
  name: string
  /** Class whose rule says it, or '*'. */
  owner: string
  /** Who may, for people. */
  sources: string
}

/** The classes of which this source may make nothing. */
function closedTo(rules: IdentityRules, { productId, source }: Look): Closed[] {
  return rules.classNames.flatMap((name) => {
    const rule = rules.insertRule(name)
    if (!rule || placeOf({ source: sourceOf(productId), kind: source.kind }, rule.sources) < rule.sources.length)
      return []
    return [{ name, owner: rule.owner, sources: rule.sources.join(', ') }]
  })
}

/** Call it before the first level. False: this source may make whatever it sees. */
export async function beginWithholding(em: EntityManager, rules: IdentityRules, look: Look): Promise<boolean> {
  const closed = closedTo(rules, look)
  if (closed.length === 0) return false
  await rows(
    em,
    `create temp table closed on commit drop as select * from json_to_recordset($1::json) as c(name text, owner text, sources text)`,
    [JSON.stringify(closed)],
  )
  await rows(
    em,
    `create temp table withheld (n bigint, class_name text, name text, key text, source text, line int, element text, within bigint, resembles text)
     on commit drop`,
  )
  return true
}

/** Takes out what was not found on this level, before the rest of it becomes new items. */
export async function withhold(em: EntityManager, level: number, bothWays: string, hosts: string): Promise<void> {
  const told = 's.n, s.class_name, s.name, s.key, s.source, s.line, s.element'
  await rows(
    em,
    `insert into withheld select ${told}, null, r.names
     from seen s join closed c on c.name = s.class_name
       left join (select d.n, string_agg(a.name, ', ' order by d.rank, a.name) as names
         from cand d join actual_item a on a.uuid = d.item_id group by d.n) r on r.n = s.n
     where s.level = $1 and s.item is null and not s.mention`,
    [level],
  )
  if (level > 0)
    await rows(
      em,
      `insert into withheld select distinct on (s.n) ${told}, w.n, null
       from withheld w join ${bothWays} e on e.b = w.n join seen s on s.n = e.a and s.level = $1 and s.item is null and not s.mention
         join json_to_recordset($2::json) as r(name text, types text[], hosts text[]) on r.name = s.class_name and w.class_name = any(r.hosts)
       where (cardinality(r.types) = 0 or e.type = any(r.types)) and not exists (select from inside i where i.n = s.n)
         and not exists (select from withheld x where x.n = s.n)
       order by s.n, w.n`,
      [level, hosts],
    )
  await rows(em, 'delete from seen s using withheld w where w.n = s.n')
}

/** Each of them is a line of the report. */
export async function tellWithheld(em: EntityManager, tally: Tally, { source }: Look): Promise<void> {
  await warnOf(
    em,
    tally,
    'insert-from',
    `select case when h.n is not null
         then format('%s "%s" (key %s) was not inserted: it is recognised within %s "%s", which was not inserted either.', w.class_name, w.name, w.key, h.class_name, h.name)
         else format('%s "%s" (key %s) was not inserted: by the rule of %s only %s may insert it, and %s (%s) may only add to what is known.', w.class_name, w.name, w.key,
             case c.owner when '*' then 'every class' else c.owner end, c.sources, $1::text, $2::text)
           || case when w.resembles is null then '' else format(' It resembles what is known as %s, and no rule decides that it is the same.', w.resembles) end
           || ' Once one of them has inserted it, the next look takes this in.' end as message,
       w.source, w.line, w.element
     from withheld w left join closed c on c.name = w.class_name left join withheld h on h.n = w.within order by w.n`,
    [source.name, source.kind],
  )
}
