import { Arg, Args, Ctx, FieldResolver, ArgsType, Field, Int, Resolver, Root } from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { HistoryEntryConnection, historyOf } from '../kernel/history.type.ts'
import { DateTime, Seq } from '../kernel/scalars.ts'
import { reachesWhole } from '../kernel/whole-reach.ts'
import { versionField } from '../library/library.reads.ts'
import { PackageVersion } from '../library/package-version.entity.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { productOf } from '../product/product.reads.ts'
import { Release } from '../release/release.entity.ts'
import { releaseOf } from '../release/release.reads.ts'
import { Task } from '../task/task.entity.ts'
import { taskOf } from '../task/task.reads.ts'
import { Deployment } from './deployment.entity.ts'
import { TargetFilter } from './deployment.inputs.ts'
import { deploymentLifecycle, deploymentPermissions } from './deployment.lifecycle.ts'
import { deploymentOf, rollBackOf } from './deployment.reads.ts'
import { canRollBack, causesOf, countsOf } from './deployment.summary.ts'
import {
  AttemptConnection,
  Cause,
  DeploymentTargetConnection,
  TargetCounts,
  TargetGrid,
  WayBack,
  TargetMoves,
} from './deployment.types.ts'
import { DeploymentProgress, Estimate, Foretold } from './forecast/forecast.types.ts'
import { estimateOf, foretoldOf, progressOf } from './estimate.ts'
import { gridOf } from './grid.ts'
import { launchUrl } from './launch.ts'
import { deploymentTargetScopes } from './load.ts'
import { SOMETHING_CHANGED } from './validation-moves.ts'
import { MOST_MOVES, movesOf } from './target-moves.ts'
import { attemptPage, targetPage } from './target.reads.ts'
import { wayBackOf } from './way-back.ts'

@ArgsType()
export class TargetListArgs extends PageArgs {
  @Field(() => TargetFilter, { nullable: true })
  filter?: TargetFilter | null
}

@Resolver(() => Deployment)
export class DeploymentFieldsResolver {
  @FieldResolver(() => [String], { description: 'What the caller can do with it now.' })
  async allowedActions(@Root() deployment: Deployment, @Ctx() context: Context): Promise<string[]> {
    const possible = deploymentLifecycle.actionsFrom(deployment.state)
    const allowed = await Promise.all(
      possible.map((action) => {
        const permission = deploymentPermissions[action]
        return permission !== undefined && reachesWhole(context, permission, deployment, deploymentTargetScopes)
      }),
    )
    const actions = possible.filter((_, index) => allowed[index])
    if (!actions.includes('retryFailed')) return actions
    const { failed, timedOut, contradicted } = await countsOf(context, deployment.uuid)
    return failed + timedOut + contradicted > 0 ? actions : actions.filter((action) => action !== 'retryFailed')
  }

  @FieldResolver(() => Task)
  task(@Root() deployment: Deployment, @Ctx() context: Context) {
    return taskOf(context, deployment.taskId)
  }

  @FieldResolver(() => Release)
  release(@Root() deployment: Deployment, @Ctx() context: Context) {
    return releaseOf(context, deployment.releaseId)
  }

  @FieldResolver(() => PackageVersion)
  source(@Root() deployment: Deployment, @Ctx() context: Context) {
    return versionField(context, deployment.sourceId)
  }

  @FieldResolver(() => ManagementProduct, { nullable: true, description: 'Through which it goes.' })
  product(@Root() deployment: Deployment, @Ctx() context: Context) {
    return deployment.productId && productOf(context, deployment.productId)
  }

  @FieldResolver(() => Account)
  createdBy(@Root() deployment: Deployment, @Ctx() context: Context) {
    return accountField(context, deployment.createdById)
  }

  @FieldResolver(() => Account, { nullable: true })
  startedBy(@Root() deployment: Deployment, @Ctx() context: Context) {
    return accountField(context, deployment.startedById)
  }

  @FieldResolver(() => Deployment, { nullable: true, description: 'What it rolls back.' })
  rollBackOf(@Root() deployment: Deployment, @Ctx() context: Context) {
    return deployment.rollBackOfId && deploymentOf(context, deployment.rollBackOfId)
  }

  @FieldResolver(() => Deployment, { nullable: true, description: 'The latest deployment that rolls it back.' })
  rollBack(@Root() deployment: Deployment, @Ctx() context: Context) {
    return rollBackOf(context, deployment.uuid)
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether there is a confirmed version before, at targets that were touched.',
  })
  canRollBack(@Root() deployment: Deployment, @Ctx() context: Context) {
    return canRollBack(context, deployment)
  }

  @FieldResolver(() => WayBack, {
    nullable: true,
    description: 'What a roll-back would do now; null without a way back, and for those who may not go it.',
  })
  wayBack(@Root() deployment: Deployment, @Ctx() context: Context) {
    return wayBackOf(context, deployment)
  }

  @FieldResolver(() => TargetCounts)
  counts(@Root() deployment: Deployment, @Ctx() context: Context) {
    return countsOf(context, deployment.uuid)
  }

  @FieldResolver(() => [Cause], {
    description: 'Why it ended so, worst first: cause sentences lifted from the targets.',
  })
  causes(@Root() deployment: Deployment, @Ctx() context: Context) {
    return causesOf(context, deployment.uuid)
  }

  @FieldResolver(() => Estimate, { nullable: true })
  estimate(@Root() deployment: Deployment, @Ctx() context: Context) {
    return estimateOf(context, deployment)
  }

  @FieldResolver(() => DeploymentProgress, {
    nullable: true,
    description: 'Null before it began, and when it is over.',
  })
  progress(@Root() deployment: Deployment, @Ctx() context: Context) {
    return progressOf(context, deployment)
  }

  @FieldResolver(() => Foretold, {
    nullable: true,
    description: 'When it has ended by itself: how the estimate of its beginning came out. Null without one.',
  })
  foretold(@Root() deployment: Deployment, @Ctx() context: Context) {
    return foretoldOf(context, deployment)
  }

  @FieldResolver(() => TargetGrid, {
    description: 'All targets in columns, for the live grid; the stream deploymentProgress goes on from its position.',
  })
  grid(@Root() deployment: Deployment, @Ctx() context: Context) {
    return gridOf(context, deployment)
  }

  @FieldResolver(() => TargetMoves, {
    description: 'Every change of every target with its instant, to show the grid as of any moment.',
  })
  targetMoves(
    @Root() deployment: Deployment,
    @Ctx() context: Context,
    @Arg('first', () => Int, { nullable: true, defaultValue: MOST_MOVES, description: '1 to 20,000.' }) first: number,
    @Arg('since', () => DateTime, { nullable: true, description: 'This instant and later.' }) since?: Date | null,
    @Arg('after', () => Seq, { nullable: true, description: 'Id of the last move that the caller has.' })
    after?: number | null,
  ) {
    return movesOf(context, deployment.uuid, { first, since, after })
  }

  @FieldResolver(() => DeploymentTargetConnection)
  targets(
    @Root() deployment: Deployment,
    @Ctx() context: Context,
    @Args(() => TargetListArgs) { filter, ...page }: TargetListArgs,
  ) {
    return targetPage(context, deployment.uuid, filter ?? {}, page)
  }

  @FieldResolver(() => AttemptConnection, { description: 'Newest first.' })
  attempts(@Root() deployment: Deployment, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return attemptPage(context, deployment.uuid, page)
  }

  @FieldResolver(() => HistoryEntryConnection, { description: 'What happened to it, newest first.' })
  async history(@Root() deployment: Deployment, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    const history = await historyOf(context, deployment.uuid, page)
    if (await reachesWhole(context, 'deployment.read', deployment, deploymentTargetScopes)) return history
    for (const entry of history.nodes) if (entry.action === 'invalidate') entry.reason = SOMETHING_CHANGED
    return history
  }

  @FieldResolver(() => String, { nullable: true, description: 'The same job in the management product.' })
  launchUrl(@Root() deployment: Deployment, @Ctx() context: Context) {
    return launchUrl(context, deployment)
  }
}
