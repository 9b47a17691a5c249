import { Field, InputType } from 'type-graphql'
import { IdInput } from '../kernel/mutation.ts'

@InputType()
export class DeploymentApproveInput extends IdInput {
  @Field(() => String, {
    description: 'The digest of the validation you looked at; refused when it is another by now.',
  })
  digest!: string

  @Field(() => String, { nullable: true })
  comment?: string | null
}

@InputType()
export class DeploymentRejectInput extends IdInput {
  @Field(() => String, {
    description: 'The digest of the validation you looked at; refused when it is another by now.',
  })
  digest!: string

  @Field(() => String, { description: 'What has to become different, for the author.' })
  comment!: string
}
