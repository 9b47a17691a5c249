/**
 * SQL: UUIDs (`uuid`) of the items in which the item of this alias lies: its site, whatever else contains it, its environments and
 * groups.
 */
export const placesAround = (item: string) =>
  `(select ${item}.site_id as uuid union select unnest(array_remove(${item}.scope_ids, ${item}.uuid))
  union select r.target_id from relationship r where r.source_id = ${item}.uuid and r.type = 'memberOf' and r.valid_to is null)`

const siteClasses = `with recursive sites(name) as (
  select 'Site' union select c.name from item_class c join sites on c.parent = sites.name) select name from sites`

/** SQL: whether the item of this alias lies in `place`, an expression that gives a UUID; of several sites around it in the nearest only. */
export const liesIn = (item: string, place: string) =>
  `exists (select from ${placesAround(item)} p where p.uuid = ${place} and (p.uuid is not distinct from ${item}.site_id
    or not exists (select from configuration_item c where c.uuid = ${place} and c.class_name in (${siteClasses}))))`
