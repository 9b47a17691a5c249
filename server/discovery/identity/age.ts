/** How old the word of a source counts. Kept with the observation, so that what is shown and why can never say two things. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import type { IdentityRules } from './rules.ts'

/**
 * Counts anew, as of `at`, how old the observations of the items of a table `touched (item uuid)` are: `due` those of which
 * one is to be counted by now, `all` after rules or items changed.
 */
export async function countAges(
  em: EntityManager,
  rules: IdentityRules,
  at: Date,
  which: 'due' | 'all',
): Promise<void> {
  const limits = rules.classNames.flatMap((name) => {
    const of = rules.staleLimits(name)
    return of.length > 0 ? [{ name, of }] : []
  })
  await rows(
    em,
    `update observation o set aged_at = $1, stale_at = n.next from (
       select o.uuid, min(l.at) filter (where l.at > $1) as next,
         coalesce(bool_or((l.at <= $1) is distinct from coalesce(l.at <= o.aged_at, false)), false) as turned
       from touched t join actual_item a on a.uuid = t.item join observation o on o.actual_item_id = t.item and o.current
         left join json_to_recordset($2::json) as c(name text, "of" int[]) on c.name = a.class_name
         left join lateral (select o.last_at + seconds * interval '1 s' as at from unnest(c.of) seconds) l on true
       where $3::boolean or o.stale_at <= $1
       group by o.uuid) n
     where n.uuid = o.uuid and (n.turned or o.stale_at is distinct from n.next)`,
    [at, JSON.stringify(limits), which === 'all'],
  )
}
