import { Field, ID, InputType } from 'type-graphql'
import { IdInput, MoveInput } from '../../kernel/mutation.ts'

@InputType()
export class DeploymentHandOverInput extends MoveInput {
  @Field(() => ID, { description: 'An account out of `care.successors`.' })
  toId!: string

  @Field(() => String, { nullable: true, description: 'What the other one should know; at most 1,000 characters.' })
  note?: string | null
}

@InputType()
export class ShiftNotePinInput extends IdInput {
  @Field(() => String, { description: '1 to 1,000 characters.' })
  text!: string
}
