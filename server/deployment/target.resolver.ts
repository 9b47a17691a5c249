import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import { reaches, viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { IdInput } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { Attempt } from './attempt.entity.ts'
import { Deployment } from './deployment.entity.ts'
import { ManualTargetConfirmInput, ManualTargetFailInput, TargetResolveInput } from './deployment.inputs.ts'
import { deploymentOf } from './deployment.reads.ts'
import { DeploymentTargetPayload, LogLevelEnum, LogPage, type LogLevel } from './deployment.types.ts'
import { Evidence } from './evidence.entity.ts'
import { checklists } from './instructions.ts'
import { launchUrl } from './launch.ts'
import { logOf } from './log.reads.ts'
import { confirmManually, failManually } from './manual.service.ts'
import { DeploymentTarget } from './target.entity.ts'
import { attemptsOfTarget, evidenceOf, itemOfTarget, targetOf } from './target.reads.ts'
import { actionsOfTarget, excludeTarget, resolveTarget, retryTarget } from './target.service.ts'

@Resolver(() => DeploymentTarget)
export class TargetResolver {
  @Authorized('deployment.read')
  @Query(() => DeploymentTarget, { nullable: true })
  deploymentTarget(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return targetOf(context, uuidOf(id, 'tgt'))
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentTargetPayload, { description: 'Leaves it out of the plan; a reason must be given.' })
  async targetExclude(@Ctx() context: Context, @Arg('input', () => IdInput) input: IdInput) {
    return { target: await excludeTarget(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentTargetPayload, { description: 'A new attempt at a target that ended badly.' })
  async targetRetry(@Ctx() context: Context, @Arg('input', () => IdInput) input: IdInput) {
    return { target: await retryTarget(context.em, context.services, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentTargetPayload, {
    description: 'Says what a person found at a target in doubt; a reason must be given.',
  })
  async targetResolve(@Ctx() context: Context, @Arg('input', () => TargetResolveInput) input: TargetResolveInput) {
    return { target: await resolveTarget(context.em, context.services, viewerOf(context), input) }
  }

  @Authorized('manual.confirm')
  @Mutation(() => DeploymentTargetPayload, { description: 'Signs with your name that a target has what was intended.' })
  async manualTargetConfirm(
    @Ctx() context: Context,
    @Arg('input', () => ManualTargetConfirmInput) input: ManualTargetConfirmInput,
  ) {
    return { target: await confirmManually(context.em, viewerOf(context), input) }
  }

  @Authorized('manual.confirm')
  @Mutation(() => DeploymentTargetPayload)
  async manualTargetFail(
    @Ctx() context: Context,
    @Arg('input', () => ManualTargetFailInput) input: ManualTargetFailInput,
  ) {
    return { target: await failManually(context.em, viewerOf(context), input) }
  }

  @FieldResolver(() => [String], {
    description: 'What the caller can do with it now: exclude, retry, resolve, confirm, fail.',
  })
  async allowedActions(@Root() target: DeploymentTarget, @Ctx() context: Context): Promise<string[]> {
    const deployment = await deploymentOf(context, target.deploymentId)
    if (!deployment) return []
    const may = (permission: string) => reaches(viewerOf(context), permission, target.scopeIds)
    return actionsOfTarget(target, deployment, may)
  }

  @FieldResolver(() => Deployment)
  deployment(@Root() target: DeploymentTarget, @Ctx() context: Context) {
    return deploymentOf(context, target.deploymentId)
  }

  @FieldResolver(() => ConfigurationItem)
  item(@Root() target: DeploymentTarget, @Ctx() context: Context) {
    return itemOfTarget(context, target.itemId)
  }

  @FieldResolver(() => String, { nullable: true, description: 'Name of the step at which it is.' })
  async step(@Root() target: DeploymentTarget, @Ctx() context: Context): Promise<string | null> {
    if (target.stepIndex === 0) return null
    return (await deploymentOf(context, target.deploymentId))?.steps[target.stepIndex] ?? null
  }

  @FieldResolver(() => [Attempt], { description: 'The first one first.' })
  attempts(@Root() target: DeploymentTarget, @Ctx() context: Context) {
    return attemptsOfTarget(context, target.uuid)
  }

  @FieldResolver(() => [Evidence], { description: 'What was observed, the newest first.' })
  evidence(@Root() target: DeploymentTarget, @Ctx() context: Context) {
    return evidenceOf(context, target.uuid)
  }

  @FieldResolver(() => LogPage)
  log(
    @Root() target: DeploymentTarget,
    @Ctx() context: Context,
    @Arg('first', () => Int, { nullable: true, defaultValue: 200, description: '1 to 200.' }) first: number,
    @Arg('after', () => Int, { nullable: true, description: 'Number of the last line that the caller has.' })
    after?: number,
    @Arg('level', () => LogLevelEnum, { nullable: true, description: 'The least important level that is wanted.' })
    level?: LogLevel,
  ) {
    return logOf(context, target, { first, after, level })
  }

  @FieldResolver(() => [String], { description: 'What a person does here, in order, where no module does it.' })
  async checklist(@Root() target: DeploymentTarget, @Ctx() context: Context): Promise<string[]> {
    const deployment = await deploymentOf(context, target.deploymentId)
    if (deployment?.distribution !== 'MANUAL') return []
    const { name, nativeKey } = await itemOfTarget(context, target.itemId)
    const { uuid: id, itemId, previousVersion } = target
    const asked = [{ id, itemId, name, key: nativeKey ?? name, previousVersion }]
    return (await checklists(context.em, context.services.integrations, deployment, asked))[0]!
  }

  @FieldResolver(() => String, { nullable: true, description: 'The same job in the management product.' })
  async launchUrl(@Root() target: DeploymentTarget, @Ctx() context: Context): Promise<string | null> {
    const deployment = await deploymentOf(context, target.deploymentId)
    const item = await itemOfTarget(context, target.itemId)
    return deployment && launchUrl(context, deployment, item.nativeKey)
  }
}
