import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf } from '../../kernel/connection.ts'
import { DateTime, JsonObject, JsonValue, Seq } from '../../kernel/scalars.ts'
import { ItemStates } from '../item.entity.ts'
import type { ItemState } from '../item.lifecycle.ts'

const ChangeCauses = {
  MUTATION: 'MUTATION',
  DISCOVERY: 'DISCOVERY',
  RECONCILIATION: 'RECONCILIATION',
  DEPLOYMENT: 'DEPLOYMENT',
  SYSTEM: 'SYSTEM',
} as const
export type ChangeCause = keyof typeof ChangeCauses
registerEnumType(ChangeCauses, {
  name: 'ChangeCause',
  description: 'What brought a change of the graph.',
  valuesConfig: {
    MUTATION: { description: 'Somebody asked for it.' },
    DISCOVERY: { description: 'A discovery run saw it.' },
    RECONCILIATION: { description: 'A reconciliation run did it.' },
    DEPLOYMENT: { description: 'A deployment was confirmed at its target.' },
    SYSTEM: { description: 'Waybill itself.' },
  },
})

@ObjectType({ description: 'What one transaction did to the graph: who, when, why and from where.' })
export class GraphChange {
  /** UUIDs of the releases that permitted it. */
  releaseIds!: string[]

  @Field(() => ID)
  id!: string

  @Field(() => DateTime)
  at!: Date

  @Field(() => ChangeCauses)
  cause!: ChangeCause

  @Field(() => String, { nullable: true, description: 'Name of the person; null for Waybill itself.' })
  by!: string | null

  @Field(() => String, { nullable: true, description: 'Why, as given with the mutation or written by the run.' })
  reason!: string | null

  @Field(() => String, { nullable: true, description: 'The mutation by which it was asked for.' })
  mutation!: string | null

  @Field(() => Seq, { nullable: true, description: 'Place of the mutation in the audit log, once it is chained.' })
  auditSeq!: number | null

  @Field(() => ID, { nullable: true, description: 'The run or deployment that did it.' })
  originId!: string | null

  @Field(() => String, { nullable: true, description: 'Its number, e.g. RUN-3 or DPL-1042.' })
  originNumber!: string | null
}

@ObjectType({ description: 'One value before and after.' })
export class FieldChange {
  @Field(() => String, {
    description: 'Name of an attribute, or name, class, state, site, product, nativeKey, actualItem.',
  })
  field!: string

  @Field(() => String)
  title!: string

  @Field(() => Boolean, { description: 'Whether it is an attribute of the class.' })
  isAttribute!: boolean

  @Field(() => JsonValue, { nullable: true })
  from!: unknown

  @Field(() => JsonValue, { nullable: true })
  to!: unknown
}

@ObjectType({ description: 'An item in one of its versions, with the time in which it held.' })
export class ItemVersion {
  /** UUID of the item. */
  itemId!: string
  changeId!: string | null
  before!: ItemFacts | null
  facts!: ItemFacts

  @Field(() => ID, { description: 'Item and beginning; unique among all versions.' })
  id!: string

  @Field(() => Int)
  version!: number

  @Field(() => DateTime, { description: 'From when it held; included.' })
  validFrom!: Date

  @Field(() => DateTime, { nullable: true, description: 'Until when; not included. Null: it holds now.' })
  validTo!: Date | null

  @Field(() => String)
  name!: string

  @Field(() => ItemStates)
  state!: ItemState

  @Field(() => JsonObject, { description: 'The authorized values.' })
  attributes!: Record<string, unknown>
}

/** What of an item is compared between two versions. Sites, products and actual items as UUIDs. */
export interface ItemFacts {
  name: string
  class_name: string
  state: string
  site_id: string | null
  product_id: string | null
  native_key: string | null
  actual_item_id: string | null
  attributes: Record<string, unknown>
}

const RelationshipChangeKinds = { ADDED: 'ADDED', REMOVED: 'REMOVED' } as const
export type RelationshipChangeKind = keyof typeof RelationshipChangeKinds
registerEnumType(RelationshipChangeKinds, { name: 'RelationshipChangeKind' })

@ObjectType({ description: 'A relationship that came or went.' })
export class RelationshipChange {
  typeName!: string
  /** UUIDs. */
  sourceId!: string
  targetId!: string
  changeId!: string | null

  @Field(() => ID)
  id!: string

  @Field(() => RelationshipChangeKinds)
  kind!: RelationshipChangeKind

  @Field(() => DateTime)
  at!: Date
}

const ItemChangeKinds = { CREATED: 'CREATED', CHANGED: 'CHANGED', RETIRED: 'RETIRED' } as const
export type ItemChangeKind = keyof typeof ItemChangeKinds
registerEnumType(ItemChangeKinds, {
  name: 'ItemChangeKind',
  valuesConfig: {
    CREATED: { description: 'It did not exist at the first of the two times.' },
    CHANGED: { description: 'It exists at both and is another.' },
    RETIRED: { description: 'It was decommissioned between them.' },
  },
})

@ObjectType({ description: 'An item that is another at the second of two times than at the first.' })
export class ItemDifference {
  /** UUID. */
  itemId!: string
  before!: ItemFacts | null
  after!: ItemFacts
  changeIds!: string[]

  @Field(() => ID)
  id!: string

  @Field(() => ItemChangeKinds)
  kind!: ItemChangeKind

  @Field(() => String, { description: 'Its name at the second time.' })
  name!: string

  @Field(() => String)
  className!: string

  @Field(() => Int, { description: 'How many changes lie between the two times.' })
  changeCount!: number
}

@ObjectType()
export class DifferenceCounts {
  @Field(() => Int)
  created!: number

  @Field(() => Int)
  changed!: number

  @Field(() => Int)
  retired!: number

  @Field(() => Int)
  relationshipsAdded!: number

  @Field(() => Int)
  relationshipsRemoved!: number
}

@ObjectType({ description: 'The difference between two times as a change set, for one item, a site or the estate.' })
export class GraphDifference {
  /** UUIDs. */
  itemId!: string | null
  siteId!: string | null

  @Field(() => DateTime)
  from!: Date

  @Field(() => DateTime)
  to!: Date
}

export const ItemVersionConnection = connectionOf('ItemVersion', () => ItemVersion)
export const RelationshipChangeConnection = connectionOf('RelationshipChange', () => RelationshipChange)
export const ItemDifferenceConnection = connectionOf('ItemDifference', () => ItemDifference)
