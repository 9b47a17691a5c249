import { Field, Int, ObjectType } from 'type-graphql'
import { DiscoveryProblem } from './run-report.type.ts'

@ObjectType({ description: 'One of the seven checks of an IdML book.' })
export class IdmlCheck {
  @Field(() => String, { description: '00 to 06.' })
  code!: string

  @Field(() => String)
  title!: string

  @Field(() => Boolean, { nullable: true, description: 'Null: the file could not be read so far.' })
  passed!: boolean | null

  @Field(() => Int)
  errors!: number

  @Field(() => Int)
  warnings!: number

  @Field(() => [DiscoveryProblem], { description: 'The first 50.' })
  findings!: DiscoveryProblem[]
}

@ObjectType({ description: 'The seven checks of an IdML book that tools make before they load one.' })
export class IdmlCertificate {
  @Field(() => String, { description: 'Name of the file.' })
  book!: string

  @Field(() => Boolean)
  passed!: boolean

  @Field(() => String, { nullable: true, description: 'The management software system that wrote it.' })
  mss!: string | null

  @Field(() => Int)
  elements!: number

  @Field(() => Int)
  relations!: number

  @Field(() => [IdmlCheck])
  checks!: IdmlCheck[]
}
