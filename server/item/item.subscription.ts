import { Arg, Authorized, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { NounEvent, nounChanges, type NounChange } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { ConfigurationItem } from './item.entity.ts'
import { itemOf } from './item.reads.ts'

@ObjectType()
export class ConfigurationItemEvent extends NounEvent {
  @Field(() => ConfigurationItem, { nullable: true })
  configurationItem?: ConfigurationItem | null
}

@Resolver()
export class ItemSubscription {
  @Authorized('estate.read')
  @Subscription(() => ConfigurationItemEvent, {
    description: 'Items that changed, one message each.',
    subscribe: ({ args, context }: { args: { id?: string; after?: string }; context: Context }) =>
      nounChanges(
        context,
        {
          topics: ['item.changed'],
          subject: args.id ? uuidOf(args.id, 'ci') : null,
          reach: viewerOf(context).reach('estate.read'),
        },
        args.after ?? null,
      ),
  })
  async configurationItemChanged(
    @Root() change: NounChange,
    @Ctx() context: Context,
    @Arg('id', () => ID, { nullable: true }) _id?: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): Promise<ConfigurationItemEvent> {
    return { ...change, configurationItem: change.subject ? await itemOf(context, change.subject) : null }
  }
}
