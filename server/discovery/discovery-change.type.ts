import { ArgsType, Field, ID, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import { QuestionKinds, type QuestionKind } from './identity/question.entity.ts'

const DiscoveryChangeKinds = {
  CREATED: 'CREATED',
  CHANGED: 'CHANGED',
  RETURNED: 'RETURNED',
  MISSING: 'MISSING',
  RETIRED: 'RETIRED',
  RELATIONSHIP_NEW: 'RELATIONSHIP_NEW',
  RELATIONSHIP_GONE: 'RELATIONSHIP_GONE',
  QUESTION: 'QUESTION',
} as const
export type ChangeKind = keyof typeof DiscoveryChangeKinds
registerEnumType(DiscoveryChangeKinds, {
  name: 'DiscoveryChangeKind',
  description: 'What a look found other than it was known.',
  valuesConfig: {
    RELATIONSHIP_NEW: { description: 'The source shows it for the first time, or again.' },
    RELATIONSHIP_GONE: { description: 'The source does not show it any more.' },
    QUESTION: {
      description:
        'What people would be asked. Only of runs that have written nothing; those that have put it as an IdentityQuestion.',
    },
  },
})

@ObjectType({ description: 'The relationship that begins or ends; the item of the change is its source.' })
export class ChangedRelationship {
  @Field(() => String)
  type!: string

  @Field(() => String)
  otherName!: string

  @Field(() => String)
  otherClassName!: string

  @Field(() => ID, { nullable: true, description: 'Id of its actual item; null for a new one that is not written.' })
  otherId!: string | null
}

@ObjectType({
  description: 'A known item that the one in question may be, with the rules that speak for and against it.',
})
export class AskedCandidate {
  @Field(() => String)
  name!: string

  @Field(() => String)
  className!: string

  @Field(() => ID, { nullable: true, description: 'Id of its actual item; null for another new one of the same run.' })
  itemId!: string | null

  @Field(() => [String])
  agree!: string[]

  @Field(() => [String])
  against!: string[]
}

@ObjectType({ description: 'What people would be asked about the item of the change.' })
export class AskedQuestion {
  @Field(() => QuestionKinds)
  kind!: QuestionKind

  @Field(() => String, { description: 'The identifier rule that raises it, e.g. ComputerSystem/machine-id.' })
  rule!: string

  @Field(() => String, { nullable: true, description: 'For RECLASSIFY: the class that the source says.' })
  wantedClass!: string | null

  @Field(() => [AskedCandidate])
  candidates!: AskedCandidate[]
}

@ObjectType({ description: 'One thing that a look found other than it was known.' })
export class DiscoveryChange {
  /** UUIDs of actual items; null where the item is new and not written. */
  actualItemId!: string | null
  otherItemId!: string | null

  @Field(() => DiscoveryChangeKinds)
  kind!: ChangeKind

  @Field(() => String)
  className!: string

  @Field(() => String)
  name!: string

  /** Of an item its values or differences; of relationships and questions what their own fields say. */
  details!: Record<string, unknown>
}

export const DiscoveryChangeConnection = connectionOf('DiscoveryChange', () => DiscoveryChange)

@ArgsType()
export class DiscoveryChangeListArgs extends PageArgs {
  @Field(() => [DiscoveryChangeKinds], { nullable: true, description: 'Default: all.' })
  kinds?: ChangeKind[] | null
}
