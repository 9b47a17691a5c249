/** What discovery had seen at an earlier time: the same shapes as in actual.reads.ts, read from versions. */
import { batch, byKey, groupedBy } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { rows } from '../kernel/sql.ts'
import { asOf } from '../item/item.reads.ts'
import { validAt } from '../item/valid-at.ts'
import { ActualItem } from './actual-item.entity.ts'
import { Observation } from './actual.type.ts'
import { lastSeenOf } from './last-seen.ts'

/** Which relationships were seen at the time `$1`. */
export const seenAt = (alias: string) =>
  `${alias}.first_seen_at <= $1::timestamptz and (${alias}.gone_at is null or ${alias}.gone_at > $1::timestamptz)`

/** The observed side of an item that the caller sees, as it was then. */
export function actualItemAt(context: Context, uuid: string, at: Date): Promise<ActualItem | null> {
  return batch(context, `actualItem@${at.toISOString()}`, uuid, async (uuids) => {
    const found = await rows<object>(
      context.em,
      `select v.*, a.created_at, a.updated_at, a.version, a.scope_ids, a.first_seen_at, least(${lastSeenOf('a')}, $1) as last_seen_at
       from actual_item_version v join actual_item a on a.uuid = v.uuid where v.uuid = any($2::uuid[]) and ${validAt('v')}`,
      [at, uuids],
    )
    return byKey(asOf(lean(context.em, ActualItem, found), at), (one) => one.uuid)
  })
}

/** What each source had seen last by then, newest first. */
export async function observationsAt(context: Context, actualItemId: string, at: Date): Promise<Observation[]> {
  const found = await batch(context, `observations@${at.toISOString()}`, actualItemId, async (uuids) => {
    const all = await rows<Observation & { actualItemId: string }>(
      context.em,
      `select * from (
         select distinct on (o.actual_item_id, o.source) o.actual_item_id as "actualItemId", o.product_id as "productId",
           o.run_id as "runId", least(o.last_at, $1) as at, o.attributes
         from observation o where o.first_at <= $1 and o.actual_item_id = any($2::uuid[])
         order by o.actual_item_id, o.source, o.first_at desc) o order by o.at desc`,
      [at, uuids],
    )
    return groupedBy(
      all.map((one) => Object.assign(new Observation(), one)),
      (one) => one.actualItemId,
    )
  })
  return found ?? []
}
