import { Field, Float, Int, ObjectType } from 'type-graphql'
import { DateTime } from '../../kernel/scalars.ts'

@ObjectType({ description: 'Seconds left, a range; null when nothing is known.' })
export class Estimate {
  @Field(() => Int)
  lowSeconds!: number

  @Field(() => Int)
  highSeconds!: number

  @Field(() => String, { description: 'What it is reckoned from.' })
  basis!: string

  @Field(() => DateTime, { description: 'When it was reckoned: as seen from then.' })
  at!: Date

  @Field(() => Int, {
    nullable: true,
    description:
      'By how many percent earlier estimates through the same product were off, at the median; null before the first.',
  })
  offPercent!: number | null

  @Field(() => Int, { description: 'How many earlier estimates that is known from.' })
  offRuns!: number
}

@ObjectType({ description: 'What one step is of an attempt, by earlier runs.' })
export class StepWeight {
  @Field(() => String)
  name!: string

  @Field(() => Float, { description: 'How long it took, at the median.' })
  seconds!: number

  @Field(() => Float, { description: 'Its share of all steps.' })
  percent!: number
}

@ObjectType({ description: 'How far a deployment is.' })
export class DeploymentProgress {
  @Field(() => Int, {
    description:
      'From 0 to 100. A target under way counts by how long its steps took in earlier runs; without any, as its module says. Falls only with a reason.',
  })
  percent!: number

  @Field(() => DateTime, { description: 'When that was so.' })
  at!: Date

  @Field(() => String, {
    nullable: true,
    description: 'Why it fell, or why the end is more than a tenth later than it was said to be.',
  })
  reason!: string | null

  @Field(() => DateTime, { nullable: true })
  reasonAt!: Date | null

  @Field(() => [StepWeight], { description: 'In their order; empty without earlier runs.' })
  weights!: StepWeight[]
}

@ObjectType({ description: 'What was foretold at the beginning of a deployment, and what it took, pauses left out.' })
export class Foretold {
  @Field(() => Int)
  lowSeconds!: number

  @Field(() => Int)
  highSeconds!: number

  @Field(() => Float)
  tookSeconds!: number
}
