import { ArgsType, Field, ID, InputType, Int } from 'type-graphql'
import { PageArgs } from '../kernel/connection.ts'
import { IdInput, MoveInput, MutationInput } from '../kernel/mutation.ts'
import { DateTime } from '../kernel/scalars.ts'
import { ReleaseStates, type ReleaseState } from './release.lifecycle.ts'

@InputType()
export class ReleaseCreateInput extends MutationInput {
  @Field(() => String)
  title!: string

  @Field(() => String, { nullable: true })
  purpose?: string | null

  @Field(() => ID, { nullable: true, description: 'Account; without it, whoever creates the release.' })
  ownerId?: string | null

  @Field(() => DateTime, { nullable: true })
  scheduledFor?: Date | null

  @Field(() => String, { nullable: true })
  backOutPlan?: string | null

  @Field(() => String, { nullable: true })
  verificationPlan?: string | null

  @Field(() => [ID], { nullable: true, description: 'Package versions.' })
  sourceIds?: string[] | null

  @Field(() => [ID], { nullable: true, description: 'Authorized configuration items.' })
  targetIds?: string[] | null
}

@InputType({ description: 'What is left out stays as it is.' })
export class ReleaseUpdateInput extends MoveInput {
  @Field(() => String, { nullable: true })
  title?: string | null

  @Field(() => String, { nullable: true })
  purpose?: string | null

  @Field(() => ID, { nullable: true, description: 'Null: nobody.' })
  ownerId?: string | null

  @Field(() => DateTime, { nullable: true, description: 'Null: not scheduled.' })
  scheduledFor?: Date | null

  @Field(() => String, { nullable: true })
  backOutPlan?: string | null

  @Field(() => String, { nullable: true })
  verificationPlan?: string | null
}

@InputType()
export class ReleaseSourceAddInput extends MoveInput {
  @Field(() => ID)
  packageVersionId!: string
}

@InputType()
export class ReleaseSourceRemoveInput extends MoveInput {
  @Field(() => ID)
  packageVersionId!: string
}

@InputType()
export class ReleaseTargetsAddInput extends MoveInput {
  @Field(() => [ID])
  itemIds!: string[]
}

@InputType()
export class ReleaseTargetsRemoveInput extends MoveInput {
  @Field(() => [ID])
  itemIds!: string[]
}

@InputType({ description: 'Items of any class and state; nothing is distributed to them.' })
export class ReleaseOtherItemsInput extends MoveInput {
  @Field(() => [ID])
  itemIds!: string[]
}

@InputType()
export class ReleaseApproveInput extends IdInput {
  @Field(() => Int, { description: 'The revision you looked at; refused when it is another by now.' })
  revision!: number

  @Field(() => String, { nullable: true })
  comment?: string | null
}

@InputType()
export class ReleaseRejectInput extends IdInput {
  @Field(() => Int, { description: 'The revision you looked at; refused when it is another by now.' })
  revision!: number

  @Field(() => String, { description: 'What has to become different.' })
  comment!: string
}

@InputType()
export class ReleaseFilter {
  @Field(() => String, { nullable: true, description: 'Part of the title or the number.' })
  search?: string | null

  @Field(() => [ReleaseStates], { nullable: true })
  states?: ReleaseState[] | null
}

@ArgsType()
export class ReleaseListArgs extends PageArgs {
  @Field(() => ReleaseFilter, { nullable: true })
  filter?: ReleaseFilter | null
}
