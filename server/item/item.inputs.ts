import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { PageArgs } from '../kernel/connection.ts'
import { MoveInput, MutationInput, MutationPayload } from '../kernel/mutation.ts'
import { JsonObject, MomentScalar, type Moment } from '../kernel/scalars.ts'
import { ItemOrder } from './item-order.ts'
import { ConfigurationItem, ItemStates } from './item.entity.ts'
import type { ItemState } from './item.lifecycle.ts'
import { RelationDirections, Relationship, type RelationDirection } from './relationship.entity.ts'

@InputType()
export class ConfigurationItemFilter {
  @Field(() => String, { nullable: true, description: 'Part of the name, upper and lower case alike.' })
  search?: string | null

  @Field(() => [String], { nullable: true })
  classNames?: string[] | null

  @Field(() => [ItemStates], { nullable: true })
  states?: ItemState[] | null

  @Field(() => ID, { nullable: true, description: 'Only items inside this site, at any depth.' })
  siteId?: string | null

  @Field(() => [ID], { nullable: true, description: 'Only items inside one of these sites, at any depth.' })
  siteIds?: string[] | null

  @Field(() => ID, { nullable: true })
  productId?: string | null

  @Field(() => [ID], { nullable: true, description: 'Only items that are reached through one of these products.' })
  productIds?: string[] | null

  @Field(() => Boolean, { nullable: true })
  authorized?: boolean | null

  @Field(() => Boolean, { nullable: true, description: 'Only items whose class can be a target (or only others).' })
  targetable?: boolean | null
}

@ArgsType()
export class ItemListArgs extends PageArgs {
  @Field(() => ConfigurationItemFilter, { nullable: true })
  filter?: ConfigurationItemFilter | null

  @Field(() => ItemOrder, { nullable: true, description: 'Default: by name.' })
  orderBy?: ItemOrder | null

  @Field(() => MomentScalar, { nullable: true, description: 'The list as it was then.' })
  at?: Moment | null
}

@ArgsType()
export class RelationshipListArgs extends PageArgs {
  @Field(() => [String], { nullable: true, description: 'Names of relationship types.' })
  types?: string[] | null

  @Field(() => RelationDirections, { nullable: true })
  direction?: RelationDirection | null
}

@InputType()
export class ItemCreateInput extends MutationInput {
  @Field(() => String, { description: 'One of itemClasses.' })
  className!: string

  @Field(() => String, { description: '1 to 200 characters.' })
  name!: string

  @Field(() => ID, { nullable: true, description: 'The site it is located in.' })
  siteId?: string | null

  @Field(() => ID, { nullable: true, description: 'The management product through which it is reached.' })
  productId?: string | null

  @Field(() => JsonObject, { nullable: true, description: 'Values by attribute name, as the class says.' })
  attributes?: unknown
}

@InputType()
export class ItemUpdateInput extends MoveInput {
  @Field(() => String, { nullable: true, description: '1 to 200 characters.' })
  name?: string | null

  @Field(() => JsonObject, { nullable: true, description: 'Changed values by attribute name; null takes one away.' })
  attributes?: unknown
}

@InputType()
export class ItemMoveInput extends MoveInput {
  @Field(() => String, { description: 'One of allowedActions.' })
  action!: string
}

@InputType()
export class RelationshipCreateInput extends MutationInput {
  @Field(() => String, { description: 'One of relationshipTypes.' })
  type!: string

  @Field(() => ID)
  sourceId!: string

  @Field(() => ID)
  targetId!: string
}

@ObjectType()
export class ConfigurationItemPayload extends MutationPayload {
  @Field(() => ConfigurationItem, { nullable: true })
  item?: ConfigurationItem | null
}

@ObjectType()
export class RelationshipPayload extends MutationPayload {
  @Field(() => Relationship, { nullable: true })
  relationship?: Relationship | null
}
