import type { EntityManager } from '@mikro-orm/postgresql'
import type DataLoader from 'dataloader'
import type { EventLog, LogState } from './event-log.ts'

/** Where a permission holds: everywhere, or within these containing items (UUIDs). */
export type Reach = 'estate' | readonly string[]

/** Who asks, and what they may do where. Made by account/, known to the kernel only by this shape. */
export interface Viewer {
  readonly accountId: string
  readonly name: string
  /** How they came: 'session', 'token', or 'system' for Waybill's own jobs. */
  readonly via: 'session' | 'token' | 'system'
  /** Where the permission holds; an empty list means nowhere. */
  reach(permission: string): Reach
  /** Stable text of all rights; part of the key by which equal subscriptions share one execution. */
  readonly scopeKey: string
}

/** What one request carries. Nothing in it outlives the request. */
export interface Context {
  /** A fork for this request. During a mutation field it is inside that field's transaction. */
  em: EntityManager
  viewer: Viewer | null
  requestId: string
  /** Aborted when the time of the request is over; no statement begins after it. */
  signal?: AbortSignal
  /** Batched loads of this request, by name; see batch.ts. */
  loaders: Map<string, DataLoader<string, unknown>>
  events: EventLog
  /** What the composition root hands to resolvers, by name: integration modules, topology, launch addresses. */
  services: Services
  /** The log when it was looked up who asks; undefined without an account, from a mutation field on, and in a subscription. */
  log?: LogState
  /** In a subscription: up to this number of the log the message being resolved reaches. Set by kernel/subscription.ts. */
  reached?: number
}

/** Extended by the nouns that provide a service (declaration merging), filled in app.ts, nowhere else. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface Services {}
