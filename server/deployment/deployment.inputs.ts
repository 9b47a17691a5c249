import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql'
import { IdInput, MutationInput } from '../kernel/mutation.ts'
import { DateTime } from '../kernel/scalars.ts'
import { ConfirmationEnum, type Confirmation, enumOf } from './confirmation.ts'
import { DeploymentStateEnum } from './deployment.entity.ts'
import type { DeploymentState } from './deployment.lifecycle.ts'
import { TargetStateEnum } from './target.entity.ts'
import type { TargetState } from './target.lifecycle.ts'

/** How a deployment goes about its targets, where a module carries it out. */
export interface PaceInput {
  maxInFlight?: number | null
  attemptSeconds?: number | null
}
const AT_ONCE = 'How many targets are worked on at once, 1 to 1,000.'
const TIME_LIMIT = 'Time limit of one attempt at a target, 1 to 86,400 s; an attempt that takes longer ends TIMED_OUT.'

@InputType()
export class DeploymentCreateInput extends MutationInput implements PaceInput {
  @Field(() => ID)
  taskId!: string

  @Field(() => String, { description: '1 to 200 characters, e.g. "Patch to Austin".' })
  title!: string

  @Field(() => ID, { nullable: true, description: "A package version of the release; without it the task's source." })
  sourceId?: string | null

  @Field(() => [ID], { nullable: true, description: "Some of the task's targets; without it all of them." })
  targetIds?: string[] | null

  @Field(() => ID, {
    nullable: true,
    description:
      "Only those of the task's targets that lie in this item, such as a site (of several sites around a target, the nearest); not together with targetIds.",
  })
  withinId?: string | null

  @Field(() => Boolean, {
    nullable: true,
    description: "Only those of the task's targets that lie at no site that the caller sees; without the other two.",
  })
  atNoSite?: boolean | null

  @Field(() => Int, { nullable: true, description: `${AT_ONCE} Default: 16.` })
  maxInFlight?: number | null

  @Field(() => Int, { nullable: true, description: `${TIME_LIMIT} Default: 600.` })
  attemptSeconds?: number | null
}

@InputType()
export class DeploymentUpdateInput extends IdInput implements PaceInput {
  @Field(() => Int, { nullable: true })
  expectedVersion?: number | null

  @Field(() => String, { nullable: true })
  title?: string | null

  @Field(() => [ID], { nullable: true, description: "The new set of targets, out of the task's." })
  targetIds?: string[] | null

  @Field(() => Int, { nullable: true, description: AT_ONCE })
  maxInFlight?: number | null

  @Field(() => Int, { nullable: true, description: TIME_LIMIT })
  attemptSeconds?: number | null
}

@InputType()
export class TargetsInput extends IdInput {
  @Field(() => [ID], { description: 'Targets of the deployment `id`, 1 to 20,000; all of them are changed or none.' })
  targetIds!: string[]
}

export const resolvedOutcomes = ['OK', 'FAILED'] as const
export type ResolvedOutcome = (typeof resolvedOutcomes)[number]
export const ResolvedOutcomeEnum = enumOf(resolvedOutcomes)
registerEnumType(ResolvedOutcomeEnum, {
  name: 'ResolvedOutcome',
  description: 'What a person found at a target that was in doubt.',
})

@InputType()
export class TargetResolveInput extends IdInput {
  @Field(() => ResolvedOutcomeEnum)
  outcome!: ResolvedOutcome
}

@InputType()
export class TargetsResolveInput extends TargetsInput {
  @Field(() => ResolvedOutcomeEnum, { description: 'The same of all of them.' })
  outcome!: ResolvedOutcome
}

@InputType()
export class ManualTargetConfirmInput extends IdInput {
  @Field(() => String, { description: 'What you did and saw, in your own words; it is signed with your name.' })
  statement!: string
}

@InputType()
export class ManualTargetFailInput extends IdInput {
  @Field(() => String, { description: 'What went wrong, in one sentence.' })
  cause!: string
}

@InputType()
export class ManualTargetsConfirmInput extends TargetsInput {
  @Field(() => String, { description: 'What you did and saw at all of them; it is signed with your name at each.' })
  statement!: string
}

@InputType()
export class ManualTargetsFailInput extends TargetsInput {
  @Field(() => String, { description: 'What went wrong at all of them, in one sentence.' })
  cause!: string
}

@InputType()
export class DeploymentFilter {
  @Field(() => Boolean, { nullable: true, description: 'From Deploy to the end, or not.' })
  active?: boolean | null

  @Field(() => [DeploymentStateEnum], { nullable: true })
  states?: DeploymentState[] | null

  @Field(() => [ConfirmationEnum], { nullable: true })
  confirmation?: Confirmation[] | null

  @Field(() => ID, { nullable: true, description: 'With this configuration item among its targets.' })
  itemId?: string | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Changed at this instant or later: its state, its confirmation, its plan.',
  })
  changedSince?: Date | null

  @Field(() => String, { nullable: true, description: 'Part of the number or the title.' })
  search?: string | null
}

@InputType()
export class TargetFilter {
  @Field(() => [TargetStateEnum], { nullable: true })
  states?: TargetState[] | null

  @Field(() => [ConfirmationEnum], { nullable: true })
  confirmation?: Confirmation[] | null

  @Field(() => String, { nullable: true, description: "Part of the item's name." })
  search?: string | null
}
