import { ArgsType, Field, ObjectType } from 'type-graphql'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import {
  Difference,
  Explanations,
  ReconciliationKinds,
  RelationshipDifference,
  type Explanation,
  type ReconciliationKind,
} from './reconciliation-result.entity.ts'

@ObjectType({ description: 'One finding of a dry run, with what a result would say.' })
export class PreviewLine {
  /** UUIDs. */
  configurationItemId!: string | null
  actualItemId!: string | null
  candidateIds!: string[]

  @Field(() => ReconciliationKinds)
  kind!: ReconciliationKind

  @Field(() => String, { description: 'For programs: which rule found it.' })
  code!: string

  @Field(() => String, { description: 'One sentence.' })
  message!: string

  @Field(() => [Difference])
  differences!: Difference[]

  @Field(() => [RelationshipDifference])
  relationships!: RelationshipDifference[]

  @Field(() => Explanations, {
    nullable: true,
    description: 'UNEXPLAINED when one of its values changed and no deployment explains it.',
  })
  explanation!: Explanation | null
}

export const PreviewLineConnection = connectionOf('PreviewLine', () => PreviewLine)

@ArgsType()
export class PreviewListArgs extends PageArgs {
  @Field(() => [ReconciliationKinds], { nullable: true, description: 'Default: all.' })
  kinds?: ReconciliationKind[] | null
}
