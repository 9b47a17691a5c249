import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { ArrayType, type Opt } from '@mikro-orm/core'
import { Field, ObjectType } from 'type-graphql'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { PromotionMapping } from './promotion-mapping.type.ts'

@ObjectType({ implements: Node, description: 'What becomes authorized together when an item of a class is promoted.' })
@Entity({ tableName: 'promotion_scope' })
export class PromotionScope extends ChangingNoun {
  get prefix() {
    return 'psc' as const
  }

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  @Field(() => String, { description: 'The class of the items that are promoted.' })
  @Property({ type: 'text' })
  className!: string

  @Field(() => Boolean, { description: 'Whether the site of an item and the software on it come along.' })
  @Property({ type: 'boolean' })
  includesRelated: Opt<boolean> = true

  @Field(() => [String], {
    description: 'Attributes that are copied where no mapping says; empty: all that the class copies.',
  })
  @Property({ type: new ArrayType<string>((value) => value), columnType: 'text[]' })
  attributes: Opt<string[]> = []

  @Field(() => [PromotionMapping], {
    description: 'What actual classes become; what none is for, stays what it is. One for each actual class.',
  })
  @Property({ type: 'json' })
  mappings: Opt<PromotionMapping[]> = []

  get displayName(): Opt<string> {
    return this.name
  }

  get topic() {
    return 'promotionScope.changed' as const
  }
}
