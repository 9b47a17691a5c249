import { Field, ObjectType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import { DateTime, JsonValue } from '../kernel/scalars.ts'
import { ConfigurationItem } from './item.entity.ts'
import { Relationship } from './relationship.entity.ts'

export const ConfigurationItemConnection = connectionOf('ConfigurationItem', () => ConfigurationItem)
export const RelationshipConnection = connectionOf('Relationship', () => Relationship)

@ObjectType({ description: 'One value with where it comes from.' })
export class AttributeValue {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => JsonValue, {
    nullable: true,
    description: 'The observed value; the authorized one where nothing was observed.',
  })
  value!: unknown

  @Field(() => String, { nullable: true })
  unit!: string | null

  @Field(() => String, { description: 'Where the value comes from: `authorized` or the name of a management product.' })
  source!: string

  @Field(() => DateTime, { nullable: true })
  observedAt!: Date | null

  @Field(() => JsonValue, {
    nullable: true,
    description: 'What people plan with; it may differ from what was observed.',
  })
  authorizedValue!: unknown
}
