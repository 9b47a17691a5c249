import type { EntityManager } from '@mikro-orm/postgresql'
import { recordMany } from '../kernel/events.ts'
import { rows } from '../kernel/sql.ts'

/**
 * Held to the end of the transaction by whoever adds or ends relationships, from before the rules are looked at: two changes
 * that are fine each cannot close a ring, or give an item a second container, unseen by each other.
 */
const CONTAINMENT_LOCK = 7_296_030

/** SQL: names of the types by which one item is inside another. */
export const containmentTypes = 'array(select name from relationship_type where containment)'

export async function lockContainment(em: EntityManager): Promise<void> {
  await rows(em, 'select pg_advisory_xact_lock($1)', [CONTAINMENT_LOCK])
}

/**
 * Brings `scope_ids` (every containing item and the item itself) and `site_id` (the nearest containing Site) of these items
 * and of everything inside them up to the relationships, in one statement. The items that changed get a new version and
 * an event. Call it with the containment lock held, after the relationships were written; entities of these items that
 * the caller still holds are stale then.
 */
export async function refreshContainment(
  em: EntityManager,
  uuids: readonly string[],
  by: string | null,
): Promise<void> {
  if (uuids.length === 0) return
  const moved = await rows<{ uuid: string; version: number; scope_ids: string[] }>(
    em,
    `with recursive sites(name) as (
       select 'Site' union select c.name from item_class c join sites on c.parent = sites.name
     ), below(uuid) as (
       select unnest($1::uuid[])
       union
       select r.source_id from relationship r join below on r.target_id = below.uuid
         where r.valid_to is null and r.type = any(${containmentTypes})
     ), above(uuid, ancestor, distance) as (
       select uuid, uuid, 0 from below
       union
       select a.uuid, r.target_id, a.distance + 1 from above a join relationship r on r.source_id = a.ancestor
         where r.valid_to is null and r.type = any(${containmentTypes}) and a.distance < 64
     ), wanted as (
       select a.uuid, array_agg(distinct a.ancestor order by a.ancestor) as scope_ids,
         (array_agg(a.ancestor order by a.distance, a.ancestor) filter (where i.class_name in (select name from sites) and a.distance > 0))[1] as site_id
       from above a join configuration_item i on i.uuid = a.ancestor group by a.uuid
     )
     update configuration_item i
       set scope_ids = w.scope_ids, site_id = w.site_id, version = i.version + 1, updated_at = now()
       from wanted w
       where i.uuid = w.uuid and (i.scope_ids is distinct from w.scope_ids or i.site_id is distinct from w.site_id)
       returning i.uuid, i.version, i.scope_ids::text[] as scope_ids`,
    [uuids],
  )
  await recordMany(
    em,
    moved.map(({ uuid, version, scope_ids }) => ({
      topic: 'item.changed',
      subject: uuid,
      version,
      scopeIds: scope_ids,
      actor: by,
    })),
  )
}
