import { Arg, Authorized, Ctx, Field, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql'
import type { Context } from '../kernel/context.ts'
import { JsonValue } from '../kernel/scalars.ts'
import { actualItemOf } from '../discovery/actual.reads.ts'
import { itemOf } from '../item/item.reads.ts'
import { comparedAttributes } from './compare-attributes.ts'
import { broughtBy } from './promotion-mapping.ts'
import { ReconciliationResultFilter } from './reconciliation.inputs.ts'
import { promotionMappings, reconciliationCounts } from './reconciliation.reads.ts'
import { ReconciliationResult } from './reconciliation-result.entity.ts'
import { KindCount } from './reconciliation-run.entity.ts'
import { ReconciliationTask } from './reconciliation-task.entity.ts'
import { reconciliationTaskOf } from './task.reads.ts'

@ObjectType({ description: 'An attribute that the task compares, as both sides have it now.' })
export class ComparedValue {
  @Field(() => String)
  attribute!: string

  @Field(() => JsonValue, { nullable: true })
  authorized!: unknown

  @Field(() => JsonValue, { nullable: true, description: 'Null: it was not seen, which says nothing.' })
  actual!: unknown
}

/** What a result says beyond its differences; of a match, all there is to look at. */
@Resolver(() => ReconciliationResult)
export class ReconciliationMatchResolver {
  @Authorized('estate.read')
  @Query(() => [KindCount], {
    description: 'How many results of each kind a filter takes; its kinds are left aside, and of matches all count.',
  })
  reconciliationCounts(
    @Ctx() context: Context,
    @Arg('filter', () => ReconciliationResultFilter, { nullable: true }) filter?: ReconciliationResultFilter | null,
  ): Promise<KindCount[]> {
    return reconciliationCounts(context, filter)
  }

  @FieldResolver(() => ReconciliationTask, { description: 'What was compared, and by which rules.' })
  task(@Root() result: ReconciliationResult, @Ctx() context: Context) {
    return reconciliationTaskOf(context, result.taskId)
  }

  @FieldResolver(() => [ComparedValue], {
    description: 'What the task compares of the two, by attribute, that either side has now.',
  })
  async compared(@Root() result: ReconciliationResult, @Ctx() context: Context): Promise<ComparedValue[]> {
    if (!result.configurationItemId || !result.actualItemId) return []
    const [task, item, actual] = await Promise.all([
      reconciliationTaskOf(context, result.taskId),
      itemOf(context, result.configurationItemId),
      actualItemOf(context, result.actualItemId),
    ])
    if (!task || !item || !actual) return []
    const catalogue = context.services.catalogue.now
    const brought = broughtBy(catalogue, await promotionMappings(context))
    const pair = {
      className: item.className,
      authorized: item.attributes,
      seenClass: actual.className,
      seen: actual.attributes,
    }
    return comparedAttributes(catalogue, pair, task, brought).flatMap((attribute) => {
      const both = {
        authorized: item.attributes[attribute] ?? null,
        actual: actual.attributes[attribute] ?? null,
      }
      return both.authorized === null && both.actual === null ? [] : [{ attribute, ...both }]
    })
  }
}
