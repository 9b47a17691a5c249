import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { ActualItem } from '../discovery/actual-item.entity.ts'
import { ItemStates } from '../item/item.entity.ts'
import type { ItemState } from '../item/item.lifecycle.ts'
import { notCopiedWhys, type NotCopiedWhy } from './promotion-mapping.ts'
import { PromotionScope } from './promotion-scope.entity.ts'

export const PromotionFates = {
  CREATE: 'CREATE',
  LINK: 'LINK',
  AUTHORIZED: 'AUTHORIZED',
  AMBIGUOUS: 'AMBIGUOUS',
} as const
export type PromotionFate = keyof typeof PromotionFates
registerEnumType(PromotionFates, {
  name: 'PromotionFate',
  description: 'What a promotion would do with a thing that was seen.',
  valuesConfig: {
    CREATE: { description: 'Make an item of it.' },
    LINK: { description: 'Link it with an item that stands already and stays as people planned it.' },
    AUTHORIZED: { description: 'Nothing: it is linked.' },
    AMBIGUOUS: { description: 'Refuse it where it was chosen, pass it over in a promotion of everything.' },
  },
})

const NotCopiedWhys = Object.fromEntries(Object.keys(notCopiedWhys).map((why) => [why, why])) as {
  [W in NotCopiedWhy]: W
}
registerEnumType(NotCopiedWhys, {
  name: 'NotCopiedWhy',
  valuesConfig: Object.fromEntries(Object.entries(notCopiedWhys).map(([why, description]) => [why, { description }])),
})

@ObjectType({ description: 'An attribute that was seen and would not be copied.' })
export class NotCopied {
  @Field(() => String)
  attribute!: string

  @Field(() => NotCopiedWhys)
  why!: NotCopiedWhy

  @Field(() => Int, { description: 'Of so many things.' })
  count!: number
}

@ObjectType({ description: 'What would become of the things of one actual class.' })
export class PromotionPreviewClass {
  @Field(() => String)
  actualClass!: string

  @Field(() => String)
  authorizedClass!: string

  @Field(() => ItemStates, {
    nullable: true,
    description: 'In which state new items would begin; null: none would be made.',
  })
  state!: ItemState | null

  @Field(() => Int, { description: 'So many items would be made.' })
  created!: number

  @Field(() => Int, { description: 'So many would be linked with items that stand already.' })
  linked!: number

  @Field(() => Int, { description: 'So many are linked already.' })
  authorized!: number

  @Field(() => Int, { description: 'Of so many nobody can tell which item they are.' })
  ambiguous!: number

  @Field(() => [NotCopied], { description: 'Of what would be made: what would be left out, by attribute.' })
  notCopied!: NotCopied[]
}

@ObjectType()
export class PromotionPreviewItem {
  @Field(() => ActualItem)
  actualItem!: ActualItem

  @Field(() => PromotionFates)
  fate!: PromotionFate

  @Field(() => Boolean, { description: 'Nobody chose it; it would come with what was chosen.' })
  isAlong!: boolean

  @Field(() => String, {
    description: 'The class that it would have, or of the item that it is or would be linked with.',
  })
  className!: string

  @Field(() => ItemStates, {
    nullable: true,
    description: 'In which state it would begin; null: no item would be made.',
  })
  state!: ItemState | null

  @Field(() => [String], { description: 'Attributes that would be copied.' })
  copied!: string[]

  @Field(() => [NotCopied])
  notCopied!: NotCopied[]

  configurationItemId!: string | null
}

@ObjectType({ description: 'A relationship that is seen and would not be authorized.' })
export class NotRelatedExample {
  /** UUIDs. */
  sourceId!: string
  targetId!: string

  @Field(() => String, { description: 'What stands against it, in words that name both ends.' })
  why!: string
}

@ObjectType({ description: 'Relationships of one kind that are seen and that a rule keeps from being authorized.' })
export class NotRelated {
  @Field(() => String, { description: 'Name of the relationship type.' })
  type!: string

  @Field(() => String, { description: 'The class that the source would have as an authorized item.' })
  sourceClass!: string

  @Field(() => String, { description: 'The class that the target would have as an authorized item.' })
  targetClass!: string

  @Field(() => String, { description: 'The rule that forbids them, as the results of the promotion name it.' })
  rule!: string

  @Field(() => Int)
  count!: number

  @Field(() => [NotRelatedExample], { description: 'The first three.' })
  examples!: NotRelatedExample[]
}

@ObjectType({ description: 'What a promotion would do, as things stand.' })
export class PromotionPreview {
  @Field(() => PromotionScope)
  scope!: PromotionScope

  @Field(() => Int, { description: 'So many things were looked at, with those that would go along.' })
  looked!: number

  @Field(() => Boolean, {
    description: 'Whether that is all: of everything, the first 1,000 by name are looked at with what goes along.',
  })
  isComplete!: boolean

  @Field(() => [PromotionPreviewClass], { description: 'By actual class and what it becomes, the most things first.' })
  classes!: PromotionPreviewClass[]

  @Field(() => [PromotionPreviewItem], { description: 'The first 100: what was chosen, then what goes along.' })
  items!: PromotionPreviewItem[]

  @Field(() => Int, { description: 'So many relationships that are seen at these things would be authorized.' })
  related!: number

  @Field(() => [NotRelated], {
    description:
      'Those that would be left out, by type, classes and rule, the most first. What reconciliation does not ignore of them becomes a result.',
  })
  notRelated!: NotRelated[]
}
