/** What discovery had seen at an earlier time: the same shapes as in actual.reads.ts, read from versions. */
import { batch, byKey, groupedBy } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { rows } from '../kernel/sql.ts'
import { ActualItem } from './actual-item.entity.ts'
import { InstalledSoftware, Observation } from './actual.type.ts'
import { thingsOn } from './places.ts'

const versionAt = (alias: string) =>
  `${alias}.valid_from <= $1::timestamptz and (${alias}.valid_to is null or ${alias}.valid_to > $1::timestamptz)`

const seenAt = (alias: string) =>
  `${alias}.first_seen_at <= $1::timestamptz and (${alias}.gone_at is null or ${alias}.gone_at > $1::timestamptz)`

/** The observed side of an item that the caller sees, as it was then. */
export function actualItemAt(context: Context, uuid: string, at: Date): Promise<ActualItem | null> {
  return batch(context, `actualItem@${at.toISOString()}`, uuid, async (uuids) => {
    const found = await rows<object>(
      context.em,
      `select v.*, a.created_at, a.updated_at, a.version, a.scope_ids, a.first_seen_at, least(a.last_seen_at, $1) as last_seen_at
       from actual_item_version v join actual_item a on a.uuid = v.uuid where v.uuid = any($2::uuid[]) and ${versionAt('v')}`,
      [at, uuids],
    )
    return byKey(lean(context.em, ActualItem, found), (one) => one.uuid)
  })
}

/** The software that had been seen on configuration items: by UUID of the item. */
export function installedAt(context: Context, itemId: string, at: Date): Promise<InstalledSoftware[] | null> {
  return batch(context, `installed@${at.toISOString()}`, itemId, async (itemIds) => {
    const found = await rows<InstalledSoftware & { itemId: string }>(
      context.em,
      `select s."itemId", v.attributes->>'package' as name, v.attributes->>'version' as version,
         v.attributes->>'digest' as digest, least(a.last_seen_at, $1) as "observedAt", null as "deploymentId"
       from (
         select c.uuid as "itemId", t.uuid as software_id from configuration_item_version c
           cross join lateral ${thingsOn('c.actual_item_id', seenAt)} t
           where c.uuid = any($2::uuid[]) and ${versionAt('c')}
         union
         select c.uuid, c.actual_item_id from configuration_item_version c
           where c.uuid = any($2::uuid[]) and c.class_name = 'SoftwareInstallation' and ${versionAt('c')}
       ) s join actual_item_version v on v.uuid = s.software_id and ${versionAt('v')} join actual_item a on a.uuid = v.uuid
       where v.class_name = 'SoftwareInstallation' and v.state = 'PRESENT' and v.attributes ?& array['package', 'version']
       order by 2, 3`,
      [at, itemIds],
    )
    return groupedBy(
      found.map((one) => Object.assign(new InstalledSoftware(), one)),
      (one) => one.itemId,
    )
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
