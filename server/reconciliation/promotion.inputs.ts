import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { MoveInput, MutationInput, MutationPayload } from '../kernel/mutation.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import { PromotionMapping } from './promotion-mapping.type.ts'
import { PromotionScope } from './promotion-scope.entity.ts'

@InputType()
export class ItemsPromoteInput extends MutationInput {
  @Field(() => [ID], { nullable: true })
  actualItemIds?: string[] | null

  @Field(() => Boolean, { nullable: true, description: 'All present items of the class of the scope.' })
  everything?: boolean | null

  @Field(() => ID, { nullable: true, description: 'The promotion scope; default the first one.' })
  scopeId?: string | null
}

@InputType({ description: 'As what would be promoted is said to itemsPromote.' })
export class PromotionPreviewInput {
  @Field(() => [ID], { nullable: true })
  actualItemIds?: string[] | null

  @Field(() => Boolean, { nullable: true, description: 'All present items of the class of the scope.' })
  everything?: boolean | null

  @Field(() => ID, { nullable: true, description: 'The promotion scope; default the first one.' })
  scopeId?: string | null
}

const MAPPINGS = 'What actual classes become, at most 100, one for each class; what is given takes the place of all.'

@InputType()
export class PromotionScopeCreateInput extends MutationInput {
  @Field(() => String)
  name!: string

  @Field(() => String, { description: 'One of itemClasses.' })
  className!: string

  @Field(() => Boolean, { nullable: true, description: 'Default true.' })
  includesRelated?: boolean | null

  @Field(() => [String], { nullable: true, description: 'Names of attributes; empty: all that the class copies.' })
  attributes?: string[] | null

  @Field(() => [PromotionMapping], { nullable: true, description: MAPPINGS })
  mappings?: PromotionMapping[] | null
}

@InputType({ description: 'What is left out stays as it is; the class cannot be changed.' })
export class PromotionScopeUpdateInput extends MoveInput {
  @Field(() => String, { nullable: true })
  name?: string | null

  @Field(() => Boolean, { nullable: true })
  includesRelated?: boolean | null

  @Field(() => [String], { nullable: true, description: 'Names of attributes; empty: all that the class copies.' })
  attributes?: string[] | null

  @Field(() => [PromotionMapping], { nullable: true, description: MAPPINGS })
  mappings?: PromotionMapping[] | null
}

@ObjectType()
export class ItemsPromotePayload extends MutationPayload {
  items?: ConfigurationItem[]
}

@ObjectType()
export class PromotionScopePayload extends MutationPayload {
  @Field(() => PromotionScope, { nullable: true })
  promotionScope?: PromotionScope | null
}
