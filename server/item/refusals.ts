import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'
import type { ItemClassRule } from '../catalogue/catalogue.ts'
import type { ConfigurationItem } from './item.entity.ts'
import type { Listing, OtherListings } from './item.gate.ts'

/** The graph in memory is not there yet, or has not come as far as was asked for. */
export class GraphNotReady extends Refusal {
  static override code: ErrorCode = 'GRAPH_NOT_READY'
}

/** The item is in a state that its class protects, and no approved release in progress lists it. */
export class ItemProtected extends Refusal {
  static override code: ErrorCode = 'ITEM_PROTECTED'
  constructor(item: ConfigurationItem, by: ItemClassRule, others: readonly OtherListings[]) {
    const releases = others.flatMap(({ listings }) => listings)
    const hidden = others.reduce((sum, one) => sum + one.hidden, 0)
    super(`${item.name} is ${item.state}, which is protected: ${RULE} ${adviceOn(releases, hidden)}`, {
      itemId: item.id,
      rule: 'protected state',
      evidence: {
        state: item.state,
        protectedBy: by.name,
        releases: releases.map(({ id, number, state, approved }) => ({ id, number, state, approved })),
        ...(hidden > 0 ? { releasesNotShown: hidden } : {}),
      },
    })
  }
}

export const RULE =
  'to change it, its state or its relationships takes a release in progress that lists it and that another person approved.'

/** Of releases that the reader may not see it says how many there are, and nothing else. */
function adviceOn(releases: readonly Listing[], hidden: number): string {
  const add = 'as a target or among the other items it changes, have it approved, and start it'
  const unseen = hidden === 1 ? 'One release that you may not see' : `${hidden} releases that you may not see`
  if (releases.length === 0 && hidden > 0)
    return `${unseen} ${hidden === 1 ? 'lists it and does' : 'list it and do'} not permit it. Add it to another, ${add}.`
  if (releases.length === 0) return `No release lists it. Add it to one, ${add}.`
  const too = hidden > 0 ? ` ${unseen} ${hidden === 1 ? 'lists' : 'list'} it too.` : ''
  const coming = releases.filter(({ over }) => !over)
  const listed = (some: readonly Listing[]) =>
    some.map((one) => `by ${one.number} (${one.state}), ${lackOf(one)}`).join('; ')
  if (coming.length > 0) return `Listed ${listed(coming)}.${too}`
  return `Listed ${listed(releases)}. Add it to another, ${add}.${too}`
}

/** What keeps a release from permitting the change. */
function lackOf({ state, approved, over }: Listing): string {
  if (over) return 'over by now'
  if (approved) return 'approved, but not in progress yet: start it'
  return state === 'IN_PROGRESS'
    ? 'in progress, but not approved by another person'
    : 'neither in progress nor approved by another person'
}
