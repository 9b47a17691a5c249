import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import { MutationPayload } from '../kernel/mutation.ts'
import { DateTime, Position, Seq } from '../kernel/scalars.ts'
import { PackageVersion } from '../library/package-version.entity.ts'
import { Attempt } from './attempt.entity.ts'
import { ConfirmationEnum, enumOf, type Confirmation } from './confirmation.ts'
import { Deployment } from './deployment.entity.ts'
import { DeploymentTarget, TargetStateEnum } from './target.entity.ts'
import type { TargetState } from './target.lifecycle.ts'

export const DeploymentConnection = connectionOf('Deployment', () => Deployment)
export const DeploymentTargetConnection = connectionOf('DeploymentTarget', () => DeploymentTarget)
export const AttemptConnection = connectionOf('Attempt', () => Attempt)

@ObjectType()
export class DeploymentPayload extends MutationPayload {
  @Field(() => Deployment, { nullable: true })
  deployment?: Deployment
}

@ObjectType()
export class DeploymentTargetPayload extends MutationPayload {
  @Field(() => DeploymentTarget, { nullable: true })
  target?: DeploymentTarget
}

@ObjectType({ description: 'How many targets are in which state, and how many were seen to be so.' })
export class TargetCounts {
  @Field(() => Int)
  pending!: number

  @Field(() => Int, { description: 'Waiting for another deployment that works at the same item.' })
  deferred!: number

  @Field(() => Int)
  running!: number

  @Field(() => Int, { description: 'Reported as done, not yet seen.' })
  reported!: number

  @Field(() => Int)
  failed!: number

  @Field(() => Int)
  timedOut!: number

  @Field(() => Int)
  inDoubt!: number

  @Field(() => Int)
  excluded!: number

  @Field(() => Int)
  cancelled!: number

  @Field(() => Int)
  confirmed!: number

  @Field(() => Int)
  contradicted!: number

  @Field(() => Int, { description: 'Reported as done, and nobody could look.' })
  unconfirmed!: number
}

@ObjectType({ description: 'One sentence that explains why targets ended badly, and which ones.' })
export class Cause {
  @Field(() => String)
  message!: string

  @Field(() => Int)
  count!: number

  @Field(() => [ID], { description: 'At most 200 of them.' })
  targetIds!: string[]
}

@ObjectType({ description: 'What a roll-back would do, before it is made.' })
export class WayBack {
  @Field(() => PackageVersion, { nullable: true, description: 'To which it goes: what most of the targets had.' })
  source!: PackageVersion | null

  @Field(() => Int)
  targetTotal!: number

  @Field(() => Int, { description: 'Targets that were touched, but had another version before.' })
  leftOut!: number

  @Field(() => [String], { description: 'At most 20 of them.' })
  targetNames!: string[]
}

@ObjectType({ description: "Columns of equal length; index i is the target's place for the life of the deployment." })
export class TargetGrid {
  @Field(() => Seq)
  seq!: number

  @Field(() => Position, { description: 'Give it as `after` to deploymentProgress to go on from here.' })
  position!: string

  @Field(() => [ID])
  ids!: string[]

  @Field(() => [ID])
  itemIds!: string[]

  @Field(() => [String])
  names!: string[]

  @Field(() => [String], { description: 'Name of the site; empty when it is in none.' })
  sites!: string[]

  @Field(() => [TargetStateEnum])
  state!: TargetState[]

  @Field(() => [ConfirmationEnum])
  confirmation!: Confirmation[]

  @Field(() => [Int])
  percent!: number[]

  @Field(() => [Int], { description: 'Index into `steps`.' })
  step!: number[]

  @Field(() => [String], { description: 'Names of the steps so far; the first is "waiting".' })
  steps!: string[]
}

@ObjectType({
  description:
    'What became of targets, in the order of time, as columns of equal length. Before its first move a target is PENDING and AWAITED.',
})
export class TargetMoves {
  @Field(() => [Seq], { description: 'Tells one move from another.' })
  id!: number[]

  @Field(() => [Int], { description: "The target's place in `grid`." })
  idx!: number[]

  @Field(() => [Float], { description: 'Milliseconds since 1970.' })
  at!: number[]

  @Field(() => [TargetStateEnum])
  state!: TargetState[]

  @Field(() => [ConfirmationEnum])
  confirmation!: Confirmation[]

  @Field(() => [Int], { description: 'Percent at that moment; what happened between two moves is not kept.' })
  percent!: number[]

  @Field(() => Boolean, { description: 'More come later: ask again `after` the last id.' })
  hasMore!: boolean
}

export const stepStates = ['PENDING', 'RUNNING', 'DONE', 'FAILED'] as const
export type StepState = (typeof stepStates)[number]
export const StepStateEnum = enumOf(stepStates)
registerEnumType(StepStateEnum, { name: 'StepState' })

@ObjectType({
  description: 'How long something takes, from what was measured; null where there are fewer than 20 runs.',
})
export class UsualTime {
  @Field(() => Int, { description: 'How many of the last runs through the same product this is made from.' })
  runs!: number

  @Field(() => Float, { description: '95 % of them took no longer.' })
  seconds!: number
}

@ObjectType()
export class AttemptStep {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => StepStateEnum)
  state!: StepState

  @Field(() => Float, { nullable: true, description: 'How long it took.' })
  seconds!: number | null

  @Field(() => UsualTime, { nullable: true })
  usual!: UsualTime | null
}

export const logLevels = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const
export type LogLevel = (typeof logLevels)[number]
export const LogLevelEnum = enumOf(logLevels)
registerEnumType(LogLevelEnum, { name: 'LogLevel' })

@ObjectType()
export class LogLine {
  @Field(() => Int, { description: 'Counts within the target, from 1.' })
  number!: number

  @Field(() => DateTime)
  at!: Date | string

  @Field(() => LogLevelEnum)
  level!: LogLevel

  @Field(() => String)
  text!: string

  @Field(() => ID)
  attemptId!: string
}

@ObjectType()
export class LogPage {
  @Field(() => [LogLine])
  lines!: LogLine[]

  @Field(() => Int, { description: 'Lines of the target in all, whatever their level.' })
  total!: number

  @Field(() => Boolean)
  hasMore!: boolean

  @Field(() => Int, { nullable: true, description: 'Number of the first error line of the latest attempt.' })
  firstError!: number | null
}
