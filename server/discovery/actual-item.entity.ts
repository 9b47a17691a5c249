import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'

export const ActualItemStates = {
  PRESENT: 'PRESENT',
  MISSING: 'MISSING',
  RETIRED: 'RETIRED',
  MERGED: 'MERGED',
} as const
export type ActualItemState = keyof typeof ActualItemStates
registerEnumType(ActualItemStates, {
  name: 'ActualItemState',
  description:
    'PRESENT: a source sees it. MISSING: it was there before. RETIRED: missing for as long as its policy says. MERGED: it turned out to be another item.',
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

  /** UUID of the item that it turned out to be. */
  @Property({ type: 'uuid', nullable: true })
  mergedInto: string | null = null

  /** The product that saw it first. */
  @Property({ type: 'uuid', nullable: true })
  productId: string | null = null

  @Field(() => ActualItemStates)
  @Property({ type: 'text' })
  state: Opt<ActualItemState> = 'PRESENT'

  /** Chosen from all current observations by the rules (identity/values.ts); never written by hand. */
  @Property({ type: 'json' })
  attributes: Opt<Record<string, unknown>> = {}

  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  firstSeenAt!: Date

  /** The instant that was asked for; what is asked of it is answered as of then. Undefined: now. */
  asOf?: Opt<Date>

  /** In reads by last-seen.ts; the column knows it only of what no source shows any more. */
  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  lastSeenAt!: Date
}
