import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import {
  ManualTargetsConfirmInput,
  ManualTargetsFailInput,
  TargetsInput,
  TargetsResolveInput,
} from './deployment.inputs.ts'
import { DeploymentPayload } from './deployment.types.ts'
import { confirmManyManually, failManyManually } from './manual.service.ts'
import { excludeTargets, resolveTargets, retryTargets } from './many-targets.service.ts'

/** What is done to many targets of a deployment by one call: to all of them or to none. */
@Resolver()
export class ManyTargetsResolver {
  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, {
    description: 'New attempts at exactly these targets, which ended badly or were contradicted.',
  })
  async targetsRetry(@Ctx() context: Context, @Arg('input', () => TargetsInput) input: TargetsInput) {
    return { deployment: await retryTargets(context.em, context.services, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, {
    description: 'Leaves exactly these targets out of the plan; a reason must be given.',
  })
  async targetsExclude(@Ctx() context: Context, @Arg('input', () => TargetsInput) input: TargetsInput) {
    return { deployment: await excludeTargets(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, {
    description: 'Says what a person found at exactly these targets in doubt; a reason must be given.',
  })
  async targetsResolve(@Ctx() context: Context, @Arg('input', () => TargetsResolveInput) input: TargetsResolveInput) {
    return { deployment: await resolveTargets(context.em, context.services, viewerOf(context), input) }
  }

  @Authorized('manual.confirm')
  @Mutation(() => DeploymentPayload, {
    description: 'Signs with your name that exactly these targets have what was intended.',
  })
  async manualTargetsConfirm(
    @Ctx() context: Context,
    @Arg('input', () => ManualTargetsConfirmInput) input: ManualTargetsConfirmInput,
  ) {
    return { deployment: await confirmManyManually(context.em, viewerOf(context), input) }
  }

  @Authorized('manual.confirm')
  @Mutation(() => DeploymentPayload, { description: 'Says that it went wrong at exactly these targets.' })
  async manualTargetsFail(
    @Ctx() context: Context,
    @Arg('input', () => ManualTargetsFailInput) input: ManualTargetsFailInput,
  ) {
    return { deployment: await failManyManually(context.em, viewerOf(context), input) }
  }
}
