import type { EntityManager } from '@mikro-orm/postgresql'
import { groupedBy } from '../kernel/batch.ts'
import { rows } from '../kernel/sql.ts'
import { fitsAsTable, fitValues, type ClassFit } from './promotion-mapping.ts'

/**
 * The configuration items that each of these actual items could be, by UUID of the actual item: those with the same
 * machine ID, or else those with the same name, each of the same class or of one that a mapping makes of it. Linked and
 * decommissioned items are no candidates.
 */
export async function candidatesFor(
  em: EntityManager,
  actuals: readonly { uuid: string }[],
  fits: readonly ClassFit[],
): Promise<Map<string, string[]>> {
  const found = await rows<{ actual: string; item: string; strong: boolean }>(
    em,
    `with fit as ${fitsAsTable(2)}
     select a.uuid as actual, c.uuid as item, true as strong
       from actual_item a join fit f on f.seen = a.class_name join configuration_item c on c.class_name = f.item
         and c.attributes->>'machineId' = a.attributes->>'machineId'
       where a.uuid = any($1::uuid[]) and c.actual_item_id is null and c.state <> 'DECOMMISSIONED'
     union all
     select a.uuid, c.uuid, false
       from actual_item a join fit f on f.seen = a.class_name join configuration_item c on c.class_name = f.item and c.name = a.name
       where a.uuid = any($1::uuid[]) and c.actual_item_id is null and c.state <> 'DECOMMISSIONED'
         and (c.attributes->>'machineId' is null or a.attributes->>'machineId' is null)`,
    [actuals.map(({ uuid }) => uuid), ...fitValues(fits)],
  )
  const candidates = new Map<string, string[]>()
  for (const [actual, all] of groupedBy(found, (one) => one.actual)) {
    const strong = all.filter((one) => one.strong)
    candidates.set(
      actual,
      (strong.length > 0 ? strong : all).map(({ item }) => item),
    )
  }
  return candidates
}
