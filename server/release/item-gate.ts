import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { scopeCondition } from '../kernel/authorize.ts'
import { groupedBy } from '../kernel/batch.ts'
import type { ItemGate, Listing } from '../item/item.gate.ts'
import { releaseLifecycle, type ReleaseState } from './release.lifecycle.ts'

/**
 * A release permits changes while it is IN_PROGRESS, and in no other state: before that its lists can still be edited by
 * whoever may edit it, so that to start it (`release.manage`) is what settles and approves them; after that it is over.
 */
const PERMITTING: ReleaseState = 'IN_PROGRESS'

/** So many releases that do not permit a change are told of, for each item. */
const TOLD = 5

/**
 * A release lists its targets and the other items it changes. Targets of its tasks, and of their deployments, are among
 * its own targets and need no look: a task takes only from those, and all of them are settled before it begins.
 */
export const listedItems = `(select release_id, item_id from release_target union select release_id, item_id from release_item)`

/** Lets a release in progress permit changes of protected items; goes into `services.itemGates`. */
export const releasesOfItem: ItemGate = {
  id: 'releases',
  async permitting(em, itemIds, hold) {
    const found = await rows<Found>(
      em,
      `select l.item_id, r.uuid, r.ordinal, r.state from release r join ${listedItems} l on l.release_id = r.uuid
       where l.item_id = any($1::uuid[]) and r.state = $2 order by r.ordinal${hold ? ' for share of r' : ''}`,
      [itemIds, PERMITTING],
    )
    return found.map(listing)
  },
  async others(em, itemIds, viewer) {
    const values: unknown[] = [itemIds, PERMITTING]
    const seen = scopeCondition(viewer, 'release.read', 'r.scope_ids', values) ?? 'true'
    const found = await rows<Found & { seen: boolean; hidden: number }>(
      em,
      `select i.item_id, o.* from unnest($1::uuid[]) i(item_id) cross join lateral (
         select r.*, row_number() over (order by r.seen desc, r.ordinal desc) as place, (count(*) filter (where not r.seen) over ())::int as hidden
         from (select r.uuid, r.ordinal, r.state, ${seen} as seen from release r
           where r.uuid in (select release_id from ${listedItems} l where l.item_id = i.item_id) and r.state <> $2) r) o
       where o.place <= ${TOLD} order by i.item_id, o.place`,
      values,
    )
    return [...groupedBy(found, ({ item_id }) => item_id)].map(([itemId, all]) => ({
      itemId,
      listings: all.filter((one) => one.seen).map(listing),
      hidden: all[0]!.hidden,
    }))
  },
}

interface Found {
  item_id: string
  uuid: string
  ordinal: number
  state: ReleaseState
}

const listing = ({ item_id: itemId, uuid: releaseId, ordinal, state }: Found): Listing => ({
  itemId,
  releaseId,
  id: toNodeId('rls', releaseId),
  number: `REL-${ordinal}`,
  state,
  over: state === 'COMPLETED' || releaseLifecycle.isTerminal(state),
})
