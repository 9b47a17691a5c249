import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { connectionOf, PageArgs } from '../kernel/connection.ts'
import { DateTime, JsonObject, MomentScalar, type Moment } from '../kernel/scalars.ts'
import { RelationDirections, type RelationDirection } from '../item/relationship.entity.ts'
import { ActualItem, ActualItemStates, type ActualItemState } from './actual-item.entity.ts'

export const ActualItemConnection = connectionOf('ActualItem', () => ActualItem)

@ObjectType({ description: 'What one source saw of an item, last.' })
export class Observation {
  /** UUIDs. */
  productId!: string | null
  runId!: string | null

  @Field(() => DateTime)
  at!: Date

  @Field(() => JsonObject)
  attributes!: Record<string, unknown>
}

@ObjectType({ description: 'A relationship that discovery saw, read from one of its ends.' })
export class ActualRelationship {
  /** UUID of the item at the other end. */
  otherId!: string
  typeName!: string
  asOf?: Date

  @Field(() => ID)
  id!: string

  @Field(() => RelationDirections)
  direction!: RelationDirection
}

export const ActualRelationshipConnection = connectionOf('ActualRelationship', () => ActualRelationship)

@ObjectType({ description: 'Software seen on an item.' })
export class InstalledSoftware {
  @Field(() => String)
  name!: string

  @Field(() => String)
  version!: string

  @Field(() => String, { nullable: true, description: 'sha256:…' })
  digest!: string | null

  @Field(() => DateTime, { nullable: true })
  observedAt!: Date | null

  /** UUID of the deployment whose confirmation saw this version. */
  deploymentId!: string | null
}

export const InstalledSoftwareConnection = connectionOf('InstalledSoftware', () => InstalledSoftware)

@ArgsType()
export class InstalledArgs extends PageArgs {
  @Field(() => [String], { nullable: true, description: 'Only software of these names. At most 200.' })
  names?: string[] | null

  @Field(() => String, { nullable: true, description: 'Part of the name, upper and lower case alike.' })
  search?: string | null
}

@InputType()
export class ActualItemFilter {
  @Field(() => String, { nullable: true, description: 'Part of the name, upper and lower case alike.' })
  search?: string | null

  @Field(() => [String], { nullable: true, description: 'Classes, with their subclasses.' })
  classNames?: string[] | null

  @Field(() => [ActualItemStates], { nullable: true })
  states?: ActualItemState[] | null

  @Field(() => ID, { nullable: true })
  productId?: string | null

  @Field(() => [ID], { nullable: true, description: 'Only items that one of these products tells of.' })
  productIds?: string[] | null

  @Field(() => [ID], {
    nullable: true,
    description: 'Only items whose configuration item is inside one of these sites, at any depth.',
  })
  siteIds?: string[] | null

  @Field(() => Boolean, { nullable: true, description: 'Only items linked to a configuration item (or only others).' })
  linked?: boolean | null
}

@ArgsType()
export class ActualItemListArgs extends PageArgs {
  @Field(() => ActualItemFilter, { nullable: true })
  filter?: ActualItemFilter | null

  @Field(() => MomentScalar, { nullable: true, description: 'The list as it was then.' })
  at?: Moment | null
}

@ArgsType()
export class ActualItemFacetArgs {
  @Field(() => ActualItemFilter, { nullable: true })
  filter?: ActualItemFilter | null

  @Field(() => MomentScalar, { nullable: true, description: 'The counts as they were then.' })
  at?: Moment | null
}

@ObjectType({
  description: 'By what a list of actual items can be narrowed further, counted for what the caller sees.',
})
export class ActualItemFacets {
  filter!: ActualItemFilter
  at?: Date
}
