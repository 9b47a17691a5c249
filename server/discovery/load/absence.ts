/** What a source told of before and does not name now: missing first, retired by the policy of the product, never deleted. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import { WHOLE } from './scopes.ts'
import type { Staging } from './staging.ts'
import { FORGET_MARKS, type Look } from './write.ts'

export const UNKNOWN_GONE = (
  staging: Staging,
) => `select format('%s "%s" is said to be gone, and nothing is known under this key.', g.class_name, g.key) as message,
  g.source, g.line, g.element from ${staging.gone} g
  where not exists (select from observation o join class_of c on c.name = o.class_name
    where o.product_id = $1 and o.current and o.native_key = g.key and c.family = g.family) order by g.n`

/** Absence counts only within what was seen whole: a scope, or everything. */
export async function markAbsent(em: EntityManager, staging: Staging, { productId, at }: Look): Promise<void> {
  await rows(
    em,
    `create temp table absent on commit drop as
     select o.uuid, o.actual_item_id as item, o.missing from observation o
     where o.product_id = $1 and o.current and not exists (select from seen s where s.held = o.uuid and not s.mention)
       and (exists (select from ${staging.scopes} w where w.name = $2 and w.complete)
         or exists (select from ${staging.scopes} w where w.name = o.scope and w.complete))
     union
     select o.uuid, o.actual_item_id, o.missing from ${staging.gone} g join class_of c on c.family = g.family
       join observation o on o.product_id = $1 and o.current and o.native_key = g.key and o.class_name = c.name
     where not exists (select from ref_of r join seen s on s.n = r.n where s.held = o.uuid and not s.mention and s.n > g.n)`,
    [productId, WHOLE],
  )
  await rows(
    em,
    `update observation o set missing = true, missed = o.missed + 1, missing_since = coalesce(o.missing_since, $1) from absent a where a.uuid = o.uuid`,
    [at],
  )
  // A thing that its source shows under another key now has only been renamed there.
  await rows(
    em,
    `with over as (
       update observation o set current = false from absent a where a.uuid = o.uuid
         and exists (select from seen s where s.item = a.item and not s.mention) returning o.uuid, o.actual_item_id as item),
     forgotten as (delete from absent a using over where over.uuid = a.uuid),
     again as (insert into touched select distinct item, false from over on conflict do nothing)
     ${FORGET_MARKS}`,
  )
  // Who of several sources is believed depends on who still sees the item.
  await rows(
    em,
    `insert into touched select distinct a.item, false from absent a where not a.missing
       and (select count(*) from observation o where o.actual_item_id = a.item and o.current) > 1 on conflict do nothing`,
  )
}

/** PRESENT while a product sees it; then MISSING; RETIRED once each product that knew it has missed it long enough. */
export async function moveStates(em: EntityManager, { at }: Look): Promise<void> {
  await rows(
    em,
    `create temp table moved on commit drop as
     select a.uuid as item, a.state as was, case when w.present or w.products = 0 and a.state = 'PRESENT' and not l.lost then 'PRESENT'
         when w.products > 0 and w.expired then 'RETIRED'
         when a.state = 'RETIRED' then 'RETIRED' else 'MISSING' end as state
     from (select item from absent union select item from lost
       union select s.item from seen s join actual_item b on b.uuid = s.item and b.state <> 'PRESENT' where not s.fresh and not s.mention) t
     join actual_item a on a.uuid = t.item and a.state <> 'MERGED'
     cross join lateral (select exists (select from lost where lost.item = a.uuid) as lost) l
     cross join lateral (
       select count(*) as products, coalesce(bool_or(not o.missing), false) as present,
         coalesce(bool_and(o.missed >= p.retire_after_refreshes or o.missing_since <= $1::timestamptz - make_interval(days => p.retire_after_days)), false) as expired
       from observation o left join discovery_policy p on p.product_id = o.product_id
       where o.actual_item_id = a.uuid and o.current and o.product_id is not null) w`,
    [at],
  )
  await rows(em, 'delete from moved where state = was')
  await rows(
    em,
    `update actual_item a set state = m.state, version = a.version + 1, updated_at = $1 from moved m where m.item = a.uuid`,
    [at],
  )
}
