/** What a source only repeats is settled anew where that can let another value win, and nowhere else: most of a load is repeated. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { isDeepStrictEqual } from 'node:util'
import { row, rows } from '../../kernel/sql.ts'
import { placeOf, sourceOf, type Speaker } from '../identity/values.ts'
import type { IdentityRules } from '../identity/rules.ts'
import { WHOLE } from './scopes.ts'
import type { Staging } from './staging.ts'

/**
 * Touches items of which several sources tell different things, when this one was silent before (missing or stale), or when
 * the later of two looks counts: among sources that are trusted alike, and beside a confirmation.
 */
export async function touchRepeated(
  em: EntityManager,
  rules: IdentityRules,
  productId: string,
  staging: Staging,
): Promise<void> {
  const me = sourceOf(productId)
  const now = await row<{ back: boolean; whole: boolean; confirmed: boolean }>(
    em,
    `select exists (select from seen where same and not mention and back) as back,
       exists (select from ${staging.scopes} where name = $1 and complete) as whole,
       exists (select from observation where current and native_key is null) as confirmed`,
    [WHOLE],
  )
  const speakers = await rows<Speaker>(
    em,
    `select $1 || p.uuid as source, p.kind from management_product p where p.uuid = $2
       or exists (select from discovery_run r where r.product_id = p.uuid and r.state = 'SUCCEEDED' and not r.dry_run)`,
    [sourceOf(''), productId],
  )
  if (now!.confirmed) speakers.push({ source: 'confirmation', kind: 'confirmation' })
  // Whoever saw all saw what it calls by two keys at one time, and neither look is the later one.
  const rivals = rules.classNames.map((name) => ({
    name,
    sources: rivalsOf(rules, name, speakers, me).filter((one) => one !== me || !now!.whole),
  }))
  if (!now!.back && rivals.every(({ sources }) => sources.length === 0)) return
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
