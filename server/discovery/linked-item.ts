import { viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { rows } from '../kernel/sql.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { asOf } from '../item/item.reads.ts'
import { validAt } from '../item/valid-at.ts'
import type { ActualItem } from './actual-item.entity.ts'

/** The configuration item linked to an actual one, at its time, if the caller sees it. */
export async function linkedItem(
  context: Context,
  { uuid, asOf: at }: Pick<ActualItem, 'uuid' | 'asOf'>,
): Promise<ConfigurationItem | null> {
  const link = await batch(context, `linkedItem@${at?.toISOString() ?? 'now'}`, uuid, async (uuids) => {
    const found = await rows<{ uuid: string; actual_item_id: string }>(
      context.em,
      at
        ? `select x.* from configuration_item_version x where ${validAt('x')} and x.actual_item_id = any($2::uuid[])`
        : 'select x.* from configuration_item x where x.actual_item_id = any($1::uuid[])',
      at ? [at, uuids] : [uuids],
    )
    return byKey(asOf(lean(context.em, ConfigurationItem, found), at), (one) => one.actualItemId!)
  })
  const reach = viewerOf(context).reach('estate.read')
  return link && (reach === 'estate' || link.scopeIds.some((scope) => reach.includes(scope))) ? link : null
}
