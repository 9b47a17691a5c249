import type { Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { ChangingNoun, Node } from '../kernel/noun.ts'
import { ConfirmationEnum, type Confirmation, enumOf } from './confirmation.ts'
import { targetLifecycle, type TargetState } from './target.lifecycle.ts'

export const TargetStateEnum = enumOf(targetLifecycle.states)
registerEnumType(TargetStateEnum, { name: 'TargetState' })

/** One target of one deployment. The engine changes its rows in bulk (engine/), people through the services. */
@ObjectType({ implements: Node, description: 'One target of one deployment.' })
@Entity({ tableName: 'deployment_target' })
export class DeploymentTarget extends ChangingNoun {
  get prefix() {
    return 'tgt' as const
  }

  @Property({ type: 'uuid' })
  deploymentId!: string

  @Property({ type: 'uuid' })
  itemId!: string

  /** Place in the grid for the life of the deployment, from 0. */
  @Field(() => Int, { name: 'index', description: 'Its place in the grid for the life of the deployment, from 0.' })
  @Property({ type: 'integer' })
  idx!: number

  @Field(() => TargetStateEnum)
  @Property({ type: 'text' })
  state: Opt<TargetState> = targetLifecycle.initial

  @Field(() => ConfirmationEnum)
  @Property({ type: 'text' })
  confirmation: Opt<Confirmation> = 'AWAITED'

  @Field(() => Int)
  @Property({ type: 'integer' })
  percent: Opt<number> = 0

  /** Index into the deployment's `steps`. */
  @Property({ type: 'integer' })
  stepIndex: Opt<number> = 0

  @Field(() => String, { nullable: true, description: 'Why it ended badly: the last error, in one sentence.' })
  @Property({ type: 'text', nullable: true })
  cause: string | null = null

  @Field(() => String, { nullable: true, description: 'What was there before, as far as Waybill knows.' })
  @Property({ type: 'text', nullable: true })
  previousVersion: string | null = null

  /** The package version of `previousVersion`, if the library has it. */
  @Property({ type: 'uuid', nullable: true })
  previousVersionId: string | null = null

  /** The latest attempt. */
  @Property({ type: 'uuid', nullable: true })
  attemptId: string | null = null

  @Property({ type: 'integer' })
  attempts: Opt<number> = 0

  /** Whether an attempt may have changed it. */
  @Property({ type: 'boolean' })
  touched: Opt<boolean> = false

  /** When the confirmation job is due; null when nobody is to look. */
  @Property({ type: 'timestamptz', nullable: true })
  confirmAt: Date | null = null

  @Property({ type: 'integer' })
  confirmTries: Opt<number> = 0

  /** Log lines so far. */
  @Property({ type: 'integer' })
  logCount: Opt<number> = 0

  /** Number of the first error line of the latest attempt. */
  @Property({ type: 'integer', nullable: true })
  firstError: number | null = null

  @Property({ type: 'timestamptz', nullable: true })
  settledAt: Date | null = null

  get displayName(): Opt<string> {
    return `target ${this.idx + 1}`
  }

  get topic() {
    return 'deployment.changed' as const
  }

  /** Its events are about the deployment. */
  get eventSubject(): Opt<string> {
    return this.deploymentId
  }
}
