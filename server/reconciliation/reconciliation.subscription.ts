import { Arg, Authorized, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { nounChanges, reachAnywhere, type NounChange } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { ReconciliationRunEvent } from './reconciliation.inputs.ts'
import { reconciliationRunOf } from './reconciliation.reads.ts'

@Resolver()
export class ReconciliationSubscription {
  @Authorized('estate.read')
  @Subscription(() => ReconciliationRunEvent, {
    description: 'Reconciliation runs while they go on and while their results are resolved, one message each.',
    subscribe: ({ args, context }: { args: { id?: string; after?: string }; context: Context }) =>
      nounChanges(
        context,
        {
          topics: ['reconciliation.changed'],
          subject: args.id == null ? null : uuidOf(args.id, 'rcr'),
          reach: reachAnywhere(viewerOf(context), 'estate.read'),
        },
        args.after ?? null,
      ),
  })
  async reconciliationRunChanged(
    @Root() change: NounChange,
    @Ctx() context: Context,
    @Arg('id', () => ID, { nullable: true }) _id?: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): Promise<ReconciliationRunEvent> {
    return { ...change, reconciliationRun: change.subject ? await reconciliationRunOf(context, change.subject) : null }
  }
}
