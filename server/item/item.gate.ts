import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'

/** A release that lists an item. */
export interface Listing {
  /** UUID of the item. */
  itemId: string
  /** UUID of the release. */
  releaseId: string
  /** Its global id and number. */
  id: string
  number: string
  state: string
  /** It will not be in progress any more. */
  over: boolean
  /** Approved as it is now, by somebody else than who would change the item. */
  approved: boolean
}

/** Releases that list an item and do not permit a change of it. */
export interface OtherListings {
  /** UUID of the item. */
  itemId: string
  /** The newest few that the viewer may see. */
  listings: Listing[]
  /** How many more there are that the viewer may not. */
  hidden: number
}

/**
 * What stands above an item and may let a protected one be changed: a release that lists it. Item does not know them;
 * app.ts hands them in. An empty list lets nothing pass.
 */
export interface ItemGate {
  readonly id: string
  /**
   * Releases that list these items and permit this viewer to change them, in one statement; `hold`: they stay so until the
   * transaction is over.
   */
  permitting(em: EntityManager, itemIds: readonly string[], viewer: Viewer, hold: boolean): Promise<Listing[]>
  /** Others that list them, for a refusal to this viewer; in one statement. */
  others(em: EntityManager, itemIds: readonly string[], viewer: Viewer): Promise<OtherListings[]>
}

declare module '../kernel/context.ts' {
  interface Services {
    itemGates: readonly ItemGate[]
  }
}
