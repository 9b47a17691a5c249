import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { actualItemOf } from '../discovery/actual.reads.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { ConfigurationItemPayload } from '../item/item.inputs.ts'
import { itemOf } from '../item/item.reads.ts'
import { ReconciliationIgnoreRule } from './ignore-rule.entity.ts'
import { ReconciliationResult } from './reconciliation-result.entity.ts'
import { KindCount, ReconciliationRun } from './reconciliation-run.entity.ts'
import { ReconciliationTask } from './reconciliation-task.entity.ts'
import type { ReconciliationKind } from './reconciliation-result.entity.ts'
import { linkByHand } from './link-by-hand.ts'
import { resolveResults, saveIgnoreRule } from './resolve-many.service.ts'
import {
  ReconciliationIgnoreRulePayload,
  ReconciliationIgnoreRuleSaveInput,
  ReconciliationLinkInput,
  ReconciliationResultsPayload,
  ReconciliationResultsResolveInput,
  ReconciliationTaskPayload,
  ReconciliationTaskSaveInput,
} from './task.inputs.ts'
import { ignoreRulePage, lastRunOf, reconciliationTaskOf, reconciliationTaskPage } from './task.reads.ts'
import { saveTask } from './task.service.ts'

const ReconciliationTaskConnection = connectionOf('ReconciliationTask', () => ReconciliationTask)
const ReconciliationIgnoreRuleConnection = connectionOf('ReconciliationIgnoreRule', () => ReconciliationIgnoreRule)

@Resolver(() => ReconciliationTask)
export class ReconciliationTaskResolver {
  @Authorized('estate.read')
  @Query(() => ReconciliationTaskConnection, { description: 'By name.' })
  reconciliationTasks(@Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return reconciliationTaskPage(context, page)
  }

  @Authorized('reconciliation.run')
  @Mutation(() => ReconciliationTaskPayload)
  async reconciliationTaskSave(
    @Ctx() context: Context,
    @Arg('input', () => ReconciliationTaskSaveInput) input: ReconciliationTaskSaveInput,
  ) {
    return { task: await saveTask(context.em, context.services, input, viewerOf(context)) }
  }

  @FieldResolver(() => ConfigurationItem, { nullable: true, description: 'Only items inside this site.' })
  site(@Root() task: ReconciliationTask, @Ctx() context: Context) {
    return task.siteId && itemOf(context, task.siteId)
  }

  @FieldResolver(() => ReconciliationRun, { nullable: true })
  lastRun(@Root() task: ReconciliationTask, @Ctx() context: Context) {
    return lastRunOf(context, task.uuid)
  }
}

@Resolver(() => ReconciliationRun)
export class ReconciliationRunTaskResolver {
  @FieldResolver(() => ReconciliationTask)
  task(@Root() run: ReconciliationRun, @Ctx() context: Context) {
    return reconciliationTaskOf(context, run.taskId)
  }

  @FieldResolver(() => [KindCount], { description: 'How many of each kind it found.' })
  kinds(@Root() run: ReconciliationRun): KindCount[] {
    return Object.entries(run.counts)
      .filter(([kind, count]) => kind !== 'ignored' && count > 0)
      .map(([kind, count]) => ({ kind: kind as ReconciliationKind, count }))
  }
}

@Resolver(() => ReconciliationResult)
export class ReconciliationByHandResolver {
  @Authorized('item.promote')
  @Mutation(() => ReconciliationResultsPayload, { description: 'All of them, or none.' })
  async reconciliationResultsResolve(
    @Ctx() context: Context,
    @Arg('input', () => ReconciliationResultsResolveInput) input: ReconciliationResultsResolveInput,
  ) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    const gates = context.services.itemGates
    return { results: await resolveResults(context.em, catalogue, input, viewerOf(context), gates) }
  }

  @Authorized('item.promote')
  @Mutation(() => ConfigurationItemPayload, {
    description:
      'Links what was seen with an item of the same class, or of one that a promotion scope makes of it; open results about that are resolved by it.',
  })
  async reconciliationLink(
    @Ctx() context: Context,
    @Arg('input', () => ReconciliationLinkInput) input: ReconciliationLinkInput,
  ) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return { item: await linkByHand(context.em, catalogue, input, viewerOf(context), context.services.itemGates) }
  }

  @FieldResolver(() => [ConfigurationItem], { description: 'Items that the actual one could be, and the caller sees.' })
  async candidates(@Root() result: ReconciliationResult, @Ctx() context: Context): Promise<ConfigurationItem[]> {
    const found = await Promise.all(result.candidateIds.slice(0, 20).map((uuid) => itemOf(context, uuid)))
    return found.filter((one) => one !== null)
  }
}

@Resolver(() => ReconciliationIgnoreRule)
export class ReconciliationIgnoreRuleResolver {
  @Authorized('estate.read')
  @Query(() => ReconciliationIgnoreRuleConnection, { description: 'The newest first.' })
  reconciliationIgnoreRules(@Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return ignoreRulePage(context, page)
  }

  @Authorized('item.promote')
  @Mutation(() => ReconciliationIgnoreRulePayload, { description: 'The reason is kept with the rule.' })
  async reconciliationIgnoreRuleSave(
    @Ctx() context: Context,
    @Arg('input', () => ReconciliationIgnoreRuleSaveInput) input: ReconciliationIgnoreRuleSaveInput,
  ) {
    return { rule: await saveIgnoreRule(context.em, context.services.catalogue.now, input, viewerOf(context)) }
  }

  @FieldResolver(() => ConfigurationItem, { nullable: true })
  configurationItem(@Root() rule: ReconciliationIgnoreRule, @Ctx() context: Context) {
    return rule.configurationItemId && itemOf(context, rule.configurationItemId)
  }

  @FieldResolver(() => ActualItem, { nullable: true })
  actualItem(@Root() rule: ReconciliationIgnoreRule, @Ctx() context: Context) {
    return rule.actualItemId && actualItemOf(context, rule.actualItemId)
  }
}
