import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { Field, ObjectType } from 'type-graphql'
import { Node, Noun } from '../kernel/noun.ts'
import { DateTime } from '../kernel/scalars.ts'
import { ApprovalDecisionEnum, type ApprovalDecision } from '../release/approval-decision.ts'

/** What one person said about exactly one digest. Never changed; a later decision outweighs an earlier one. */
@ObjectType({ implements: Node, description: 'What one person decided about exactly what was validated.' })
@Entity({ tableName: 'approval' })
export class Approval extends Noun {
  get prefix() {
    return 'apr' as const
  }

  @Property({ type: 'uuid' })
  deploymentId!: string

  /** Copied from the deployment, so that the table can say who may not approve. */
  @Property({ type: 'uuid' })
  authorId!: string

  @Property({ type: 'uuid' })
  validationId!: string

  @Property({ type: 'uuid' })
  byId!: string

  @Field(() => ApprovalDecisionEnum)
  @Property({ type: 'text' })
  decision!: ApprovalDecision

  @Field(() => String, { description: 'The digest of the validation that was signed.' })
  @Property({ type: 'text' })
  digest!: string

  @Field(() => String, { nullable: true })
  @Property({ type: 'text', nullable: true })
  comment: string | null = null

  @Field(() => DateTime)
  at(): Date {
    return this.createdAt
  }
}
