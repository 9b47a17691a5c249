import { Field, ObjectType, registerEnumType } from 'type-graphql'
import {
  cardinalities,
  protectableStates,
  type AttributeType,
  type Cardinality,
  type ImpactWay,
  type ProtectableState,
} from './catalogue.ts'

export const ProtectableStates = Object.fromEntries(protectableStates.map((state) => [state, state])) as {
  [S in ProtectableState]: S
}
registerEnumType(ProtectableStates, {
  name: 'ProtectableState',
  description: 'A state of items that a class can protect; what is DECOMMISSIONED cannot be changed anyway.',
})

@ObjectType()
export class AttributeDefinition {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => String, {
    description: 'text, integer, number, boolean, instant (ISO 8601), textList or enumeration.',
  })
  type!: AttributeType

  @Field(() => String, { nullable: true })
  unit?: string | null

  @Field(() => [String], { description: 'What an enumeration may be; empty for other types.' })
  values!: readonly string[]

  @Field(() => Boolean, {
    description: 'Goes from what discovery saw to the authorized item at promotion, and is compared afterwards.',
  })
  copied!: boolean

  @Field(() => Boolean, { description: 'Only people say it.' })
  neverFromDiscovery!: boolean

  @Field(() => String, { description: 'Name of the class that declares it; its subclasses inherit it.' })
  declaredBy!: string
}

@ObjectType({ description: 'A class of items: which attributes they have and whether they can be targets.' })
export class ItemClass {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => String, { nullable: true })
  description!: string | null

  @Field(() => String, { nullable: true, description: 'Name of the class whose attributes and rules it inherits.' })
  parent!: string | null

  @Field(() => Boolean, { description: 'It only gathers what its subclasses have in common.' })
  isAbstract!: boolean

  @Field(() => Boolean, { description: 'Whether software can be distributed to items of this class.' })
  isTargetable!: boolean

  @Field(() => [ProtectableStates], {
    description:
      'In these states its items are protected: to leave the state, to change the item or its relationships takes a release in progress that lists it.',
  })
  protectedStates!: readonly ProtectableState[]

  @Field(() => String, {
    nullable: true,
    description: 'Name of the class that says what is protected, itself or an ancestor; null: nothing is.',
  })
  protectedBy!: string | null

  @Field(() => [AttributeDefinition], { description: 'Its own, then those it inherits, nearest first.' })
  attributes!: readonly AttributeDefinition[]
}

export const ImpactDirections = {
  NONE: 'NONE',
  SOURCE_TO_TARGET: 'SOURCE_TO_TARGET',
  TARGET_TO_SOURCE: 'TARGET_TO_SOURCE',
}
registerEnumType(ImpactDirections, {
  name: 'ImpactDirection',
  description: 'Which end of a relationship suffers when the other changes.',
})

export const Cardinalities = Object.fromEntries(Object.keys(cardinalities).map((name) => [name, name])) as Record<
  Cardinality,
  Cardinality
>
registerEnumType(Cardinalities, {
  name: 'Cardinality',
  description: 'How many relationships of a type an item may have.',
  valuesConfig: Object.fromEntries(Object.entries(cardinalities).map(([name, description]) => [name, { description }])),
})

@ObjectType({ description: 'Classes that a relationship may join; subclasses included.' })
export class RelationshipPair {
  @Field(() => String, { description: 'Name of a class.' })
  source!: string

  @Field(() => String, { description: 'Name of a class.' })
  target!: string
}

@ObjectType({ description: 'A kind of relationship with its rules.' })
export class RelationshipType {
  @Field(() => String)
  name!: string

  @Field(() => String)
  title!: string

  @Field(() => String, { nullable: true })
  description!: string | null

  @Field(() => String, { description: 'The same relationship read from its target.' })
  inverse!: string

  @Field(() => String)
  inverseTitle!: string

  @Field(() => Boolean, { description: 'The source is inside the target: grants on the target reach it.' })
  containment!: boolean

  @Field(() => ImpactDirections)
  impact!: ImpactWay

  @Field(() => Cardinalities)
  cardinality!: Cardinality

  @Field(() => [RelationshipPair])
  pairs!: readonly RelationshipPair[]
}
