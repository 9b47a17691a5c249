import { toNodeId } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { scopeCondition } from '../kernel/authorize.ts'
import { groupedBy } from '../kernel/batch.ts'
import type { ItemGate, Listing } from '../item/item.gate.ts'
import { isApproval } from './is-approval.ts'
import { releaseLifecycle, type ReleaseState } from './release.lifecycle.ts'

/**
 * A release permits changes while it is IN_PROGRESS, and in no other state: before that its lists can still be edited by
 * whoever may edit it, after that it is over. And only what somebody else approved as it is now: neither who edited the
 * release, nor who makes the change, could give themselves leave.
 */
const PERMITTING: ReleaseState = 'IN_PROGRESS'

/** SQL: `release r` is approved, by somebody else than the account of this parameter. */
const approvedFor = (parameter: string) =>
  `exists (select from release_approval a where a.release_id = r.uuid and a.by_id is distinct from ${parameter}::uuid and ${isApproval})`

/** So many releases that do not permit a change are told of, for each item. */
const TOLD = 5

/**
 * A release lists its targets and the other items it changes. Targets of its tasks, and of their deployments, are among
 * its own targets and need no look: a task takes only from those, and all of them are settled before it begins.
 */
export const listedItems = `(select release_id, item_id from release_target union select release_id, item_id from release_item)`

/** Lets an approved release in progress permit changes of protected items; goes into `services.itemGates`. */
export const releasesOfItem: ItemGate = {
  id: 'releases',
  async permitting(em, itemIds, viewer, hold) {
    const found = await rows<Found>(
      em,
      `select l.item_id, r.uuid, r.ordinal, r.state, true as approved from release r join ${listedItems} l on l.release_id = r.uuid
       where l.item_id = any($1::uuid[]) and r.state = $2 and ${approvedFor('$3')}
       order by r.ordinal${hold ? ' for share of r' : ''}`,
      [itemIds, PERMITTING, viewer.accountId],
    )
    return found.map(listing)
  },
  async others(em, itemIds, viewer) {
    const values: unknown[] = [itemIds, PERMITTING, viewer.accountId]
    const seen = scopeCondition(viewer, 'release.read', 'r.scope_ids', values) ?? 'true'
    const found = await rows<Found & { seen: boolean; hidden: number }>(
      em,
      `select i.item_id, o.* from unnest($1::uuid[]) i(item_id) cross join lateral (
         select r.*, row_number() over (order by r.seen desc, r.ordinal desc) as place, (count(*) filter (where not r.seen) over ())::int as hidden
         from (select r.uuid, r.ordinal, r.state, ${seen} as seen, ${approvedFor('$3')} as approved from release r
           where r.uuid in (select release_id from ${listedItems} l where l.item_id = i.item_id)) r
         where r.state <> $2 or not r.approved) o
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
  approved: boolean
}

const listing = ({ item_id: itemId, uuid: releaseId, ordinal, state, approved }: Found): Listing => ({
  itemId,
  releaseId,
  id: toNodeId('rls', releaseId),
  number: `REL-${ordinal}`,
  state,
  over: state === 'COMPLETED' || releaseLifecycle.isTerminal(state),
  approved,
})
