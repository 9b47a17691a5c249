import { Arg, Authorized, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { NounEvent, nounChanges, type NounChange } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { Release } from './release.entity.ts'
import { releaseOf } from './release.reads.ts'

@ObjectType()
export class ReleaseEvent extends NounEvent {
  @Field(() => Release, { nullable: true })
  release?: Release | null
}

@Resolver()
export class ReleaseSubscription {
  @Authorized('release.read')
  @Subscription(() => ReleaseEvent, {
    description: 'Releases that changed, one message each.',
    subscribe: ({ args, context }: { args: { id?: string; after?: string }; context: Context }) =>
      nounChanges(
        context,
        {
          topics: ['release.changed'],
          subject: args.id ? uuidOf(args.id, 'rls') : null,
          reach: viewerOf(context).reach('release.read'),
        },
        args.after ?? null,
      ),
  })
  async releaseChanged(
    @Root() change: NounChange,
    @Ctx() context: Context,
    @Arg('id', () => ID, { nullable: true }) _id?: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): Promise<ReleaseEvent> {
    return { ...change, release: change.subject ? await releaseOf(context, change.subject) : null }
  }
}
