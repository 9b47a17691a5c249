import { Field, InputType } from 'type-graphql'
import { MoveInput, MutationInput } from '../kernel/mutation.ts'

@InputType()
export class SavedViewCreateInput extends MutationInput {
  @Field(() => String, { description: '1 to 100 characters; one of its kind among the caller’s views of the page.' })
  name!: string

  @Field(() => String, { description: 'Path in the dashboard with its query, such as /items?class=Host.' })
  path!: string

  @Field(() => Boolean, { nullable: true, description: 'True lets everybody see it.' })
  shared?: boolean | null
}

@InputType({ description: 'What is left out stays.' })
export class SavedViewUpdateInput extends MoveInput {
  @Field(() => String, { nullable: true })
  name?: string | null

  @Field(() => String, { nullable: true, description: 'What it shows from now on.' })
  path?: string | null

  @Field(() => Boolean, { nullable: true })
  shared?: boolean | null
}
