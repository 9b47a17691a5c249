import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { instantOf } from '../kernel/moment.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { DateTime, MomentScalar, type Moment } from '../kernel/scalars.ts'
import { RelationshipType } from '../catalogue/catalogue.type.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { AttributeValue } from '../item/item.type.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { productOf } from '../product/product.reads.ts'
import { ActualItem } from './actual-item.entity.ts'
import { actualItemAt } from './actual-past.ts'
import { actualItemOf, actualItemPage, actualRelationshipPage, observationsOf } from './actual.reads.ts'
import {
  ActualItemConnection,
  ActualItemListArgs,
  ActualRelationship,
  ActualRelationshipConnection,
  InstalledArgs,
  InstalledSoftwareConnection,
  Observation,
} from './actual.type.ts'
import { attributeValues, bothSides } from './attribute-values.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunOf } from './discovery.reads.ts'
import { installedPage } from './installed.reads.ts'
import { linkedItem } from './linked-item.ts'

@Resolver(() => ActualItem)
export class ActualItemResolver {
  @Authorized('estate.read')
  @Query(() => ActualItem, { nullable: true })
  async actualItem(
    @Ctx() context: Context,
    @Arg('id', () => ID) id: string,
    @Arg('at', () => MomentScalar, {
      nullable: true,
      description: 'What was seen of it by then, with all that is asked of it; null when it was not seen yet.',
    })
    at?: Moment,
  ) {
    return actualItemOf(context, uuidOf(id, 'act'), await instantOf(context, at))
  }

  @Authorized('estate.read')
  @Query(() => ActualItemConnection)
  actualItems(@Ctx() context: Context, @Args(() => ActualItemListArgs) args: ActualItemListArgs) {
    return actualItemPage(context, args)
  }

  @FieldResolver(() => DateTime, { nullable: true, description: 'The instant that was asked for; null: now.' })
  asOf(@Root() item: ActualItem): Date | null {
    return item.asOf ?? null
  }

  @FieldResolver(() => String, { nullable: true, description: 'Title of its class.' })
  title(@Root() item: ActualItem, @Ctx() context: Context): string | null {
    return context.services.catalogue.now.class(item.className)?.title ?? null
  }

  @FieldResolver(() => ManagementProduct, { nullable: true })
  product(@Root() item: ActualItem, @Ctx() context: Context) {
    return item.productId && productOf(context, item.productId)
  }

  @FieldResolver(() => ConfigurationItem, { nullable: true, description: 'The authorized record linked to it.' })
  configurationItem(@Root() item: ActualItem, @Ctx() context: Context) {
    return linkedItem(context, item)
  }

  @FieldResolver(() => [AttributeValue])
  async attributes(@Root() item: ActualItem, @Ctx() context: Context): Promise<AttributeValue[]> {
    return attributeValues(context, await linkedItem(context, item), item)
  }

  @FieldResolver(() => [Observation], { description: 'What each source saw, the latest first.' })
  observations(@Root() item: ActualItem, @Ctx() context: Context) {
    return observationsOf(context, item)
  }

  @FieldResolver(() => ActualRelationshipConnection)
  relationships(@Root() item: ActualItem, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return actualRelationshipPage(context, item, page)
  }
}

@Resolver(() => ActualRelationship)
export class ActualRelationshipResolver {
  @FieldResolver(() => RelationshipType)
  type(@Root() relationship: ActualRelationship, @Ctx() context: Context) {
    return context.services.catalogue.now.relationshipType(relationship.typeName)
  }

  @FieldResolver(() => ActualItem)
  other(@Root() relationship: ActualRelationship, @Ctx() context: Context) {
    return actualItemOf(context, relationship.otherId, relationship.asOf)
  }
}

@Resolver(() => Observation)
export class ObservationResolver {
  @FieldResolver(() => String, { description: 'Name of the management product, or Confirmation.' })
  async source(@Root() observation: Observation, @Ctx() context: Context): Promise<string> {
    const product = observation.productId && (await productOf(context, observation.productId))
    return product ? product.name : 'Confirmation'
  }

  @FieldResolver(() => DiscoveryRun, { nullable: true, description: 'The run that saw this value first.' })
  run(@Root() observation: Observation, @Ctx() context: Context) {
    return observation.runId && discoveryRunOf(context, observation.runId)
  }
}

/** What discovery adds to a configuration item. */
@Resolver(() => ConfigurationItem)
export class ItemDiscoveryResolver {
  @FieldResolver(() => ActualItem, { nullable: true, description: 'What discovery sees of it.' })
  actualItem(@Root() item: ConfigurationItem, @Ctx() context: Context) {
    if (!item.actualItemId) return null
    return item.asOf ? actualItemAt(context, item.actualItemId, item.asOf) : actualItemOf(context, item.actualItemId)
  }

  @FieldResolver(() => [AttributeValue], { description: 'Authorized and observed values side by side.' })
  attributes(@Root() item: ConfigurationItem, @Ctx() context: Context): Promise<AttributeValue[]> {
    return bothSides(context, item)
  }

  @FieldResolver(() => InstalledSoftwareConnection, { description: 'Software that was seen on it, by name.' })
  installed(@Root() item: ConfigurationItem, @Ctx() context: Context, @Args(() => InstalledArgs) args: InstalledArgs) {
    return installedPage(context, item, args)
  }
}
