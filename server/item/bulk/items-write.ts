/** Writes changes of many items as one: values, state and site. Rules are the caller's affair. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { changedMany, moveMany, type Because } from '../../kernel/move.ts'
import { row, rows } from '../../kernel/sql.ts'
import type { Viewer } from '../../kernel/context.ts'
import { addRelationships, endRelationships } from '../edges.ts'
import type { ConfigurationItem } from '../item.entity.ts'
import { itemLifecycle, type ItemAction } from '../item.lifecycle.ts'
import { itemsByUuid } from '../item.service.ts'

/** What becomes of one item; what is left out stays. */
export interface ItemPlan {
  item: ConfigurationItem
  attributes?: Record<string, unknown>
  action?: ItemAction
  /** UUID of the site; null: outside every site. */
  site?: string | null
}

export interface ItemsChanged {
  items: ConfigurationItem[]
  /** UUID of the change of the graph. */
  changeId: string
}

/** By UUID, the site in which each of the items stands itself, not through what it runs on. */
export async function ownSites(em: EntityManager, uuids: readonly string[]) {
  const found = await rows<{ item: string; uuid: string; site: string }>(
    em,
    `select source_id as item, uuid, target_id as site from relationship
     where type = 'locatedIn' and valid_to is null and source_id = any($1::uuid[])`,
    [uuids],
  )
  return new Map(found.map((one) => [one.item, one]))
}

/** `action` is how history calls a change of values. Answers the items as the viewer sees them afterwards. */
export async function writePlans(
  em: EntityManager,
  plans: readonly ItemPlan[],
  action: string,
  because: Because,
  viewer: Viewer,
): Promise<ItemsChanged> {
  const valued = plans.filter(({ attributes }) => attributes)
  const before = new Map(valued.map(({ item }) => [item, item.attributes]))
  for (const { item, attributes } of valued) item.attributes = attributes!
  await changedMany(
    em,
    valued.map(({ item }) => item),
    action,
    because,
    (item) => ({ attributes: difference(before.get(item)!, item.attributes) }),
  )
  const steps = plans.flatMap(({ item, action: step }) => (step ? [{ thing: item, action: step }] : []))
  await moveMany(em, steps, itemLifecycle, because)
  await placeAnew(em, plans, because)
  const change = await row<{ id: string }>(em, `select current_setting('waybill.graph_change') as id`)
  const items = await itemsByUuid(
    em,
    plans.map(({ item }) => item.uuid),
    viewer,
  )
  const place = new Map(plans.map(({ item }, index) => [item.uuid, index]))
  return { items: items.toSorted((a, b) => place.get(a.uuid)! - place.get(b.uuid)!), changeId: change!.id }
}

async function placeAnew(em: EntityManager, plans: readonly ItemPlan[], because: Because): Promise<void> {
  const moved = plans.filter(({ site }) => site !== undefined)
  if (moved.length === 0) return
  const sites = await ownSites(
    em,
    moved.map(({ item }) => item.uuid),
  )
  const going = [...sites.values()].map(({ uuid }) => uuid)
  if (going.length > 0) await endRelationships(em, going, because)
  const coming = moved.flatMap(({ item, site }) =>
    site ? [{ type: 'locatedIn', sourceId: item.uuid, targetId: site }] : [],
  )
  if (coming.length > 0) await addRelationships(em, coming, because)
}

/** The values of `after` that are other than before; null where one is gone. */
function difference(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const other = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  return Object.fromEntries(other.map((name) => [name, after[name] ?? null]))
}
