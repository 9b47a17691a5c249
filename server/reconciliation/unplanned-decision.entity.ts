import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { Opt } from '@mikro-orm/core'
import { Field, ObjectType, registerEnumType } from 'type-graphql'
import type { Moving } from '../kernel/move.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { unplannedLifecycle, type UnplannedState } from './unplanned.lifecycle.ts'

export const UnplannedStates = Object.fromEntries(unplannedLifecycle.states.map((state) => [state, state])) as {
  [S in UnplannedState]: S
}
registerEnumType(UnplannedStates, {
  name: 'UnplannedChangeState',
  description: 'Where people are with a change that nobody planned.',
  valuesConfig: {
    OPEN: { description: 'Nobody said anything about it.' },
    ACKNOWLEDGED: { description: 'Somebody knows of it.' },
    EXPLAINED: { description: 'Somebody said what it was.' },
  },
})

/** The change itself is read from the versions of the item; here is only what people said about it. */
export const UnplannedKinds = {
  VALUE: 'VALUE',
  APPEARED: 'APPEARED',
  WENT_MISSING: 'WENT_MISSING',
  RELATIONSHIP_BEGAN: 'RELATIONSHIP_BEGAN',
  RELATIONSHIP_ENDED: 'RELATIONSHIP_ENDED',
} as const
export type UnplannedKind = keyof typeof UnplannedKinds
registerEnumType(UnplannedKinds, {
  name: 'UnplannedChangeKind',
  description: 'What changed without a plan.',
  valuesConfig: {
    VALUE: { description: 'A value of an attribute.' },
    APPEARED: { description: 'A thing was seen for the first time, or again.' },
    WENT_MISSING: { description: 'A thing that was there is not seen any more.' },
    RELATIONSHIP_BEGAN: { description: 'A relationship between two things that were there before.' },
    RELATIONSHIP_ENDED: { description: 'A relationship between two things that are there still.' },
  },
})

@ObjectType({ implements: Node, description: 'What somebody said about a change that nobody planned.' })
@Entity({ tableName: 'unplanned_decision' })
export class UnplannedDecision extends ChangingNoun implements Moving<UnplannedState> {
  get prefix() {
    return 'unp' as const
  }

  @Property({ type: 'uuid' })
  actualItemId!: string

  @Field(() => DateTime, { description: 'Of the change.' })
  @Property({ type: 'timestamptz' })
  at!: Date

  @Field(() => UnplannedKinds)
  @Property({ type: 'text' })
  kind: Opt<UnplannedKind> = 'VALUE'

  @Field(() => String, { description: 'An attribute, the type of a relationship, or state.' })
  @Property({ type: 'text' })
  attribute!: string

  /** The actual item at the other end of a relationship. */
  @Property({ type: 'uuid', nullable: true })
  otherId: string | null = null

  @Field(() => UnplannedStates)
  @Property({ type: 'text' })
  state: Opt<UnplannedState> = unplannedLifecycle.initial

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  comment: string | null = null

  /** Account. */
  @Property({ type: 'uuid', nullable: true })
  decidedBy: string | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  decidedAt: Date | null = null

  get displayName(): Opt<string> {
    return `The change of ${this.attribute}`
  }

  get topic() {
    return 'unplannedChange.changed' as const
  }
}
