import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import type { Moving } from '../kernel/move.ts'
import { authorizedStates, itemLifecycle, type ItemState } from './item.lifecycle.ts'

export const ItemStates = Object.fromEntries(itemLifecycle.states.map((state) => [state, state])) as {
  [S in ItemState]: S
}
registerEnumType(ItemStates, { name: 'ItemState', description: 'Where a configuration item is in its life.' })

@ObjectType({
  implements: Node,
  description: 'The record of a thing that people plan with. Only an authorized one can be a target.',
})
@Entity({ tableName: 'configuration_item' })
export class ConfigurationItem extends ChangingNoun implements Moving<ItemState> {
  get prefix() {
    return 'ci' as const
  }

  /** Dense number of the item; its place in the graph in memory. */
  @Field(() => Int)
  @Property({ type: 'integer' })
  ordinal!: number

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  @Field(() => String, { description: 'Name of its class; see itemClasses.' })
  @Property({ type: 'text' })
  className!: string

  @Field(() => ItemStates)
  @Property({ type: 'text' })
  state: Opt<ItemState> = itemLifecycle.initial

  /** The nearest containing Site, kept by containment.ts. */
  @Property({ type: 'uuid', nullable: true })
  siteId: string | null = null

  /** The management product through which it is reached. */
  @Property({ type: 'uuid', nullable: true })
  productId: string | null = null

  /** The key under which that product knows it. */
  @Property({ type: 'text', nullable: true })
  nativeKey: string | null = null

  /** What discovery saw of it. */
  @Property({ type: 'uuid', nullable: true })
  actualItemId: string | null = null

  /** The authorized values. */
  @Property({ type: 'json' })
  attributes: Opt<Record<string, unknown>> = {}

  /** The instant that was asked for; its relationships are read as of then. Undefined: now. */
  asOf?: Opt<Date>

  @Field(() => Boolean, { description: 'Whether a person may plan with it: only an authorized item can be a target.' })
  get authorized(): Opt<boolean> {
    return authorizedStates.includes(this.state)
  }

  get displayName(): Opt<string> {
    return this.name
  }

  get topic() {
    return 'item.changed' as const
  }
}
