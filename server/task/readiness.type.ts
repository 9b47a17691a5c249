import { Field, ID, ObjectType } from 'type-graphql'

@ObjectType({ description: 'One thing that a task still needs.' })
export class ReadinessGap {
  @Field(() => String)
  rule!: string

  @Field(() => String, { description: 'What is missing and what to do.' })
  message!: string

  @Field(() => ID, { nullable: true, description: 'The thing at fault.' })
  itemId!: string | null

  @Field(() => String, { nullable: true, description: 'Its name or number.' })
  name!: string | null
}

@ObjectType({ description: 'The check of step 7: ready only when a source and every target are defined.' })
export class Readiness {
  @Field(() => Boolean)
  ready!: boolean

  @Field(() => [ReadinessGap])
  missing!: ReadinessGap[]
}
