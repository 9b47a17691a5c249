import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
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
  async others(em, itemIds) {
    const found = await rows<Found>(
      em,
      `select i.item_id, r.uuid, r.ordinal, r.state from unnest($1::uuid[]) i(item_id) cross join lateral (
         select r.* from release r where r.uuid in (select release_id from ${listedItems} l where l.item_id = i.item_id)
           and r.state <> $2 order by r.ordinal desc limit ${TOLD}) r`,
      [itemIds, PERMITTING],
    )
    return found.map(listing)
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
