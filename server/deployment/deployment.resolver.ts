import { Arg, Args, ArgsType, Authorized, Ctx, Field, ID, Mutation, Query, Resolver } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import { BoundedCount } from '../kernel/bounded-count.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { MoveInput } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { Deployment } from './deployment.entity.ts'
import { DeploymentCreateInput, DeploymentFilter, DeploymentUpdateInput } from './deployment.inputs.ts'
import { deploymentCounts, deploymentOf, deploymentPage } from './deployment.reads.ts'
import {
  cancelDeployment,
  createDeployment,
  pauseDeployment,
  resumeDeployment,
  updateDeployment,
} from './deployment.service.ts'
import { DeploymentConnection, DeploymentPayload } from './deployment.types.ts'
import { rollBack } from './roll-back.service.ts'
import { startDeployment } from './start.service.ts'
import { retryFailed } from './target.service.ts'

@ArgsType()
export class DeploymentListArgs extends PageArgs {
  @Field(() => DeploymentFilter, { nullable: true })
  filter?: DeploymentFilter | null
}

@Resolver()
export class DeploymentResolver {
  @Authorized('deployment.read')
  @Query(() => Deployment, { nullable: true })
  deployment(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return deploymentOf(context, uuidOf(id, 'dpl'))
  }

  @Authorized('deployment.read')
  @Query(() => DeploymentConnection, { description: 'Newest first.' })
  deployments(@Ctx() context: Context, @Args(() => DeploymentListArgs) { filter, ...page }: DeploymentListArgs) {
    return deploymentPage(context, filter ?? {}, page)
  }

  @Authorized('deployment.read')
  @Query(() => [BoundedCount], {
    description: 'How many deployments there are of each filter, in its order; at most 50.',
  })
  deploymentCounts(
    @Ctx() context: Context,
    @Arg('filters', () => [DeploymentFilter]) filters: DeploymentFilter[],
  ): Promise<BoundedCount[]> {
    return deploymentCounts(context, filters)
  }

  @Authorized('deployment.create')
  @Mutation(() => DeploymentPayload, { description: 'A draft, out of a task that has a source and targets.' })
  async deploymentCreate(
    @Ctx() context: Context,
    @Arg('input', () => DeploymentCreateInput) input: DeploymentCreateInput,
  ) {
    return { deployment: await createDeployment(context.em, context.services, viewerOf(context), input) }
  }

  @Authorized('deployment.create')
  @Mutation(() => DeploymentPayload, { description: 'Before the start; it must then be validated again.' })
  async deploymentUpdate(
    @Ctx() context: Context,
    @Arg('input', () => DeploymentUpdateInput) input: DeploymentUpdateInput,
  ) {
    return { deployment: await updateDeployment(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.start')
  @Mutation(() => DeploymentPayload, { description: 'The one click: deploys to all targets.' })
  async deploymentStart(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await startDeployment(context.em, context.services, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, { description: 'Begins nothing new; what is in flight ends.' })
  async deploymentPause(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await pauseDeployment(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload)
  async deploymentResume(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await resumeDeployment(context.em, context.services, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, {
    description: 'Begins nothing new and asks what is in flight to stop; CANCELLED when all of it has.',
  })
  async deploymentCancel(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await cancelDeployment(context.em, context.services, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, { description: 'New attempts at exactly the targets that ended badly.' })
  async deploymentRetryFailed(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await retryFailed(context.em, context.services, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, {
    description:
      'Answers a new draft that brings the last confirmed version back to the targets that were touched; it is validated and approved like any other.',
  })
  async deploymentRollBack(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await rollBack(context.em, context.services, viewerOf(context), input) }
  }
}
