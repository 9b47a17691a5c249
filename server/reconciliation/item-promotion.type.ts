import { Field, ObjectType } from 'type-graphql'
import { PromotionFates, type PromotionFate } from './promotion-preview.type.ts'

@ObjectType({ description: 'How an item came into the estate, or was linked with what is seen: by which promotion.' })
export class ItemPromotion {
  /** UUIDs. */
  itemId!: string
  changeId!: string
  scopeId!: string

  @Field(() => PromotionFates, {
    description: 'CREATE: the promotion made the item. LINK: it stood already, and the promotion linked it.',
  })
  fate!: Extract<PromotionFate, 'CREATE' | 'LINK'>

  @Field(() => String, { description: 'The class as which discovery saw it then.' })
  actualClass!: string

  @Field(() => String, { description: 'What the promotion scope was called then.' })
  scopeName!: string
}
