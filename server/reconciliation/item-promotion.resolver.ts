import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Context } from '../kernel/context.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { graphChangeOf } from '../item/time/history.reads.ts'
import { GraphChange } from '../item/time/history.types.ts'
import { itemPromotionOf } from './item-promotion.store.ts'
import { ItemPromotion } from './item-promotion.type.ts'
import { PromotionScope } from './promotion-scope.entity.ts'
import { promotionScopeOf } from './reconciliation.reads.ts'

/** What promotion adds to a configuration item. */
@Resolver(() => ConfigurationItem)
export class ItemPromotedResolver {
  @FieldResolver(() => ItemPromotion, {
    nullable: true,
    description:
      'The promotion that made it, or that first linked it with what is seen. Null: it was made and linked by hand or by a rule, or before promotions were kept, or you could not see it then.',
  })
  promotion(@Root() item: ConfigurationItem, @Ctx() context: Context): Promise<ItemPromotion | null> {
    return itemPromotionOf(context, item)
  }
}

@Resolver(() => ItemPromotion)
export class ItemPromotionResolver {
  @FieldResolver(() => GraphChange, { description: 'The promotion itself: who, when, why and from where.' })
  change(@Root() { changeId }: ItemPromotion, @Ctx() context: Context) {
    return graphChangeOf(context, changeId)
  }

  @FieldResolver(() => PromotionScope, { nullable: true, description: 'As it is now; null: it was removed since.' })
  scope(@Root() { scopeId }: ItemPromotion, @Ctx() context: Context) {
    return promotionScopeOf(context, scopeId)
  }
}
