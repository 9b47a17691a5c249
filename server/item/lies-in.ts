/**
 * SQL: UUIDs (`uuid`) of the items in which the item of this alias lies: its site, whatever else contains it, its environments and
 * groups.
 */
export const placesAround = (item: string) =>
  `(select ${item}.site_id as uuid union select unnest(array_remove(${item}.scope_ids, ${item}.uuid))
  union select r.target_id from relationship r where r.source_id = ${item}.uuid and r.type = 'memberOf' and r.valid_to is null)`

/** SQL: whether the item of this alias lies in `place`, an expression that gives a UUID. */
export const liesIn = (item: string, place: string) =>
  `exists (select from ${placesAround(item)} p where p.uuid = ${place})`
