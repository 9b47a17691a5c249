import { BigIntType, JsonType, type Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Node, Noun } from '../kernel/noun.ts'
import { DateTime, Seq } from '../kernel/scalars.ts'
import { attemptLifecycle, type AttemptState } from './attempt.lifecycle.ts'
import { enumOf } from './confirmation.ts'
import type { StepReceipt } from '../integrations/integration.ts'

export const AttemptStateEnum = enumOf(attemptLifecycle.states)
registerEnumType(AttemptStateEnum, { name: 'AttemptState' })

/** One try at one target: written and committed before the first effect. */
@ObjectType({ implements: Node, description: 'One try at one target.' })
@Entity({ tableName: 'attempt' })
export class Attempt extends Noun {
  get prefix() {
    return 'att' as const
  }

  @Property({ type: 'uuid' })
  deploymentId!: string

  @Property({ type: 'uuid' })
  targetId!: string

  @Property({ type: 'uuid' })
  itemId!: string

  @Field(() => Int, { description: 'Which try at this target, from 1.' })
  @Property({ type: 'integer' })
  ordinal!: number

  @Field(() => Seq, { description: 'Grows with every attempt; a target refuses one older than it has seen.' })
  @Property({ type: new BigIntType('number') })
  fence!: number

  @Field(() => AttemptStateEnum)
  @Property({ type: 'text' })
  state: Opt<AttemptState> = attemptLifecycle.initial

  /** The process that holds it; null once it has ended. */
  @Property({ type: 'uuid', nullable: true })
  processId: string | null = null

  @Property({ type: 'uuid', nullable: true })
  startedById: string | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  startedAt: Date | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  finishedAt: Date | null = null

  @Property({ type: 'timestamptz', nullable: true })
  deadlineAt: Date | null = null

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  cause: string | null = null

  /** What the module says about its steps. */
  @Property({ type: new JsonType(), columnType: 'jsonb' })
  stepReceipts: Opt<StepReceipt[]> = []
}
