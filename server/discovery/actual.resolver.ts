import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql'
import { batch, byKey } from '../kernel/batch.ts'
import { PageArgs } from '../kernel/connection.ts'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { lean } from '../kernel/lean.ts'
import { rows } from '../kernel/sql.ts'
import { RelationshipType } from '../catalogue/catalogue.type.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { AttributeValue } from '../item/item.type.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { productOf } from '../product/product.reads.ts'
import { ActualItem } from './actual-item.entity.ts'
import { actualItemAt, installedAt } from './actual-past.ts'
import { actualItemOf, actualItemPage, actualRelationshipPage, installedOn, observationsOf } from './actual.reads.ts'
import {
  ActualItemConnection,
  ActualItemListArgs,
  ActualRelationship,
  ActualRelationshipConnection,
  InstalledSoftware,
  Observation,
} from './actual.type.ts'
import { attributeValues, bothSides } from './attribute-values.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunOf } from './discovery.reads.ts'

@Resolver(() => ActualItem)
export class ActualItemResolver {
  @Authorized('estate.read')
  @Query(() => ActualItem, { nullable: true })
  actualItem(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return actualItemOf(context, uuidOf(id, 'act'))
  }

  @Authorized('estate.read')
  @Query(() => ActualItemConnection)
  actualItems(@Ctx() context: Context, @Args(() => ActualItemListArgs) args: ActualItemListArgs) {
    return actualItemPage(context, args)
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
    return linkedItem(context, item.uuid)
  }

  @FieldResolver(() => [AttributeValue])
  async attributes(@Root() item: ActualItem, @Ctx() context: Context): Promise<AttributeValue[]> {
    return attributeValues(context, await linkedItem(context, item.uuid), item)
  }

  @FieldResolver(() => [Observation], { description: 'What each source saw, the latest first.' })
  observations(@Root() item: ActualItem, @Ctx() context: Context) {
    return observationsOf(context, item.uuid)
  }

  @FieldResolver(() => ActualRelationshipConnection)
  relationships(@Root() item: ActualItem, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return actualRelationshipPage(context, item, page)
  }
}

/** The configuration item linked to an actual one, if the caller sees it. */
async function linkedItem(context: Context, actualItemId: string): Promise<ConfigurationItem | null> {
  const link = await batch(context, 'linkedItem', actualItemId, async (uuids) => {
    const found = await rows<{ uuid: string; actual_item_id: string }>(
      context.em,
      'select x.* from configuration_item x where x.actual_item_id = any($1::uuid[])',
      [uuids],
    )
    return byKey(lean(context.em, ConfigurationItem, found), (one) => one.actualItemId!)
  })
  const reach = viewerOf(context).reach('estate.read')
  return link && (reach === 'estate' || link.scopeIds.some((scope) => reach.includes(scope))) ? link : null
}

@Resolver(() => ActualRelationship)
export class ActualRelationshipResolver {
  @FieldResolver(() => RelationshipType)
  type(@Root() relationship: ActualRelationship, @Ctx() context: Context) {
    return context.services.catalogue.now.relationshipType(relationship.typeName)
  }

  @FieldResolver(() => ActualItem)
  other(@Root() relationship: ActualRelationship, @Ctx() context: Context) {
    return actualItemOf(context, relationship.otherId)
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

  @FieldResolver(() => [InstalledSoftware], { description: 'Software that was seen on it.' })
  async installed(@Root() item: ConfigurationItem, @Ctx() context: Context): Promise<InstalledSoftware[]> {
    if (item.asOf) return (await installedAt(context, item.uuid, item.asOf)) ?? []
    return (await batch(context, 'installed', item.uuid, (uuids) => installedOn(context, uuids))) ?? []
  }
}
