import type { Opt } from '@mikro-orm/core'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { ChangingNoun, Node, uuidArray } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { DistributionModes, type DistributionMode } from '../product/module.type.ts'
import { ConfirmationEnum, type Confirmation, enumOf } from './confirmation.ts'
import { deploymentLifecycle, type DeploymentState } from './deployment.lifecycle.ts'

export const DeploymentStateEnum = enumOf(deploymentLifecycle.states)
registerEnumType(DeploymentStateEnum, { name: 'DeploymentState' })

/** One distribution: one package version, a set of targets. Its rows are the truth; jobs only carry the work (D7). */
@ObjectType({ implements: Node, description: 'One distribution: one package version to a set of targets.' })
@Entity({ tableName: 'deployment' })
export class Deployment extends ChangingNoun {
  get prefix() {
    return 'dpl' as const
  }

  @Field(() => String, { description: 'For people, e.g. DPL-42.' })
  @Property({ type: 'text' })
  number!: string

  @Field(() => String)
  @Property({ type: 'text' })
  title!: string

  @Field(() => DeploymentStateEnum)
  @Property({ type: 'text' })
  state: Opt<DeploymentState> = deploymentLifecycle.initial

  @Field(() => ConfirmationEnum, { description: 'CONFIRMED only if every target that is not left out is.' })
  @Property({ type: 'text' })
  confirmation: Opt<Confirmation> = 'AWAITED'

  /** Scopes of the creator who had no grant on the whole estate: part of `scopeIds` whatever the targets are. */
  @Property({ type: uuidArray(), columnType: 'uuid[]' })
  ownScopeIds: Opt<string[]> = []

  @Field(() => DistributionModes)
  @Property({ type: 'text' })
  distribution!: DistributionMode

  @Property({ type: 'uuid' })
  taskId!: string

  @Property({ type: 'uuid' })
  releaseId!: string

  /** The package version. */
  @Property({ type: 'uuid' })
  sourceId!: string

  /** Through which it goes; null when nothing is bound, then it is manual. */
  @Property({ type: 'uuid', nullable: true })
  productId: string | null = null

  @Property({ type: 'uuid', nullable: true })
  rollBackOfId: string | null = null

  @Property({ type: 'uuid' })
  createdById!: string

  @Property({ type: 'uuid', nullable: true })
  startedById: string | null = null

  @Property({ type: 'uuid', nullable: true })
  cancelledById: string | null = null

  @Field(() => String, { nullable: true, description: 'What people have to do, where no module does it.' })
  @Property({ type: 'text', nullable: true })
  instructions: string | null = null

  /** Names of steps in the order in which a module first said them; the first is 'waiting'. */
  @Property({ type: uuidArray(), columnType: 'text[]' })
  steps: Opt<string[]> = ['waiting']

  @Field(() => Int, { description: 'How many targets are worked on at once, where a module carries it out.' })
  @Property({ type: 'integer' })
  maxInFlight: Opt<number> = 16

  @Field(() => Int, { description: 'Time limit of one attempt at a target; one that takes longer ends TIMED_OUT.' })
  @Property({ type: 'integer' })
  attemptSeconds: Opt<number> = 600

  @Field(() => Int)
  @Property({ type: 'integer' })
  targetTotal: Opt<number> = 0

  /** By when a state in which machines act must have ended: VALIDATING and CANCELLING. */
  @Property({ type: 'timestamptz', nullable: true })
  deadlineAt: Date | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  startedAt: Date | null = null

  @Field(() => DateTime, { nullable: true })
  @Property({ type: 'timestamptz', nullable: true })
  finishedAt: Date | null = null

  get displayName(): Opt<string> {
    return `${this.number} "${this.title}"`
  }

  get topic() {
    return 'deployment.changed' as const
  }
}
