import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql'
import { IdInput, MutationInput } from '../kernel/mutation.ts'
import { ConfirmationEnum, type Confirmation, enumOf } from './confirmation.ts'
import { DeploymentStateEnum } from './deployment.entity.ts'
import type { DeploymentState } from './deployment.lifecycle.ts'
import { TargetStateEnum } from './target.entity.ts'
import type { TargetState } from './target.lifecycle.ts'

@InputType()
export class DeploymentCreateInput extends MutationInput {
  @Field(() => ID)
  taskId!: string

  @Field(() => String, { description: '1 to 200 characters, e.g. "Patch to Austin".' })
  title!: string

  @Field(() => ID, { nullable: true, description: "A package version of the release; without it the task's source." })
  sourceId?: string | null

  @Field(() => [ID], { nullable: true, description: "Some of the task's targets; without it all of them." })
  targetIds?: string[] | null
}

@InputType()
export class DeploymentUpdateInput extends IdInput {
  @Field(() => Int, { nullable: true })
  expectedVersion?: number | null

  @Field(() => String, { nullable: true })
  title?: string | null

  @Field(() => [ID], { nullable: true, description: "The new set of targets, out of the task's." })
  targetIds?: string[] | null
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
export class DeploymentFilter {
  @Field(() => Boolean, { nullable: true, description: 'From Deploy to the end, or not.' })
  active?: boolean | null

  @Field(() => [DeploymentStateEnum], { nullable: true })
  states?: DeploymentState[] | null

  @Field(() => [ConfirmationEnum], { nullable: true })
  confirmation?: Confirmation[] | null

  @Field(() => ID, { nullable: true, description: 'With this configuration item among its targets.' })
  itemId?: string | null

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
