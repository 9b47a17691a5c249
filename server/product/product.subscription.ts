import { Arg, Authorized, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { nounChanges, reachAnywhere, type NounChange } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { ManagementProductEvent } from './product.inputs.ts'
import { productOf } from './product.reads.ts'

@Resolver()
export class ProductSubscription {
  @Authorized('estate.read')
  @Subscription(() => ManagementProductEvent, {
    description: 'Management products that changed, one message each.',
    subscribe: ({ args, context }: { args: { id?: string; after?: string }; context: Context }) =>
      nounChanges(
        context,
        {
          topics: ['product.changed'],
          subject: args.id ? uuidOf(args.id, 'prd') : null,
          reach: reachAnywhere(viewerOf(context), 'estate.read'),
        },
        args.after ?? null,
      ),
  })
  async managementProductChanged(
    @Root() change: NounChange,
    @Ctx() context: Context,
    @Arg('id', () => ID, { nullable: true }) _id?: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): Promise<ManagementProductEvent> {
    return { ...change, managementProduct: change.subject ? await productOf(context, change.subject) : null }
  }
}
