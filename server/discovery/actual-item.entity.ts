import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'

export const ActualItemStates = { PRESENT: 'PRESENT', MISSING: 'MISSING', RETIRED: 'RETIRED' } as const
export type ActualItemState = keyof typeof ActualItemStates
registerEnumType(ActualItemStates, {
  name: 'ActualItemState',
  description: 'PRESENT: seen by the latest look. MISSING: it was there before.',
})

/** Written by discovery alone; people change configuration items. */
@ObjectType({ implements: Node, description: 'What discovery saw. Read-only; every value is kept per source.' })
@Entity({ tableName: 'actual_item' })
export class ActualItem extends ChangingNoun {
  get prefix() {
    return 'act' as const
  }

  @Field(() => String)
  @Property({ type: 'text' })
  className!: string

  @Field(() => String)
  @Property({ type: 'text' })
  name!: string

  @Field(() => String, { description: 'The key under which its product knows it.' })
  @Property({ type: 'text' })
  nativeKey!: string

  /** What makes it the same thing in every product, e.g. `machine-id:…`; null when nothing strong is known. */
  @Property({ type: 'text', nullable: true })
  identity: string | null = null

  /** The product that saw it first. */
  @Property({ type: 'uuid', nullable: true })
  productId: string | null = null

  @Field(() => ActualItemStates)
  @Property({ type: 'text' })
  state: Opt<ActualItemState> = 'PRESENT'

  /** Of all current observations together; the latest wins. */
  @Property({ type: 'json' })
  attributes: Opt<Record<string, unknown>> = {}

  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  firstSeenAt!: Date

  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  lastSeenAt!: Date
}
