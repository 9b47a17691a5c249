import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import { viewerOf } from '../kernel/authorize.ts'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { IdInput, MoveInput, MutationInput, MutationPayload } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { productOf } from '../product/product.reads.ts'
import { DiscoveryChangeConnection, DiscoveryChangeListArgs } from './discovery-change.type.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunLifecycle } from './discovery-run.lifecycle.ts'
import {
  canBeResumed,
  changesOf,
  discoveryRunOf,
  discoveryRunPage,
  lastRunOf,
  problemsOf,
  runsOfProduct,
  scopesOf,
  uploadOf,
} from './discovery.reads.ts'
import { DiscoveryProblemConnection, DiscoveryScopeConnection, DiscoveryUpload } from './run-report.type.ts'
import { resumeDiscovery } from './resume.service.ts'
import { applyDiscovery, cancelDiscovery, discardDiscovery, startDiscovery } from './discovery.service.ts'

const DiscoveryRunConnection = connectionOf('DiscoveryRun', () => DiscoveryRun)

@ArgsType()
class DiscoveryRunListArgs extends PageArgs {
  @Field(() => ID, { nullable: true, description: 'Only runs of this management product.' })
  productId?: string | null
}

@InputType()
export class DiscoveryStartInput extends MutationInput {
  @Field(() => ID)
  productId!: string

  @Field(() => Boolean, { nullable: true, description: 'Only show what would change. Default false.' })
  dryRun?: boolean | null

  @Field(() => ID, {
    nullable: true,
    description:
      'A file to read instead of the source that the settings name: the id that POST /discovery/uploads?productId=…&name=… answered for its body.',
  })
  uploadId?: string | null
}

@ObjectType()
export class DiscoveryRunPayload extends MutationPayload {
  @Field(() => DiscoveryRun, { nullable: true })
  run?: DiscoveryRun | null
}

@Resolver(() => DiscoveryRun)
export class DiscoveryResolver {
  @Authorized('estate.read')
  @Query(() => DiscoveryRun, { nullable: true })
  discoveryRun(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return discoveryRunOf(context, uuidOf(id, 'run'))
  }

  @Authorized('estate.read')
  @Query(() => DiscoveryRunConnection, { description: 'The newest first.' })
  discoveryRuns(
    @Ctx() context: Context,
    @Args(() => DiscoveryRunListArgs) { productId, ...page }: DiscoveryRunListArgs,
  ) {
    return discoveryRunPage(context, productId == null ? null : uuidOf(productId, 'prd', ['productId']), page)
  }

  @Authorized('discovery.run')
  @Mutation(() => DiscoveryRunPayload)
  async discoveryStart(@Ctx() context: Context, @Arg('input', () => DiscoveryStartInput) input: DiscoveryStartInput) {
    return { run: await startDiscovery(context.em, input, context.services, viewerOf(context)) }
  }

  @Authorized('discovery.run')
  @Mutation(() => DiscoveryRunPayload)
  async discoveryCancel(@Ctx() context: Context, @Arg('input', () => IdInput) input: IdInput) {
    return { run: await cancelDiscovery(context.em, input, viewerOf(context)) }
  }

  @Authorized('discovery.run')
  @Mutation(() => DiscoveryRunPayload, {
    description:
      'Has a run go on that failed or was cancelled, in the background: what it had finished (hosts, systems, classes, files) is not read again. Only the last run of a product, for a week.',
  })
  async discoveryRunResume(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { run: await resumeDiscovery(context.em, input, context.services, viewerOf(context)) }
  }

  @Authorized('discovery.run')
  @Mutation(() => DiscoveryRunPayload, {
    description:
      'Takes over what a run found that awaits a review, in the background. If it would change other things by now than it showed, it shows those and awaits a review again.',
  })
  async discoveryApply(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { run: await applyDiscovery(context.em, input, context.services, viewerOf(context)) }
  }

  @Authorized('discovery.run')
  @Mutation(() => DiscoveryRunPayload, { description: 'Drops what a run found that awaits a review.' })
  async discoveryDiscard(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { run: await discardDiscovery(context.em, input, viewerOf(context)) }
  }

  @FieldResolver(() => ManagementProduct)
  product(@Root() run: DiscoveryRun, @Ctx() context: Context) {
    return productOf(context, run.productId)
  }

  @FieldResolver(() => Account, { nullable: true })
  startedBy(@Root() run: DiscoveryRun, @Ctx() context: Context) {
    return accountField(context, run.startedBy)
  }

  @FieldResolver(() => Account, { nullable: true, description: 'Who applied or discarded it.' })
  reviewedBy(@Root() run: DiscoveryRun, @Ctx() context: Context) {
    return accountField(context, run.reviewedBy)
  }

  @FieldResolver(() => Account, {
    nullable: true,
    description: 'Who had it go on last, after it failed or was cancelled.',
  })
  resumedBy(@Root() run: DiscoveryRun, @Ctx() context: Context) {
    return accountField(context, run.resumedBy)
  }

  @FieldResolver(() => [String], { description: 'What the caller can do with it now: cancel, apply, discard, resume.' })
  async allowedActions(@Root() run: DiscoveryRun, @Ctx() context: Context): Promise<string[]> {
    if (reachAnywhere(viewerOf(context), 'discovery.run') !== 'estate') return []
    const offered = ['cancel', 'apply', 'discard', 'resume'] as const
    const possible = offered.filter((action) => discoveryRunLifecycle.next(run.state, action))
    return possible.includes('resume') && !(await canBeResumed(context, run.uuid)) ? [] : possible
  }

  @FieldResolver(() => DiscoveryChangeConnection, {
    description: 'What it found other than it was known: items, the worst first, then relationships and questions.',
  })
  changes(
    @Root() run: DiscoveryRun,
    @Ctx() context: Context,
    @Args(() => DiscoveryChangeListArgs) { kinds, ...page }: DiscoveryChangeListArgs,
  ) {
    return changesOf(context, run.uuid, kinds ?? null, page)
  }

  @FieldResolver(() => DiscoveryUpload, { nullable: true, description: 'The file that was handed in for it.' })
  upload(@Root() run: DiscoveryRun, @Ctx() context: Context) {
    return run.uploadId && uploadOf(context, run.uploadId)
  }

  @FieldResolver(() => DiscoveryScopeConnection, { description: 'How far it is, part by part of the source.' })
  scopes(@Root() run: DiscoveryRun, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return scopesOf(context, run.uuid, page)
  }

  @FieldResolver(() => DiscoveryProblemConnection, { description: 'What could not be taken over, errors first.' })
  problems(@Root() run: DiscoveryRun, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return problemsOf(context, run.uuid, page)
  }
}

/** What discovery adds to a management product. */
@Resolver(() => ManagementProduct)
export class ProductDiscoveryResolver {
  @FieldResolver(() => DiscoveryRunConnection, { description: 'Its looks, the newest first.' })
  discoveryRuns(@Root() product: ManagementProduct, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return runsOfProduct(context, product.uuid, page)
  }

  @FieldResolver(() => DiscoveryRun, { nullable: true })
  lastRun(@Root() product: ManagementProduct, @Ctx() context: Context) {
    return lastRunOf(context, product.uuid)
  }
}
