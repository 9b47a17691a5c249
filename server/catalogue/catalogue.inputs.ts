import { Field, InputType, ObjectType } from 'type-graphql'
import { MutationInput, MutationPayload } from '../kernel/mutation.ts'
import type { Cardinality, ImpactWay, ProtectableState } from './catalogue.ts'
import { Cardinalities, ImpactDirections, ItemClass, ProtectableStates, RelationshipType } from './catalogue.type.ts'

@InputType()
export class NameInput extends MutationInput {
  @Field(() => String)
  name!: string
}

@InputType()
export class ClassDefineInput extends NameInput {
  @Field(() => String, { description: '1 to 100 characters, for people.' })
  title!: string

  @Field(() => String, { nullable: true })
  description?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Name of the class it inherits from; ConfigurationItem when left out.',
  })
  parent?: string | null

  @Field(() => Boolean, { nullable: true, description: 'It only gathers what its subclasses have in common.' })
  isAbstract?: boolean | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether software can be distributed to it; as the parent when left out.',
  })
  isTargetable?: boolean | null

  @Field(() => [ProtectableStates], {
    nullable: true,
    description: 'States in which its items are protected; empty: none. As the parent when left out.',
  })
  protectedStates?: ProtectableState[] | null
}

@InputType({ description: 'What is left out stays as it is.' })
export class ClassUpdateInput extends NameInput {
  @Field(() => String, { nullable: true })
  title?: string | null

  @Field(() => String, { nullable: true, description: 'Empty takes it away.' })
  description?: string | null

  @Field(() => String, { nullable: true })
  parent?: string | null

  @Field(() => Boolean, { nullable: true })
  isAbstract?: boolean | null

  @Field(() => Boolean, { nullable: true })
  isTargetable?: boolean | null

  @Field(() => [ProtectableStates], {
    nullable: true,
    description: 'States in which its items are protected; empty: none. Null: as the parent.',
  })
  protectedStates?: ProtectableState[] | null
}

@InputType()
export class ClassRenameInput extends NameInput {
  @Field(() => String)
  newName!: string
}

@InputType({ description: 'What is left out stays as it is, or has its default: a text, not copied.' })
export class AttributeDefineInput extends NameInput {
  @Field(() => String)
  className!: string

  @Field(() => String, { nullable: true, description: '1 to 100 characters, for people.' })
  title?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'text, integer, number, boolean, instant, textList or enumeration.',
  })
  type?: string | null

  @Field(() => String, { nullable: true })
  unit?: string | null

  @Field(() => [String], { nullable: true, description: 'What an enumeration may be, 1 to 200 values.' })
  values?: string[] | null

  @Field(() => Boolean, { nullable: true })
  copied?: boolean | null

  @Field(() => Boolean, { nullable: true })
  neverFromDiscovery?: boolean | null
}

@InputType()
export class AttributeRemoveInput extends NameInput {
  @Field(() => String)
  className!: string
}

@InputType({ description: 'What is left out stays as it is.' })
export class RelationshipTypeDefineInput extends NameInput {
  @Field(() => String, { nullable: true, description: 'Read from the source: "runs on".' })
  title?: string | null

  @Field(() => String, { nullable: true })
  description?: string | null

  @Field(() => String, { nullable: true, description: 'Name of the same relationship read from its target.' })
  inverse?: string | null

  @Field(() => String, { nullable: true })
  inverseTitle?: string | null

  @Field(() => Boolean, { nullable: true, description: 'The source is inside the target.' })
  containment?: boolean | null

  @Field(() => ImpactDirections, { nullable: true })
  impact?: ImpactWay | null

  @Field(() => Cardinalities, { nullable: true })
  cardinality?: Cardinality | null
}

@InputType()
export class RelationshipRuleInput extends MutationInput {
  @Field(() => String, { description: 'Name of a relationship type.' })
  type!: string

  @Field(() => String, { description: 'Name of a class; its subclasses are meant too.' })
  source!: string

  @Field(() => String, { description: 'Name of a class; its subclasses are meant too.' })
  target!: string
}

@ObjectType()
export class ItemClassPayload extends MutationPayload {
  @Field(() => ItemClass, { nullable: true })
  itemClass?: ItemClass | null
}

@ObjectType()
export class RelationshipTypePayload extends MutationPayload {
  @Field(() => RelationshipType, { nullable: true })
  relationshipType?: RelationshipType | null
}
