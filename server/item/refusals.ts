import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'
import type { ItemClassRule } from '../catalogue/catalogue.ts'
import type { ConfigurationItem } from './item.entity.ts'
import type { Listing } from './item.gate.ts'

/** The graph in memory is not there yet, or has not come as far as was asked for. */
export class GraphNotReady extends Refusal {
  static override code: ErrorCode = 'GRAPH_NOT_READY'
}

/** The item is in a state that its class protects, and no release in progress lists it. */
export class ItemProtected extends Refusal {
  static override code: ErrorCode = 'ITEM_PROTECTED'
  constructor(item: ConfigurationItem, by: ItemClassRule, releases: readonly Listing[]) {
    super(`${item.name} is ${item.state}, which is protected: ${RULE} ${adviceOn(releases)}`, {
      itemId: item.id,
      rule: 'protected state',
      evidence: {
        state: item.state,
        protectedBy: by.name,
        releases: releases.map(({ id, number, state }) => ({ id, number, state })),
      },
    })
  }
}

const RULE = 'to change it, its state or its relationships takes a release in progress that lists it.'

function adviceOn(releases: readonly Listing[]): string {
  const add = 'as a target or among the other items it changes, and start that'
  if (releases.length === 0) return `No release lists it. Add it to one, ${add}.`
  const named = (some: readonly Listing[]) => some.map(({ number, state }) => `${number} (${state})`).join(', ')
  const coming = releases.filter(({ over }) => !over)
  if (coming.length > 0) return `Listed by ${named(coming)}, not in progress yet: start it.`
  return `Listed by ${named(releases)}, over by now. Add it to another, ${add}.`
}
