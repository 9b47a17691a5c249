import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql'
import type {} from '../../catalogue/keeper.ts'
import { viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { Position } from '../../kernel/scalars.ts'
import { ConfigurationItem } from '../item.entity.ts'
import { graphThen, typesAlong } from '../time/past-graph.ts'
import type { Graph } from './graph.ts'
import { NodeFilterInput, nodeFilterOf, WITH_WAY } from './graph.inputs.ts'
import { Neighbourhood } from './graph.types.ts'
import { neighbourhoodOf } from './neighbourhood.ts'
import { drawnOf } from './impact.types.ts'
import { itemOf } from '../item.reads.ts'
import { AT_LEAST, checkTypes, graphFor, within } from './question.ts'

/** What the graph adds to an item. */
@Resolver(() => ConfigurationItem)
export class ItemNeighbourhoodResolver {
  @FieldResolver(() => Neighbourhood, {
    description: 'What is around the item as the graph is now; for an item of an earlier time, as it was then.',
  })
  async neighbourhood(
    @Root() item: ConfigurationItem,
    @Ctx() context: Context,
    @Arg('depth', () => Int, { nullable: true, defaultValue: 1, description: 'Steps, 1 to 10.' }) depth: number,
    @Arg('first', () => Int, { nullable: true, defaultValue: 100, description: 'Nodes listed at most, 1 to 1000.' })
    first: number,
    @Arg('types', () => [String], { nullable: true, description: 'Names of relationship types.' }) types?: string[],
    @Arg('filter', () => NodeFilterInput, {
      nullable: true,
      description: 'What is listed and counted; the way may lead through everything that the caller sees.',
    })
    filter?: NodeFilterInput | null,
    @Arg('withWay', () => Boolean, WITH_WAY) withWay?: boolean,
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<Neighbourhood> {
    within('depth', depth, 10)
    within('first', first, 1_000)
    checkTypes(context, types)
    const catalogue = context.services.catalogue.now
    const reach = viewerOf(context).reach('estate.read')
    const question = { depth, limit: first, types, filter: nodeFilterOf(filter), reach, withWay }
    const find = (graph: Graph, seq: number): Neighbourhood => {
      const answer = neighbourhoodOf(graph, catalogue, graph.ordinalOf(item.uuid), question)
      return {
        ...answer,
        seq,
        root: item,
        hiddenCount: answer.hidden,
        ...drawnOf(answer, item.asOf),
      }
    }
    if (!item.asOf) {
      await graphFor(context, atLeast)
      return context.services.topology.ask(find)
    }
    // One step more than is listed, for what is said to be left out around the last ones.
    const along = typesAlong(catalogue, 'ANY', types)
    const graph = await graphThen(context, item.asOf, [item.uuid], along, depth + 1)
    return find(graph, context.services.topology.seq)
  }
}

@Resolver(() => Neighbourhood)
export class NeighbourhoodResolver {
  @FieldResolver(() => ConfigurationItem)
  root(@Root() { root }: Neighbourhood, @Ctx() context: Context) {
    return itemOf(context, root.uuid, root.asOf)
  }
}
