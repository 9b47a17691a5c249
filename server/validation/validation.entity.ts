import { BigIntType, type Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { enumOf } from '../deployment/confirmation.ts'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { DateTime, Seq } from '../kernel/scalars.ts'
import { StepStateEnum, type StepState } from '../deployment/deployment.types.ts'
import { validationLifecycle, type ValidationState } from './validation.lifecycle.ts'

export const ValidationStateEnum = enumOf(validationLifecycle.states)
registerEnumType(ValidationStateEnum, { name: 'ValidationState' })

@ObjectType({ description: 'How far one rule of a validation is.' })
export class RuleProgress {
  @Field(() => String)
  rule!: string

  @Field(() => String)
  title!: string

  @Field(() => StepStateEnum)
  state!: StepState

  @Field(() => Int, { description: 'Warnings and blocks it found.' })
  findings!: number
}

@ObjectType()
export class FindingCounts {
  @Field(() => Int)
  block!: number

  @Field(() => Int)
  warning!: number

  @Field(() => Int)
  pass!: number
}

/**
 * The check of one deployment before it runs. It remembers what it read; when one of these facts is not true any more, it
 * is INVALIDATED (D9).
 */
@ObjectType({ implements: Node, description: 'The check of a deployment before it runs, with what it read and found.' })
@Entity({ tableName: 'validation' })
export class Validation extends ChangingNoun {
  get prefix() {
    return 'val' as const
  }

  @Property({ type: 'uuid' })
  deploymentId!: string

  @Field(() => ValidationStateEnum)
  @Property({ type: 'text' })
  state: Opt<ValidationState> = validationLifecycle.initial

  @Field(() => [RuleProgress])
  @Property({ type: 'json' })
  rules!: RuleProgress[]

  @Field(() => FindingCounts)
  @Property({ type: 'json' })
  counts: Opt<FindingCounts> = { block: 0, warning: 0, pass: 0 }

  @Field(() => String, {
    nullable: true,
    description: '`sha256:…` over the plan and everything that was read. Approvals sign it.',
  })
  @Property({ type: 'text', nullable: true })
  digest: string | null = null

  @Field(() => Seq, { nullable: true, description: 'The number of the event log for which it is true.' })
  @Property({ type: new BigIntType('number'), nullable: true })
  seq: number | null = null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time changes verdicts too: after this it has to be repeated.',
  })
  @Property({ type: 'timestamptz', nullable: true })
  validUntil: Date | null = null

  @Field(() => String, {
    nullable: true,
    description: 'The fact that is not true any more: what it was and what it is.',
  })
  @Property({ type: 'text', nullable: true })
  invalidatedBy: string | null = null

  @Property({ type: 'uuid', nullable: true })
  startedById: string | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  finishedAt: Date | null = null

  @Field(() => DateTime, { name: 'startedAt' })
  startedAt(): Date {
    return this.createdAt
  }

  get displayName(): Opt<string> {
    return 'The validation'
  }

  get topic() {
    return 'validation.changed' as const
  }
}
