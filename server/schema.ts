import { buildSchemaSync, type NonEmptyArray } from 'type-graphql'
import type { GraphQLSchema } from 'graphql'
import { gateMutations } from './audit/mutation-gate.ts'
import {
  ActualItemResolver,
  ActualRelationshipResolver,
  ItemDiscoveryResolver,
  ObservationResolver,
} from './discovery/actual.resolver.ts'
import { DiscoveryChangeResolver, DiscoveryResolver, ProductDiscoveryResolver } from './discovery/discovery.resolver.ts'
import { DiscoverySubscription } from './discovery/discovery.subscription.ts'
import { ImpactNodeResolver, ImpactResolver, ItemImpactResolver } from './item/impact.resolver.ts'
import { ItemClassResolver, ItemResolver } from './item/item.resolver.ts'
import { ItemSubscription } from './item/item.subscription.ts'
import { ItemRelationshipsResolver, RelationshipResolver } from './item/relationship.resolver.ts'
import { authorize } from './kernel/authorize.ts'
import { ItemProductResolver, ProductResolver } from './product/product.resolver.ts'
import { ProductSubscription } from './product/product.subscription.ts'
import {
  PromotionResolver,
  ReconciliationResolver,
  ReconciliationResultResolver,
} from './reconciliation/reconciliation.resolver.ts'
import { ReconciliationSubscription } from './reconciliation/reconciliation.subscription.ts'

/** Every resolver class; type-graphql makes the schema from them. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
export const resolvers: Function[] = [
  ItemResolver,
  ItemClassResolver,
  RelationshipResolver,
  ItemRelationshipsResolver,
  ItemImpactResolver,
  ImpactResolver,
  ImpactNodeResolver,
  ItemSubscription,
  ProductResolver,
  ItemProductResolver,
  ProductSubscription,
  ActualItemResolver,
  ActualRelationshipResolver,
  ObservationResolver,
  ItemDiscoveryResolver,
  DiscoveryResolver,
  DiscoveryChangeResolver,
  ProductDiscoveryResolver,
  DiscoverySubscription,
  ReconciliationResolver,
  ReconciliationResultResolver,
  PromotionResolver,
  ReconciliationSubscription,
]

/** Builds the schema; `schema.graphql` at the root is its printed form. */
export function buildSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
    resolvers: resolvers as NonEmptyArray<Function>,
    authChecker: authorize,
    validate: false,
    orphanedTypes: [],
    pubSub: noPubSub,
  })
  return gateMutations(schema)
}

/** type-graphql asks for one; every subscription pulls from the event log instead. */
const noPubSub = {
  publish(): never {
    throw new Error('Events are recorded in the inbox, never published.')
  },
  subscribe(): never {
    throw new Error('Subscriptions read the event log.')
  },
}
