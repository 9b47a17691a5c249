import { Arg, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { MoveInput } from '../kernel/mutation.ts'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { actualItemOf } from '../discovery/actual.reads.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { itemOf } from '../item/item.reads.ts'
import { becauseOf } from '../item/item.service.ts'
import { promoteItems } from './promote.ts'
import { fittingClasses } from './promotion-mapping.ts'
import { previewPromotion } from './promotion-preview.ts'
import { NotRelatedExample, PromotionPreview, PromotionPreviewItem } from './promotion-preview.type.ts'
import { PromotionScope } from './promotion-scope.entity.ts'
import { createPromotionScope, removePromotionScope, updatePromotionScope } from './promotion-scope.service.ts'
import {
  ItemsPromoteInput,
  ItemsPromotePayload,
  PromotionPreviewInput,
  PromotionScopeCreateInput,
  PromotionScopePayload,
  PromotionScopeUpdateInput,
} from './promotion.inputs.ts'
import { leftOutOf, promotionMappings, promotionScopes } from './reconciliation.reads.ts'
import { ReconciliationResult } from './reconciliation-result.entity.ts'

@Resolver(() => ItemsPromotePayload)
export class PromotionResolver {
  @Authorized('item.promote')
  @Mutation(() => ItemsPromotePayload)
  async itemsPromote(@Ctx() context: Context, @Arg('input', () => ItemsPromoteInput) input: ItemsPromoteInput) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    return { items: await promoteItems(context.em, catalogue, input, viewerOf(context)) }
  }

  /** Also a refusal has a list. */
  @FieldResolver(() => [ConfigurationItem], { description: 'All that was asked for, new or authorized before.' })
  items(@Root() payload: ItemsPromotePayload): ConfigurationItem[] {
    return payload.items ?? []
  }

  @FieldResolver(() => [ReconciliationResult], {
    description: 'The first 200 results that say which relationships of these items were not authorized, and why.',
  })
  leftOut(@Root() payload: ItemsPromotePayload, @Ctx() context: Context): Promise<ReconciliationResult[]> {
    return leftOutOf(context, payload.items ?? [])
  }

  @Authorized('estate.read')
  @Query(() => [PromotionScope])
  promotionScopes(@Ctx() context: Context) {
    return promotionScopes(context)
  }

  @Authorized('reconciliation.run')
  @Mutation(() => PromotionScopePayload)
  async promotionScopeCreate(
    @Ctx() context: Context,
    @Arg('input', () => PromotionScopeCreateInput) input: PromotionScopeCreateInput,
  ) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    const because = becauseOf(viewerOf(context), input.reason)
    return { promotionScope: await createPromotionScope(context.em, catalogue, input, because) }
  }

  @Authorized('reconciliation.run')
  @Mutation(() => PromotionScopePayload)
  async promotionScopeUpdate(
    @Ctx() context: Context,
    @Arg('input', () => PromotionScopeUpdateInput) input: PromotionScopeUpdateInput,
  ) {
    const catalogue = await context.services.catalogue.forWrite(context.em)
    const because = becauseOf(viewerOf(context), input.reason)
    return { promotionScope: await updatePromotionScope(context.em, catalogue, input, because) }
  }

  @Authorized('reconciliation.run')
  @Mutation(() => PromotionScopePayload, { description: 'What was promoted through it stays. The last one stays.' })
  async promotionScopeRemove(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    const because = becauseOf(viewerOf(context), input.reason)
    return { promotionScope: await removePromotionScope(context.em, input, because) }
  }

  @Authorized('item.promote')
  @Query(() => PromotionPreview, {
    description: 'What a promotion would make of what was seen, and what it would leave out. Changes nothing.',
  })
  promotionPreview(
    @Ctx() context: Context,
    @Arg('input', () => PromotionPreviewInput) input: PromotionPreviewInput,
  ): Promise<PromotionPreview> {
    return previewPromotion(context.em, context.services.catalogue.now, input, viewerOf(context))
  }
}

@Resolver(() => PromotionPreviewItem)
export class PromotionPreviewItemResolver {
  @FieldResolver(() => ConfigurationItem, {
    nullable: true,
    description: 'What it is linked with, or would be; null: it would be made, or cannot be told.',
  })
  configurationItem(@Root() item: PromotionPreviewItem, @Ctx() context: Context) {
    return item.configurationItemId && itemOf(context, item.configurationItemId)
  }
}

@Resolver(() => NotRelatedExample)
export class NotRelatedExampleResolver {
  @FieldResolver(() => ActualItem)
  source(@Root() { sourceId }: NotRelatedExample, @Ctx() context: Context) {
    return actualItemOf(context, sourceId)
  }

  @FieldResolver(() => ActualItem)
  target(@Root() { targetId }: NotRelatedExample, @Ctx() context: Context) {
    return actualItemOf(context, targetId)
  }
}

@Resolver(() => ActualItem)
export class FittingClassesResolver {
  @FieldResolver(() => [String], {
    description: 'The classes as which it can be authorized: its own, and what promotion scopes make of it.',
  })
  async fittingClasses(@Root() { className }: ActualItem, @Ctx() context: Context): Promise<string[]> {
    const fits = fittingClasses(context.services.catalogue.now, await promotionMappings(context))
    return [className, ...fits.flatMap(({ seen, item }) => (seen === className ? [item] : []))]
  }
}
