import { Arg, Authorized, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { NounEvent, nounChanges, type NounChange } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { Task } from './task.entity.ts'
import { taskOf } from './task.reads.ts'

@ObjectType()
export class TaskEvent extends NounEvent {
  @Field(() => Task, { nullable: true })
  task?: Task | null
}

@Resolver()
export class TaskSubscription {
  @Authorized('release.read')
  @Subscription(() => TaskEvent, {
    description: 'Tasks that changed, one message each.',
    subscribe: ({ args, context }: { args: { id?: string; after?: string }; context: Context }) =>
      nounChanges(
        context,
        {
          topics: ['task.changed'],
          subject: args.id ? uuidOf(args.id, 'tsk') : null,
          reach: viewerOf(context).reach('release.read'),
        },
        args.after ?? null,
      ),
  })
  async taskChanged(
    @Root() change: NounChange,
    @Ctx() context: Context,
    @Arg('id', () => ID, { nullable: true }) _id?: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): Promise<TaskEvent> {
    return { ...change, task: change.subject ? await taskOf(context, change.subject) : null }
  }
}
