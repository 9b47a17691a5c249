import { Field, Int, ObjectType } from 'type-graphql'
import { Seq } from '../../kernel/scalars.ts'
import { BETWEEN, ImpactEdge, ImpactGroup, ImpactNode } from './impact.types.ts'
import { type ConfigurationItem } from '../item.entity.ts'
import type { RelationDirection } from '../relationship.entity.ts'

const SEQ = { description: 'Number of the last event that the answer takes into account.' }

@ObjectType({ description: 'The items around one item by relationships of any kind, read both ways, nearest first.' })
export class Neighbourhood {
  root!: ConfigurationItem

  @Field(() => Seq, SEQ)
  seq!: number

  @Field(() => Int, {
    description: 'How many there are within the depth that the filter lets through and the caller sees, listed or not.',
  })
  total!: number

  @Field(() => Boolean, { description: 'Whether nodes leaves out some of them.' })
  truncated!: boolean

  @Field(() => Int, {
    description: 'Neighbours of the item itself that nodes leaves out, but for those that the filter does.',
  })
  hiddenCount!: number

  @Field(() => [ImpactNode], { description: 'For more around one of them ask for its own neighbourhood.' })
  nodes!: ImpactNode[]

  @Field(() => [ImpactNode], BETWEEN)
  between!: ImpactNode[]

  @Field(() => [ImpactEdge], { description: 'The relationships among root, nodes and between.' })
  edges!: ImpactEdge[]

  @Field(() => [ImpactGroup], { description: 'All that total counts, by class.' })
  groups!: ImpactGroup[]
}

@ObjectType()
export class GraphPathStep {
  /** UUID. */
  itemId!: string
  asOf?: Date
  via!: { uuid: string; direction: RelationDirection } | null
}

@ObjectType({ description: 'A shortest way from one item to another through items that the caller sees.' })
export class GraphPath {
  @Field(() => Seq, SEQ)
  seq!: number

  @Field(() => Int, { nullable: true, description: 'How many relationships long it is; null when there is no way.' })
  length!: number | null

  @Field(() => [GraphPathStep], { description: 'From the first item to the last, both included; empty without a way.' })
  steps!: GraphPathStep[]
}

@ObjectType({ description: 'Items each of which depends, directly or not, on all the others.' })
export class GraphCycle {
  /** UUIDs. */
  ring!: string[]
  asOf?: Date

  @Field(() => Int, { description: 'How many items depend on each other.' })
  size!: number
}

@ObjectType()
export class GraphCycles {
  @Field(() => Seq, SEQ)
  seq!: number

  @Field(() => Int, { description: 'How many such sets there are, listed or not.' })
  total!: number

  @Field(() => [GraphCycle], { description: 'The largest sets first.' })
  cycles!: GraphCycle[]
}

@ObjectType({ description: 'What depends on some items and is neither among them nor inside them.' })
export class OutsideDependants {
  /** UUIDs. */
  listed!: string[]
  asOf?: Date

  @Field(() => Seq, SEQ)
  seq!: number

  @Field(() => Int)
  total!: number

  @Field(() => Boolean, { description: 'Whether items leaves out some of them.' })
  truncated!: boolean

  @Field(() => [ImpactGroup], { description: 'All of them counted by class.' })
  groups!: ImpactGroup[]
}
