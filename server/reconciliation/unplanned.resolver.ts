import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Account } from '../account/account.entity.ts'
import { accountField } from '../account/account.fields.ts'
import { reaches, viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { actualItemOf } from '../discovery/actual.reads.ts'
import { UnplannedDecision } from './unplanned-decision.entity.ts'
import {
  UnplannedChange,
  UnplannedChangeConnection,
  UnplannedChangeDecideInput,
  UnplannedChangeListArgs,
  UnplannedChangePayload,
  UnplannedChangesDecideInput,
  UnplannedChangesPayload,
} from './unplanned.inputs.ts'
import { unplannedLifecycle } from './unplanned.lifecycle.ts'
import { unplannedPage } from './unplanned.reads.ts'
import { decideUnplanned } from './unplanned.service.ts'

@Resolver(() => UnplannedChange)
export class UnplannedChangeResolver {
  @Authorized('estate.read')
  @Query(() => UnplannedChangeConnection, {
    description:
      'Changes of what is seen that nobody planned, of any item, whether or not a task compares it: values, things that appear or go missing, relationships. The newest first.',
  })
  unplannedChanges(
    @Ctx() context: Context,
    @Args(() => UnplannedChangeListArgs) { filter, ...page }: UnplannedChangeListArgs,
  ) {
    return unplannedPage(context, filter ?? {}, page)
  }

  @Authorized('item.promote')
  @Mutation(() => UnplannedChangePayload, { description: 'Says of one change that it is known, or what it was.' })
  async unplannedChangeDecide(
    @Ctx() context: Context,
    @Arg('input', () => UnplannedChangeDecideInput) { change, ...input }: UnplannedChangeDecideInput,
  ) {
    const [decided] = await decideUnplanned(context, { ...input, changes: [change] })
    return { change: decided }
  }

  @Authorized('item.promote')
  @Mutation(() => UnplannedChangesPayload, { description: 'All of them, or none.' })
  async unplannedChangesDecide(
    @Ctx() context: Context,
    @Arg('input', () => UnplannedChangesDecideInput) input: UnplannedChangesDecideInput,
  ) {
    return { changes: await decideUnplanned(context, input) }
  }

  @FieldResolver(() => ActualItem, { nullable: true })
  item(@Root() change: UnplannedChange, @Ctx() context: Context) {
    return actualItemOf(context, change.actual)
  }

  @FieldResolver(() => ActualItem, { nullable: true, description: 'Of a relationship, the item at its other end.' })
  other(@Root() change: UnplannedChange, @Ctx() context: Context) {
    return change.other && actualItemOf(context, change.other)
  }

  @FieldResolver(() => [String], { description: 'What the caller can do with it now.' })
  allowedActions(@Root() { state, scopeIds }: UnplannedChange, @Ctx() context: Context): string[] {
    return reaches(viewerOf(context), 'item.promote', scopeIds) ? unplannedLifecycle.actionsFrom(state) : []
  }

  @FieldResolver(() => Account, { nullable: true })
  decidedBy(@Root() change: UnplannedChange, @Ctx() context: Context) {
    return accountField(context, change.decidedBy)
  }
}

@Resolver(() => UnplannedChangesPayload)
export class UnplannedChangesPayloadResolver {
  /** Also a refusal has a list. */
  @FieldResolver(() => [UnplannedChange])
  changes(@Root() payload: UnplannedChangesPayload): UnplannedChange[] {
    return payload.changes ?? []
  }
}

@Resolver(() => UnplannedDecision)
export class UnplannedDecisionResolver {
  @FieldResolver(() => ActualItem, { nullable: true })
  item(@Root() decision: UnplannedDecision, @Ctx() context: Context) {
    return actualItemOf(context, decision.actualItemId)
  }

  @FieldResolver(() => Account, { nullable: true })
  decidedBy(@Root() decision: UnplannedDecision, @Ctx() context: Context) {
    return accountField(context, decision.decidedBy)
  }
}
