import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import type { Moving } from '../kernel/move.ts'
import { JsonObject } from '../kernel/scalars.ts'
import { productLifecycle, type ProductState } from './product.lifecycle.ts'

export const ProductStates = Object.fromEntries(productLifecycle.states.map((state) => [state, state])) as {
  [S in ProductState]: S
}
registerEnumType(ProductStates, { name: 'ProductState', description: 'Whether a management product is in use.' })

@ObjectType({ implements: Node, description: 'A product that manages machines and stores packages.' })
@Entity({ tableName: 'management_product' })
export class ManagementProduct extends ChangingNoun implements Moving<ProductState> {
  get prefix() {
    return 'prd' as const
  }

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  @Field(() => String, { description: 'Which integration module serves it; without one, distribution is manual.' })
  @Property({ type: 'text' })
  kind!: string

  @Field(() => ProductStates)
  @Property({ type: 'text' })
  state: Opt<ProductState> = productLifecycle.initial

  @Field(() => String, { nullable: true, description: 'Where it is, for people.' })
  @Property({ type: 'text', nullable: true })
  endpoint: string | null = null

  @Field(() => JsonObject, { description: 'Its settings, secrets left out.' })
  @Property({ type: 'json' })
  config: Opt<Record<string, unknown>> = {}

  /** Settings that never leave Waybill but to the module. */
  @Property({ type: 'json' })
  secrets: Opt<Record<string, unknown>> = {}

  get displayName(): Opt<string> {
    return this.name
  }

  get topic() {
    return 'product.changed' as const
  }
}
