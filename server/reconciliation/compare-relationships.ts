import type { EntityManager } from '@mikro-orm/postgresql'
import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import type { RelationshipDifference } from './reconciliation-result.entity.ts'

/**
 * Relationships from these items, of which both ends are linked, that only one side has: by UUID of the item. One that is
 * authorized and not seen counts only where discovery can see such a one: it saw this one before, or sees another of the
 * type from the same thing. One statement.
 */
export async function relationshipDifferences(
  em: EntityManager,
  itemIds: readonly string[],
): Promise<Map<string, RelationshipDifference[]>> {
  const found = await rows<{ item: string; type: string; other: string; name: string; authorized: boolean }>(
    em,
    `with pair as (select c.uuid, c.name, c.actual_item_id as actual from configuration_item c join actual_item a on a.uuid = c.actual_item_id
       where a.state = 'PRESENT' and c.state <> 'DECOMMISSIONED'),
     wanted as (select r.source_id as item, r.type, r.target_id as other from relationship r
       join pair s on s.uuid = r.source_id join pair t on t.uuid = r.target_id
       where r.valid_to is null and r.source_id = any($1::uuid[])),
     seen as (select distinct s.uuid as item, r.type, t.uuid as other from actual_relationship r
       join pair s on s.actual = r.source_id join pair t on t.actual = r.target_id
       where r.gone_at is null and s.uuid = any($1::uuid[])),
     different as (
       select *, true as authorized from wanted w where not exists (select from seen x where x.item = w.item and x.type = w.type and x.other = w.other)
         and exists (select from actual_relationship r join pair s on s.actual = r.source_id
           where s.uuid = w.item and r.type = w.type
             and (r.gone_at is null or r.target_id = (select actual from pair where uuid = w.other)))
       union all
       select *, false from seen x where not exists (select from wanted w where w.item = x.item and w.type = x.type and w.other = x.other))
     select d.item, d.type, d.other, p.name, d.authorized from different d join pair p on p.uuid = d.other order by d.item, d.type, p.name`,
    [itemIds],
  )
  const byItem = new Map<string, RelationshipDifference[]>()
  for (const { item, type, other, name, authorized } of found) {
    const all = byItem.get(item) ?? []
    byItem.set(item, [...all, { type, other: name, otherId: toNodeId('ci', other), authorized }])
  }
  return byItem
}
