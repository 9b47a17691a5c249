import { Arg, Authorized, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { NounEvent, nounChanges, reachAnywhere, type NounChange } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunOf } from './discovery.reads.ts'

@ObjectType()
export class DiscoveryRunEvent extends NounEvent {
  @Field(() => DiscoveryRun, { nullable: true })
  discoveryRun?: DiscoveryRun | null
}

@Resolver()
export class DiscoverySubscription {
  @Authorized('estate.read')
  @Subscription(() => DiscoveryRunEvent, {
    description: 'Discovery runs while they go on, one message each.',
    subscribe: ({ args, context }: { args: { id?: string; after?: string }; context: Context }) =>
      nounChanges(
        context,
        {
          topics: ['discovery.changed'],
          subject: args.id ? uuidOf(args.id, 'run') : null,
          reach: reachAnywhere(viewerOf(context), 'estate.read'),
        },
        args.after ?? null,
      ),
  })
  async discoveryRunChanged(
    @Root() change: NounChange,
    @Ctx() context: Context,
    @Arg('id', () => ID, { nullable: true }) _id?: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): Promise<DiscoveryRunEvent> {
    return { ...change, discoveryRun: change.subject ? await discoveryRunOf(context, change.subject) : null }
  }
}
