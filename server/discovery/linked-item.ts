import { viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { rows } from '../kernel/sql.ts'
import { ConfigurationItem } from '../item/item.entity.ts'

/** The configuration item linked to an actual one, if the caller sees it. */
export async function linkedItem(context: Context, actualItemId: string): Promise<ConfigurationItem | null> {
  const link = await batch(context, 'linkedItem', actualItemId, async (uuids) => {
    const found = await rows<{ uuid: string; actual_item_id: string }>(
      context.em,
      'select x.* from configuration_item x where x.actual_item_id = any($1::uuid[])',
      [uuids],
    )
    return byKey(lean(context.em, ConfigurationItem, found), (one) => one.actualItemId!)
  })
  const reach = viewerOf(context).reach('estate.read')
  return link && (reach === 'estate' || link.scopeIds.some((scope) => reach.includes(scope))) ? link : null
}
