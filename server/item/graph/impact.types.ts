import { Field, ID, Int, ObjectType } from 'type-graphql'
import { toNodeId } from '../../kernel/node-id.ts'
import type { ImpactAnswer } from './impact.ts'

@ObjectType({ description: 'An item that a walk through the graph came to.' })
export class ImpactNode {
  /** UUID. */
  itemId!: string
  asOf?: Date

  @Field(() => Int, { description: 'Steps from the item that was asked about.' })
  distance!: number

  /** UUID. */
  via!: string | null

  @Field(() => Int, {
    description:
      'Neighbours in this direction that the answer leaves out for its depth or its length, not for its filter.',
  })
  hiddenCount!: number
}

@ObjectType()
export class ImpactEdge {
  @Field(() => ID)
  sourceId!: string

  @Field(() => ID)
  targetId!: string

  @Field(() => String)
  type!: string
}

export const BETWEEN = {
  description: 'With `withWay`: what the filter leaves out and the way to the nodes leads through, nearest first.',
}

const drawnNode = ({ uuid, distance, via, hidden }: ImpactAnswer['nodes'][number], asOf?: Date): ImpactNode => ({
  itemId: uuid,
  distance,
  via,
  hiddenCount: hidden,
  asOf,
})

/** What a walk came to, as the API says it. */
export const drawnOf = (
  { nodes, between, edges }: Pick<ImpactAnswer, 'nodes' | 'between' | 'edges'>,
  asOf?: Date,
): { nodes: ImpactNode[]; between: ImpactNode[]; edges: ImpactEdge[] } => ({
  nodes: nodes.map((node) => drawnNode(node, asOf)),
  between: between.map((node) => drawnNode(node, asOf)),
  edges: edges.map(({ source, target, type }) => ({
    sourceId: toNodeId('ci', source),
    targetId: toNodeId('ci', target),
    type,
  })),
})

@ObjectType()
export class ImpactGroup {
  @Field(() => String)
  className!: string

  @Field(() => Int)
  count!: number
}

@ObjectType({ description: 'A business service that is affected.' })
export class ImpactService {
  /** UUID. */
  itemId!: string
  asOf?: Date

  @Field(() => Int, { description: 'How many of the affected items it stands on.' })
  count!: number
}

@ObjectType({ description: 'A redundancy group that lost members and still has as many as it needs.' })
export class HeldGroup {
  /** UUID. */
  itemId!: string
  asOf?: Date

  @Field(() => Int)
  members!: number

  @Field(() => Int, { description: 'How many of them are affected.' })
  affected!: number

  @Field(() => Int, { description: 'How many it needs.' })
  minimum!: number
}
