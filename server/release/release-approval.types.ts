import { Field, Int, ObjectType } from 'type-graphql'
import { DateTime } from '../kernel/scalars.ts'
import { ApprovalDecisionEnum, type ApprovalDecision } from './approval-decision.ts'

@ObjectType({
  description: 'What one person decided about one revision of a release. Never changed; a later one may outweigh it.',
})
export class ReleaseApproval {
  byId!: string | null

  @Field(() => ApprovalDecisionEnum)
  decision!: ApprovalDecision

  @Field(() => Int, { description: 'The revision of the release that was looked at.' })
  revision!: number

  @Field(() => String, { nullable: true })
  comment!: string | null

  @Field(() => DateTime)
  at!: Date

  @Field(() => Boolean, {
    description:
      'Whether it approves the release as it is now: nothing was edited since, and nobody rejected it afterwards.',
  })
  valid!: boolean
}
