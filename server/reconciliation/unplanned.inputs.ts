import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import { MutationInput, MutationPayload } from '../kernel/mutation.ts'
import { DateTime, JsonValue } from '../kernel/scalars.ts'
import { UnplannedKinds, UnplannedStates, type UnplannedKind } from './unplanned-decision.entity.ts'
import type { UnplannedState } from './unplanned.lifecycle.ts'

export const UnplannedSubjects = { VALUES: 'VALUES', ITEMS: 'ITEMS', RELATIONSHIPS: 'RELATIONSHIPS' } as const
export type UnplannedSubject = keyof typeof UnplannedSubjects
registerEnumType(UnplannedSubjects, {
  name: 'UnplannedChangeSubject',
  description: 'Of what changes are listed.',
  valuesConfig: {
    VALUES: { description: 'Values of attributes that promotion copies.' },
    ITEMS: {
      description:
        'Things that appeared or went missing; of a whole that came or went with all that is inside it only the whole. Not the first look of a product.',
    },
    RELATIONSHIPS: {
      description: 'Relationships that began or ended between things that stay; not those of traffic and cables.',
    },
  },
})

@ObjectType({
  description: 'What was seen to change, and no deployment explains it. What people said of it stands with it.',
})
export class UnplannedChange {
  /** UUIDs. */
  actual!: string
  decision!: string | null
  decidedBy!: string | null
  scopeIds!: string[]
  /** UUID. */
  other!: string | null

  @Field(() => UnplannedKinds)
  kind!: UnplannedKind

  @Field(() => DateTime, { description: 'When it was seen so first.' })
  at!: Date

  @Field(() => String, { description: 'An attribute, the type of a relationship, or state.' })
  attribute!: string

  @Field(() => JsonValue, { nullable: true, description: 'Of a relationship that ended, the name of its other end.' })
  before!: unknown

  @Field(() => JsonValue, { nullable: true, description: 'Of a relationship that began, the name of its other end.' })
  value!: unknown

  @Field(() => UnplannedStates)
  state!: UnplannedState

  @Field(() => String, { nullable: true })
  comment!: string | null

  @Field(() => DateTime, { nullable: true })
  decidedAt!: Date | null
}

export const UnplannedChangeConnection = connectionOf('UnplannedChange', () => UnplannedChange)

@InputType()
export class UnplannedChangeFilter {
  @Field(() => DateTime, { nullable: true, description: 'Default: 30 days ago.' })
  since?: Date | null

  @Field(() => UnplannedSubjects, { nullable: true, description: 'Default: VALUES.' })
  of?: UnplannedSubject | null

  @Field(() => [String], { nullable: true, description: 'Classes, with their subclasses.' })
  classNames?: string[] | null

  @Field(() => Boolean, { nullable: true, description: 'Only of what is linked with a configuration item, or is not.' })
  linked?: boolean | null

  @Field(() => String, { nullable: true, description: 'A part of the name.' })
  search?: string | null

  @Field(() => [UnplannedStates], { nullable: true })
  states?: UnplannedState[] | null
}

@ArgsType()
export class UnplannedChangeListArgs extends PageArgs {
  @Field(() => UnplannedChangeFilter, { nullable: true })
  filter?: UnplannedChangeFilter | null
}

@InputType({ description: 'Which change: what unplannedChanges says of it.' })
export class UnplannedChangeRef {
  @Field(() => ID, { description: 'The actual item.' })
  itemId!: string

  @Field(() => DateTime)
  at!: Date

  @Field(() => String)
  attribute!: string

  @Field(() => UnplannedKinds, { defaultValue: 'VALUE' })
  kind!: UnplannedKind

  @Field(() => ID, { nullable: true, description: 'Of a relationship, the actual item at its other end.' })
  otherId?: string | null
}

const ACTION = 'One of allowedActions: acknowledge, explain (its comment says what it was), reopen.'

@InputType()
export class UnplannedChangeDecideInput extends MutationInput {
  @Field(() => UnplannedChangeRef)
  change!: UnplannedChangeRef

  @Field(() => String, { description: ACTION })
  action!: string

  @Field(() => String, { nullable: true })
  comment?: string | null
}

@InputType()
export class UnplannedChangesDecideInput extends MutationInput {
  @Field(() => [UnplannedChangeRef], { description: '1 to 200 changes.' })
  changes!: UnplannedChangeRef[]

  @Field(() => String, { description: ACTION })
  action!: string

  @Field(() => String, { nullable: true })
  comment?: string | null
}

@ObjectType()
export class UnplannedChangePayload extends MutationPayload {
  @Field(() => UnplannedChange, { nullable: true })
  change?: UnplannedChange | null
}

@ObjectType()
export class UnplannedChangesPayload extends MutationPayload {
  changes?: UnplannedChange[]
}
