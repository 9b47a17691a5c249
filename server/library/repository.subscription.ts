import { Arg, Authorized, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { NounEvent, nounChanges, reachAnywhere, type NounChange } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { Repository } from './repository.entity.ts'
import { repositoryField } from './repository.resolver.ts'

@ObjectType()
export class RepositoryEvent extends NounEvent {
  @Field(() => Repository, { nullable: true })
  repository?: Repository | null
}

@Resolver()
export class RepositorySubscription {
  @Authorized('library.read')
  @Subscription(() => RepositoryEvent, {
    description: 'Repositories that changed, and those whose scan went on, one message each.',
    subscribe: ({ args, context }: { args: { id?: string; after?: string }; context: Context }) =>
      nounChanges(
        context,
        {
          topics: ['repository.changed'],
          subject: args.id ? uuidOf(args.id, 'rep') : null,
          reach: reachAnywhere(viewerOf(context), 'library.read'),
        },
        args.after ?? null,
      ),
  })
  async repositoryChanged(
    @Root() change: NounChange,
    @Ctx() context: Context,
    @Arg('id', () => ID, { nullable: true }) _id?: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): Promise<RepositoryEvent> {
    return { ...change, repository: change.subject ? await repositoryField(context, change.subject) : null }
  }
}
