import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  ObjectType,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql'
import type { GraphQLResolveInfo } from 'graphql'
import { viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { checkTypes, graphFor, within } from './question.ts'
import { toNodeId } from '../../kernel/node-id.ts'
import { Position, Seq } from '../../kernel/scalars.ts'
import { asksOnlyFor } from '../../kernel/selection.ts'
import { NodeFilterInput, nodeFilterOf, WITH_WAY } from './graph.inputs.ts'
import type { GraphDirection } from './impact.ts'
import { ConfigurationItem } from '../item.entity.ts'
import { impactAt } from '../time/past-graph.ts'
import { itemOf } from '../item.reads.ts'
import { BETWEEN, drawnOf, HeldGroup, ImpactEdge, ImpactGroup, ImpactNode, ImpactService } from './impact.types.ts'
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

  @Field(() => [ImpactNode], BETWEEN)
  between!: ImpactNode[]

  @Field(() => [ImpactEdge], { description: 'The relationships among root, nodes and between.' })
  edges!: ImpactEdge[]

  @Field(() => [ImpactGroup], { description: 'All that total counts, by class.' })
  groups!: ImpactGroup[]

  @Field(() => [ImpactService], { description: 'The nearest 50 business services among them.' })
  services!: ImpactService[]

  @Field(() => [HeldGroup], {
    description:
      'Redundancy groups that were touched but still stand, so that nothing behind them is affected by them.',
  })
  held!: HeldGroup[]
}

/** What is known without a look at what is around each listed node. */
const UNDRAWN = new Set(['__typename', 'root', 'seq', 'total', 'truncated', 'nodes', 'groups', 'services', 'held'])
const UNDRAWN_NODES = new Set(['__typename', 'item', 'distance', 'viaId'])

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
    @Info() info: GraphQLResolveInfo,
    @Arg('direction', () => GraphDirections, { nullable: true, defaultValue: 'DEPENDANTS' }) direction: GraphDirection,
    @Arg('depth', () => Int, { nullable: true, defaultValue: 3, description: 'Steps, 1 to 100.' }) depth: number,
    @Arg('first', () => Int, { nullable: true, defaultValue: 200, description: 'Nodes listed at most, 1 to 1000.' })
    first: number,
    @Arg('types', () => [String], { nullable: true, description: 'Names of relationship types.' }) types?: string[],
    @Arg('filter', () => NodeFilterInput, {
      nullable: true,
      description: 'What is listed and counted; the way may lead through everything.',
    })
    filter?: NodeFilterInput | null,
    @Arg('withWay', () => Boolean, WITH_WAY) withWay?: boolean,
    @Arg('atLeast', () => Position, { nullable: true, description: 'Waits up to 2 s until the graph has come so far.' })
    atLeast?: string,
  ): Promise<Impact> {
    within('depth', depth, 100)
    within('first', first, 1_000)
    checkTypes(context, types)
    const { topology } = context.services
    const reach = viewerOf(context).reach('estate.read')
    const drawn = !asksOnlyFor(info, [], UNDRAWN) || !asksOnlyFor(info, ['nodes'], UNDRAWN_NODES)
    const question = { direction, depth, types, limit: first, filter: nodeFilterOf(filter), reach, drawn, withWay }
    if (!item.asOf) await graphFor(context, atLeast)
    const answer = item.asOf
      ? {
          seq: topology.seq,
          ...(await impactAt(context, item.asOf, item.uuid, question)),
        }
      : topology.impact(item.uuid, question)
    return {
      ...answer,
      root: item,
      asOf: item.asOf,
      ...drawnOf(answer, item.asOf),
      services: answer.services.map(({ uuid, count }) => ({ itemId: uuid, count, asOf: item.asOf })),
      held: answer.held.map(({ uuid, ...rest }) => ({ itemId: uuid, asOf: item.asOf, ...rest })),
    }
  }
}

@Resolver(() => Impact)
export class ImpactResolver {
  @FieldResolver(() => ConfigurationItem)
  root(@Root() { root, asOf }: Impact, @Ctx() context: Context) {
    return itemOf(context, root.uuid, asOf)
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

@Resolver(() => ImpactService)
export class ImpactServiceResolver {
  @FieldResolver(() => ConfigurationItem)
  item(@Root() service: ImpactService, @Ctx() context: Context) {
    return itemOf(context, service.itemId, service.asOf)
  }
}

@Resolver(() => HeldGroup)
export class HeldGroupResolver {
  @FieldResolver(() => ConfigurationItem)
  item(@Root() group: HeldGroup, @Ctx() context: Context) {
    return itemOf(context, group.itemId, group.asOf)
  }
}
