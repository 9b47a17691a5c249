/** What a source only repeats is settled anew where that can let another value win, and nowhere else: most of a load is repeated. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { isDeepStrictEqual } from 'node:util'
import { rows } from '../../kernel/sql.ts'
import { placeOf, sourceOf, type Speaker } from '../identity/values.ts'
import type { IdentityRules } from '../identity/rules.ts'

/**
 * Touches items of which several sources tell different things, when this one was silent before (missing or stale), or when
 * the later of two looks counts: among sources that are trusted alike, and beside a confirmation.
 */
export async function touchRepeated(em: EntityManager, rules: IdentityRules, productId: string): Promise<void> {
  const speakers = await rows<Speaker>(
    em,
    `select $1 || uuid as source, kind from management_product union all select 'confirmation', 'confirmation'`,
    [sourceOf('')],
  )
  const rivals = rules.classNames.map((name) => ({
    name,
    sources: rivalsOf(rules, name, speakers, sourceOf(productId)),
  }))
  await rows(
    em,
    `with pair as materialized (
       select s.item, s.obs, p.uuid as other from seen s join observation p on p.actual_item_id = s.item and p.current and p.uuid <> s.obs
         join json_to_recordset($1::json) as r(name text, sources text[]) on r.name = s.class_name
       where s.same and not s.mention and (s.back or p.source = any(r.sources)))
     insert into touched select distinct c.item, false
     from pair c join observation o on o.uuid = c.obs join observation p on p.uuid = c.other
     where (o.name <> p.name or exists (
         select from jsonb_each(o.attributes) one where p.attributes->one.key is distinct from one.value and p.attributes ? one.key))
     on conflict do nothing`,
    [JSON.stringify(rivals)],
  )
}

/** Before which a later look of this source wins, by any rule of the class. */
function rivalsOf(rules: IdentityRules, className: string, speakers: readonly Speaker[], source: string): string[] {
  const me = speakers.find((one) => one.source === source)!
  const lists = ['*', ...rules.namedAttributes(className)].map((name) => rules.valueRule(className, name).sources ?? [])
  const different = lists.filter((list, index) => lists.findIndex((one) => isDeepStrictEqual(one, list)) === index)
  return speakers
    .filter((one) =>
      different.some(
        (list) =>
          placeOf(one, list) === placeOf(me, list) || (one.kind === 'confirmation' && !list.includes('confirmation')),
      ),
    )
    .map((one) => one.source)
}
