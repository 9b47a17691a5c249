/**
 * SQL: when a source saw the actual item `alias` last. What sources show they say in their observations, each look of them anew;
 * the item itself keeps the time only of what none of them shows any more, so that seeing it again writes nothing to it.
 */
export const lastSeenOf = (alias: string) =>
  `coalesce((select max(o.last_at) from observation o where o.actual_item_id = ${alias}.uuid and o.current), ${alias}.last_seen_at)`
