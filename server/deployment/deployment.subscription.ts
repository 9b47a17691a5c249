import { Arg, Authorized, Ctx, Field, ID, ObjectType, Resolver, Root, Subscription } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { NounEvent, nounChanges, type NounChange } from '../kernel/noun-event.ts'
import { Position } from '../kernel/scalars.ts'
import { Deployment } from './deployment.entity.ts'
import { deploymentOf } from './deployment.reads.ts'

@ObjectType()
export class DeploymentEvent extends NounEvent {
  @Field(() => Deployment, { nullable: true })
  deployment?: Deployment | null
}

@Resolver()
export class DeploymentSubscription {
  @Authorized('deployment.read')
  @Subscription(() => DeploymentEvent, {
    description: 'Deployments that changed, one message each.',
    subscribe: ({ args, context }: { args: { id?: string; after?: string }; context: Context }) =>
      nounChanges(
        context,
        {
          topics: ['deployment.changed'],
          subject: args.id ? uuidOf(args.id, 'dpl') : null,
          reach: viewerOf(context).reach('deployment.read'),
        },
        args.after ?? null,
      ),
  })
  async deploymentChanged(
    @Root() change: NounChange,
    @Ctx() context: Context,
    @Arg('id', () => ID, { nullable: true }) _id?: string,
    @Arg('after', () => Position, { nullable: true }) _after?: string,
  ): Promise<DeploymentEvent> {
    return { ...change, deployment: change.subject ? await deploymentOf(context, change.subject) : null }
  }
}
