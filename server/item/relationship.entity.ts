import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Node, Noun } from '../kernel/noun.ts'
import type { ConfigurationItem } from './item.entity.ts'
import { DateTime } from '../kernel/scalars.ts'

export const RelationDirections = { OUT: 'OUT', IN: 'IN' } as const
export type RelationDirection = keyof typeof RelationDirections
registerEnumType(RelationDirections, {
  name: 'RelationDirection',
  description: 'From which end a relationship is read: OUT from its source, IN from its target.',
})

/** Never edited: a removed relationship keeps its row with the end of its validity. */
@ObjectType({ implements: Node, description: 'A directed, typed edge between two configuration items.' })
@Entity({ tableName: 'relationship' })
export class Relationship extends Noun {
  get prefix() {
    return 'rel' as const
  }

  @Property({ type: 'text', fieldName: 'type' })
  typeName!: string

  @Property({ type: 'uuid' })
  sourceId!: string

  @Property({ type: 'uuid' })
  targetId!: string

  @Field(() => DateTime)
  @Property({ type: 'timestamptz' })
  validFrom!: Opt<Date>

  @Property({ type: 'timestamptz', nullable: true })
  validTo: Date | null = null

  @Field(() => Int)
  @Property({ type: 'integer' })
  version: Opt<number> = 1

  /** From which end it was asked for; of a relationship by itself: from its source. */
  seenFrom?: Opt<RelationDirection>

  /** The other end as the graph in memory knows it: name, class, state, site and scopes. */
  otherInMemory?: Opt<ConfigurationItem>

  /** The instant that was asked for; undefined: now. */
  asOf?: Opt<Date>

  @Field(() => RelationDirections)
  get direction(): Opt<RelationDirection> {
    return this.seenFrom ?? 'OUT'
  }

  get otherId(): Opt<string> {
    return this.direction === 'OUT' ? this.targetId : this.sourceId
  }
}
