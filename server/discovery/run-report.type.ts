import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import { DateTime } from '../kernel/scalars.ts'

const DiscoveryScopeStates = { RUNNING: 'RUNNING', FINISHED: 'FINISHED', STOPPED: 'STOPPED' } as const
registerEnumType(DiscoveryScopeStates, {
  name: 'DiscoveryScopeState',
  description: 'STOPPED: the run ended before the scope did.',
})

@ObjectType({ description: 'A part of the source that a run reads: a host, a book, a namespace.' })
export class DiscoveryScope {
  @Field(() => String)
  name!: string

  @Field(() => DiscoveryScopeStates)
  state!: keyof typeof DiscoveryScopeStates

  @Field(() => Boolean, {
    description: 'All there is of it was seen, so that what is not seen there counts as missing.',
  })
  complete!: boolean

  @Field(() => Int, { description: 'Items seen in it.' })
  seen!: number

  @Field(() => Int)
  problems!: number

  @Field(() => String, { nullable: true, description: 'One of its problems, an error before a warning.' })
  problem!: string | null

  @Field(() => DateTime)
  startedAt!: Date

  @Field(() => DateTime, { nullable: true })
  finishedAt!: Date | null
}

export const DiscoveryScopeConnection = connectionOf('DiscoveryScope', () => DiscoveryScope)

const ProblemSeverities = { error: 'error', warning: 'warning' } as const
registerEnumType(ProblemSeverities, {
  name: 'ProblemSeverity',
  description: 'For an error the whole run changes nothing; for a warning one element is left out.',
})

@ObjectType({ description: 'Something in the source that could not be taken over.' })
export class DiscoveryProblem {
  @Field(() => ProblemSeverities)
  severity!: keyof typeof ProblemSeverities

  @Field(() => String, { description: 'Short name of the rule.' })
  rule!: string

  @Field(() => String)
  message!: string

  @Field(() => String, { nullable: true, description: 'File, address or host.' })
  source!: string | null

  @Field(() => Int, { nullable: true })
  line!: number | null

  @Field(() => Int, { nullable: true, description: 'Character of the line, from 1, where that is known.' })
  column!: number | null

  @Field(() => String, { nullable: true })
  element!: string | null
}

export const DiscoveryProblemConnection = connectionOf('DiscoveryProblem', () => DiscoveryProblem)

@ObjectType({ description: 'A file that was handed in for a run. Another run of the product may read it again.' })
export class DiscoveryUpload {
  uuid!: string

  @Field(() => ID)
  id!: string

  @Field(() => String)
  name!: string

  @Field(() => Float, { description: 'Bytes.' })
  size!: number
}
