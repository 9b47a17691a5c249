import { Arg, Ctx, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root, registerEnumType } from 'type-graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { Seq } from '../kernel/scalars.ts'
import type { GraphDirection } from './impact.ts'
import { ConfigurationItem } from './item.entity.ts'
import { impactAt } from './past-graph.ts'
import { itemOf } from './item.reads.ts'
import { ImpactEdge, ImpactGroup, ImpactNode } from './item.type.ts'
import type {} from './topology.ts'

const GraphDirections = { DEPENDANTS: 'DEPENDANTS', DEPENDENCIES: 'DEPENDENCIES' }
registerEnumType(GraphDirections, {
  name: 'GraphDirection',
  description: 'DEPENDANTS: what suffers when the item changes. DEPENDENCIES: what the item suffers from.',
})

@ObjectType({ description: 'The items around one item along which a change is felt, nearest first.' })
export class Impact {
  root!: ConfigurationItem
  asOf?: Date

  @Field(() => Seq, { description: 'Number of the last event that the answer takes into account.' })
  seq!: number

  @Field(() => Int, { description: 'How many there are within the depth that the caller sees, listed or not.' })
  total!: number

  @Field(() => Boolean, { description: 'Whether nodes leaves out some of them.' })
  truncated!: boolean

  @Field(() => [ImpactNode])
  nodes!: ImpactNode[]

  @Field(() => [ImpactEdge], { description: 'The relationships among root and nodes.' })
  edges!: ImpactEdge[]

  @Field(() => [ImpactGroup], { description: 'All of them counted by class.' })
  groups!: ImpactGroup[]
}

/** What the graph adds to an item. */
@Resolver(() => ConfigurationItem)
export class ItemImpactResolver {
  @FieldResolver(() => Impact, {
    description:
      'What is affected when this item changes, as the graph is now; for an item of an earlier time, as it was then.',
  })
  async impact(
    @Root() item: ConfigurationItem,
    @Ctx() context: Context,
    @Arg('direction', () => GraphDirections, { nullable: true, defaultValue: 'DEPENDANTS' }) direction: GraphDirection,
    @Arg('depth', () => Int, { nullable: true, defaultValue: 3, description: 'Steps, 1 to 100.' }) depth: number,
    @Arg('first', () => Int, { nullable: true, defaultValue: 200, description: 'Nodes listed at most, 1 to 1000.' })
    first: number,
    @Arg('types', () => [String], { nullable: true, description: 'Names of relationship types.' }) types?: string[],
  ): Promise<Impact> {
    within('depth', depth, 100)
    within('first', first, 1_000)
    const { topology } = context.services
    const question = { direction, depth, types, limit: first, reach: viewerOf(context).reach('estate.read') }
    if (!item.asOf) await topology.knows(item.uuid)
    const answer = item.asOf
      ? { seq: topology.seq, ...(await impactAt(context.em, item.asOf, item.uuid, question)) }
      : topology.impact(item.uuid, question)
    return {
      ...answer,
      root: item,
      asOf: item.asOf,
      nodes: answer.nodes.map(({ uuid, distance, via, hidden }) => ({
        itemId: uuid,
        distance,
        via,
        hiddenCount: hidden,
        asOf: item.asOf,
      })),
      edges: answer.edges.map(({ source, target, type }) => ({
        sourceId: toNodeId('ci', source),
        targetId: toNodeId('ci', target),
        type,
      })),
    }
  }
}

function within(name: string, value: number, most: number): void {
  if (value >= 1 && value <= most) return
  throw new BadInput(`${name} is from 1 to ${most}; ${value} was asked for.`, { field: [name], rule: 'list size' })
}

@Resolver(() => Impact)
export class ImpactResolver {
  @FieldResolver(() => ConfigurationItem)
  root(@Root() impact: Impact) {
    return impact.root
  }
}

@Resolver(() => ImpactNode)
export class ImpactNodeResolver {
  @FieldResolver(() => ConfigurationItem)
  item(@Root() node: ImpactNode, @Ctx() context: Context) {
    return itemOf(context, node.itemId, node.asOf)
  }

  @FieldResolver(() => ID, {
    nullable: true,
    description: 'The listed item through which it was reached; the root included.',
  })
  viaId(@Root() node: ImpactNode) {
    return node.via && toNodeId('ci', node.via)
  }
}
