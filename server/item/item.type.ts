import { Field, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf } from '../kernel/connection.ts'
import { DateTime, JsonValue } from '../kernel/scalars.ts'
import { ConfigurationItem } from './item.entity.ts'
import type { ImpactWay } from './item-class.ts'
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

@ObjectType()
export class AttributeDefinition {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => String, { description: 'text, integer, number, boolean or instant (ISO 8601).' })
  type!: string

  @Field(() => String, { nullable: true })
  unit?: string | null
}

@ObjectType({ description: 'A class of items: which attributes they have and whether they can be targets.' })
export class ItemClass {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => String, { nullable: true })
  parent!: string | null

  @Field(() => Boolean, { description: 'Whether software can be distributed to items of this class.' })
  isTargetable!: boolean

  @Field(() => [AttributeDefinition])
  attributes!: readonly AttributeDefinition[]
}

const ImpactDirections = { NONE: 'NONE', SOURCE_TO_TARGET: 'SOURCE_TO_TARGET', TARGET_TO_SOURCE: 'TARGET_TO_SOURCE' }
registerEnumType(ImpactDirections, {
  name: 'ImpactDirection',
  description: 'Which end of a relationship suffers when the other changes.',
})

@ObjectType({ description: 'A kind of relationship with its rules.' })
export class RelationshipType {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => String, { description: 'The same relationship read from its target.' })
  inverse!: string

  @Field(() => String)
  inverseTitle!: string

  @Field(() => Boolean, { description: 'The source is inside the target: grants on the target reach it.' })
  containment!: boolean

  @Field(() => ImpactDirections)
  impact!: ImpactWay
}
