import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import { scopeCondition, reaches, viewerOf } from '../kernel/authorize.ts'
import { batch } from '../kernel/batch.ts'
import { BoundedCount } from '../kernel/bounded-count.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { HistoryEntryConnection, historyOf } from '../kernel/history.type.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { instantOf } from '../kernel/moment.ts'
import { MomentScalar, type Moment } from '../kernel/scalars.ts'
import { rows } from '../kernel/sql.ts'
import type { ItemClassRule } from '../catalogue/catalogue.ts'
import { ItemClass } from '../catalogue/catalogue.type.ts'
import { itemInMemory, itemsInMemory } from './graph/items-in-memory.ts'
import { ConfigurationItem } from './item.entity.ts'
import {
  ConfigurationItemFilter,
  ConfigurationItemPayload,
  ItemCreateInput,
  ItemListArgs,
  ItemMoveInput,
  ItemUpdateInput,
} from './item.inputs.ts'
import { itemLifecycle } from './item.lifecycle.ts'
import { itemCounts, itemOf, itemPage } from './item.reads.ts'
import { createItem, moveItem, updateItem } from './item.service.ts'
import { isChangeable, isProtected } from './protection.ts'
import { ConfigurationItemConnection } from './item.type.ts'

@Resolver(() => ConfigurationItem)
export class ItemResolver {
  @Authorized('estate.read')
  @Query(() => ConfigurationItem, { nullable: true })
  async configurationItem(
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
    @Arg('id', () => ID) id: string,
    @Arg('at', () => MomentScalar, {
      nullable: true,
      description: 'The item as it was then, with all that is asked of it; null when it did not exist yet.',
    })
    at?: Moment,
  ) {
    const uuid = uuidOf(id, 'ci')
    if (at) return itemOf(context, uuid, await instantOf(context, at))
    return (await itemInMemory(context, uuid, info)) ?? itemOf(context, uuid)
  }

  @Authorized('estate.read')
  @Query(() => ConfigurationItemConnection)
  async configurationItems(
    @Ctx() context: Context,
    @Args(() => ItemListArgs) args: ItemListArgs,
    @Info() info: GraphQLResolveInfo,
  ) {
    return (await itemsInMemory(context, args, info)) ?? itemPage(context, args)
  }

  @Authorized('estate.read')
  @Query(() => [BoundedCount], { description: 'How many items there are of each filter, in its order; at most 50.' })
  itemCounts(
    @Ctx() context: Context,
    @Arg('filters', () => [ConfigurationItemFilter]) filters: ConfigurationItemFilter[],
  ): Promise<BoundedCount[]> {
    return itemCounts(context, filters)
  }

  @Authorized('item.edit')
  @Mutation(() => ConfigurationItemPayload)
  async itemCreate(@Ctx() context: Context, @Arg('input', () => ItemCreateInput) input: ItemCreateInput) {
    return {
      item: await createItem(
        context.em,
        await context.services.catalogue.forWrite(context.em),
        input,
        viewerOf(context),
        context.services.itemGates,
      ),
    }
  }

  @Authorized('item.edit')
  @Mutation(() => ConfigurationItemPayload)
  async itemUpdate(@Ctx() context: Context, @Arg('input', () => ItemUpdateInput) input: ItemUpdateInput) {
    return {
      item: await updateItem(
        context.em,
        await context.services.catalogue.forWrite(context.em),
        input,
        viewerOf(context),
        context.services.itemGates,
      ),
    }
  }

  @Authorized('item.edit')
  @Mutation(() => ConfigurationItemPayload)
  async itemMove(@Ctx() context: Context, @Arg('input', () => ItemMoveInput) input: ItemMoveInput) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return { item: await moveItem(context.em, catalogue, input, viewerOf(context), context.services.itemGates) }
  }

  @FieldResolver(() => [String], { description: 'What the caller can do with it now; an argument of itemMove.' })
  async allowedActions(@Root() item: ConfigurationItem, @Ctx() context: Context): Promise<string[]> {
    if (item.asOf || !reaches(viewerOf(context), 'item.edit', item.scopeIds)) return []
    return (await isChangeable(context, item)) ? itemLifecycle.actionsFrom(item.state) : []
  }

  @FieldResolver(() => Boolean, {
    description:
      'Its class protects the state it is in: to change it takes a release in progress that lists it. Never for an earlier time.',
  })
  isProtected(@Root() item: ConfigurationItem, @Ctx() context: Context): boolean {
    return !item.asOf && isProtected(context.services.catalogue.now, item)
  }

  @FieldResolver(() => ConfigurationItem, { nullable: true, description: 'The nearest site it is in.' })
  site(@Root() item: ConfigurationItem, @Ctx() context: Context) {
    return item.siteId && itemOf(context, item.siteId, item.asOf)
  }

  @FieldResolver(() => HistoryEntryConnection, { description: 'What happened to it, newest first.' })
  history(@Root() item: ConfigurationItem, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return historyOf(context, item.uuid, page)
  }
}

/** What items add to their class. */
@Resolver(() => ItemClass)
export class ItemClassCountResolver {
  @FieldResolver(() => Int, {
    description: 'How many items of the class itself the caller sees; not of its subclasses.',
  })
  async count(@Root() itemClass: ItemClassRule, @Ctx() context: Context): Promise<number> {
    const counted = await batch(context, 'itemCount', itemClass.name, async (names) => {
      const values: unknown[] = [names]
      const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
      const counts = await rows<{ name: string; n: string }>(
        context.em,
        `select x.class_name as name, count(*) as n from configuration_item x
         where x.class_name = any($1)${scope ? ` and ${scope}` : ''} group by 1`,
        values,
      )
      return new Map(counts.map(({ name, n }) => [name, Number(n)]))
    })
    return counted ?? 0
  }
}
