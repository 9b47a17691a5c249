import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import { reaches, viewerOf } from '../kernel/authorize.ts'
import { BoundedCount } from '../kernel/bounded-count.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { actualItemOf } from '../discovery/actual.reads.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { itemOf } from '../item/item.reads.ts'
import { becauseOf } from '../item/item.service.ts'
import { isChangeable } from '../item/protection.ts'
import {
  ReconciliationResultFilter,
  ReconciliationResultConnection,
  ReconciliationResultListArgs,
  ReconciliationResultPayload,
  ReconciliationResultResolveInput,
  ReconciliationRunConnection,
  ReconciliationRunPayload,
} from './reconciliation.inputs.ts'
import {
  reconciliationResultCounts,
  reconciliationResultPage,
  reconciliationRunOf,
  reconciliationRunPage,
} from './reconciliation.reads.ts'
import { ReconciliationResult } from './reconciliation-result.entity.ts'
import { ReconciliationRun } from './reconciliation-run.entity.ts'
import { actionsOn, resolveResult, startReconciliation } from './reconciliation.service.ts'
import { ReconciliationStartInput } from './task.inputs.ts'

@Resolver(() => ReconciliationRun)
export class ReconciliationResolver {
  @Authorized('estate.read')
  @Query(() => ReconciliationRunConnection, { description: 'The newest first.' })
  reconciliationRuns(@Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return reconciliationRunPage(context, page)
  }

  @Authorized('reconciliation.run')
  @Mutation(() => ReconciliationRunPayload)
  async reconciliationStart(
    @Ctx() context: Context,
    @Arg('input', () => ReconciliationStartInput) input: ReconciliationStartInput,
  ) {
    const because = becauseOf(viewerOf(context), input.reason)
    return { run: await startReconciliation(context.em, context.services, because, input) }
  }

  @FieldResolver(() => Account, { nullable: true })
  startedBy(@Root() run: ReconciliationRun, @Ctx() context: Context) {
    return accountField(context, run.startedBy)
  }
}

@Resolver(() => ReconciliationResult)
export class ReconciliationResultResolver {
  @Authorized('estate.read')
  @Query(() => [BoundedCount], { description: 'How many results there are of each filter, in its order; at most 50.' })
  reconciliationResultCounts(
    @Ctx() context: Context,
    @Arg('filters', () => [ReconciliationResultFilter]) filters: ReconciliationResultFilter[],
  ): Promise<BoundedCount[]> {
    return reconciliationResultCounts(context, filters)
  }

  @Authorized('estate.read')
  @Query(() => ReconciliationResultConnection, { description: 'The newest first.' })
  reconciliationResults(
    @Ctx() context: Context,
    @Args(() => ReconciliationResultListArgs) args: ReconciliationResultListArgs,
  ) {
    return reconciliationResultPage(context, args)
  }

  @Authorized('item.promote')
  @Mutation(() => ReconciliationResultPayload)
  async reconciliationResultResolve(
    @Ctx() context: Context,
    @Arg('input', () => ReconciliationResultResolveInput) input: ReconciliationResultResolveInput,
  ) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return { result: await resolveResult(context.em, catalogue, input, viewerOf(context), context.services.itemGates) }
  }

  @FieldResolver(() => [String], { description: 'What the caller can do with it now.' })
  async allowedActions(@Root() result: ReconciliationResult, @Ctx() context: Context): Promise<string[]> {
    if (!reaches(viewerOf(context), 'item.promote', result.scopeIds)) return []
    const actions = actionsOn(result)
    if (!result.configurationItemId || !actions.includes('acceptActual')) return actions
    const item = await itemOf(context, result.configurationItemId!)
    return !item || (await isChangeable(context, item)) ? actions : actions.filter((one) => one !== 'acceptActual')
  }

  @FieldResolver(() => ReconciliationRun, {
    nullable: true,
    description: 'The latest run that found it; null: a promotion left it out, and no run has looked since.',
  })
  run(@Root() result: ReconciliationResult, @Ctx() context: Context) {
    return result.runId && reconciliationRunOf(context, result.runId)
  }

  @FieldResolver(() => ConfigurationItem, { nullable: true })
  configurationItem(@Root() result: ReconciliationResult, @Ctx() context: Context) {
    return result.configurationItemId && itemOf(context, result.configurationItemId)
  }

  @FieldResolver(() => ActualItem, { nullable: true })
  actualItem(@Root() result: ReconciliationResult, @Ctx() context: Context) {
    return result.actualItemId && actualItemOf(context, result.actualItemId)
  }

  @FieldResolver(() => Account, { nullable: true })
  resolvedBy(@Root() result: ReconciliationResult, @Ctx() context: Context) {
    return accountField(context, result.resolvedBy)
  }
}
