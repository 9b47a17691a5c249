import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { MoveInput, MutationPayload } from '../../kernel/mutation.ts'
import { MomentScalar, type Moment } from '../../kernel/scalars.ts'
import { FieldChange, RelationshipChange } from './history.types.ts'
import { ConfigurationItem } from '../item.entity.ts'

const RestoreParts = { ATTRIBUTES: 'ATTRIBUTES', STATE: 'STATE', RELATIONSHIPS: 'RELATIONSHIPS' } as const
export type RestorePart = keyof typeof RestoreParts
registerEnumType(RestoreParts, {
  name: 'RestorePart',
  valuesConfig: {
    ATTRIBUTES: { description: 'Name, product, key and the authorized values.' },
    STATE: { description: 'The state, by the action that leads there.' },
    RELATIONSHIPS: { description: 'Its relationships from both ends.' },
  },
})

@InputType()
export class ItemRestoreInput extends MoveInput {
  @Field(() => MomentScalar, { description: 'The time whose version comes back; e.g. validFrom of a version.' })
  at!: Moment

  @Field(() => [RestoreParts], { nullable: true, description: 'What comes back; default: all of it.' })
  parts?: RestorePart[] | null

  @Field(() => Boolean, { nullable: true, defaultValue: false, description: 'Only says what would change.' })
  dryRun?: boolean
}

@ObjectType()
export class ItemRestorePayload extends MutationPayload {
  @Field(() => ConfigurationItem, { nullable: true })
  item?: ConfigurationItem | null

  @Field(() => [FieldChange], { description: 'What is (or would be) other than now.' })
  fields!: FieldChange[]

  @Field(() => [RelationshipChange], { description: 'Which relationships come or go.' })
  relationships!: RelationshipChange[]

  @Field(() => MomentScalar, {
    nullable: true,
    description: 'The time just before the restore: restoring to it undoes it. Null on a dry run.',
  })
  undoAt?: Date | null
}
