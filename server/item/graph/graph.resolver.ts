import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Query, Resolver, Root, registerEnumType } from 'type-graphql'
import { setImmediate as turn } from 'node:timers/promises'
import type {} from '../../catalogue/keeper.ts'
import { viewerOf } from '../../kernel/authorize.ts'
import { batch, byKey } from '../../kernel/batch.ts'
import type { Context } from '../../kernel/context.ts'
import { BadInput, NotFound } from '../../kernel/errors.ts'
import { toNodeId, uuidOf } from '../../kernel/node-id.ts'
import { Position } from '../../kernel/scalars.ts'
import { components } from './cycles.ts'
import { pathBetween, ringThrough, type PathStep } from './path.ts'
import { graphFor, within } from './question.ts'
import { GraphCycle, GraphCycles, GraphPath, GraphPathStep, Neighbourhood, OutsideDependants } from './graph.types.ts'
import { countByClass, dependantsOutside, neighbourhoodOf, seeing, stepsOf } from './impact.ts'
import { ConfigurationItem } from '../item.entity.ts'
import { itemOf } from '../item.reads.ts'
import { Relationship } from '../relationship.entity.ts'
import { relationshipsByUuid } from '../relationship.service.ts'

export const PathWays = { ANY: 'ANY', DEPENDANTS: 'DEPENDANTS', DEPENDENCIES: 'DEPENDENCIES' } as const
type PathWay = keyof typeof PathWays
registerEnumType(PathWays, {
  name: 'PathWay',
  description:
    'ANY: along every relationship, both ways. DEPENDANTS: as the first item is felt by the other. DEPENDENCIES: the reverse.',
})

const AT_LEAST = { nullable: true, description: 'Waits up to 2 s until the graph has come so far.' }
const TYPES = { nullable: true, description: 'Names of relationship types.' }
const RING = 50 // items of a cycle that are listed at most

@Resolver()
export class GraphResolver {
  @Authorized('estate.read')
  @Query(() => GraphPath, { description: 'The shortest way between two items, with the relationships on it.' })
  async graphPath(
    @Ctx() context: Context,
    @Arg('fromId', () => ID) fromId: string,
    @Arg('toId', () => ID) toId: string,
    @Arg('way', () => PathWays, { nullable: true, defaultValue: 'ANY' }) way: PathWay,
    @Arg('depth', () => Int, { nullable: true, defaultValue: 20, description: 'Steps at most, 1 to 100.' })
    depth: number,
    @Arg('types', () => [String], TYPES) types?: string[],
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<GraphPath> {
    within('depth', depth, 100)
    await graphFor(context, atLeast)
    return context.services.topology.ask((graph, seq) => {
      const sees = seeing(graph, viewerOf(context).reach('estate.read'))
      const nodeOf = (id: string, field: string) => {
        const node = graph.ordinalOf(uuidOf(id, 'ci', [field]))
        if (node === undefined || !sees(node)) throw new NotFound('configuration item', id, [field])
        return node
      }
      const path = pathBetween(
        graph,
        nodeOf(fromId, 'fromId'),
        nodeOf(toId, 'toId'),
        stepsOf(graph, context.services.catalogue.now, way, types),
        depth,
        sees,
      )
      const steps = (path ?? []).map(({ uuid, relationship }: PathStep) => ({ itemId: uuid, via: relationship }))
      return { seq, length: path && path.length - 1, steps }
    })
  }

  @Authorized('estate.read')
  @Query(() => GraphCycles, { description: 'Items that depend on each other in a ring, the largest sets first.' })
  async graphCycles(
    @Ctx() context: Context,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20, description: 'Sets listed at most, 1 to 100.' })
    first: number,
    @Arg('types', () => [String], TYPES) types?: string[],
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<GraphCycles> {
    within('first', first, 100)
    await graphFor(context, atLeast)
    const { topology } = context.services
    const begun = topology.ask((graph, seq) => {
      const steps = stepsOf(graph, context.services.catalogue.now, 'DEPENDENCIES', types)
      const sees = seeing(graph, viewerOf(context).reach('estate.read'))
      return { graph, seq, steps, walk: components(graph, steps, sees) }
    })
    const found = await inTurns(begun.walk, context.signal)
    const cycles = found.slice(0, first).map((component) => ({
      size: component.length,
      ring: ringThrough(begun.graph, component.at(-1)!, begun.steps, new Set(component))
        .slice(0, RING)
        .map((node) => begun.graph.nodes.uuid(node)),
    }))
    return { seq: begun.seq, total: found.length, cycles }
  }

  @Authorized('estate.read')
  @Query(() => OutsideDependants, {
    description: 'What depends, directly or not, on any of these items and is neither among them nor inside them.',
  })
  async dependantsOutside(
    @Ctx() context: Context,
    @Arg('ids', () => [ID], { description: 'At most 1000.' }) ids: string[],
    @Arg('first', () => Int, { nullable: true, defaultValue: 100, description: 'Items listed at most, 1 to 200.' })
    first: number,
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<OutsideDependants> {
    within('first', first, 200)
    if (ids.length > 1_000) {
      throw new BadInput(`At most 1000 items can be asked about at once; these are ${ids.length}.`, { field: ['ids'] })
    }
    const uuids = ids.map((id) => uuidOf(id, 'ci', ['ids']))
    await graphFor(context, atLeast)
    return context.services.topology.ask((graph, seq) => {
      const sees = seeing(graph, viewerOf(context).reach('estate.read'))
      const roots = uuids.map((uuid, index) => {
        const node = graph.ordinalOf(uuid)
        if (node === undefined || !sees(node)) throw new NotFound('configuration item', ids[index]!, ['ids'])
        return node
      })
      const found = dependantsOutside(graph, context.services.catalogue.now, roots).filter(sees)
      const listed = found.slice(0, first).map((node) => graph.nodes.uuid(node))
      return {
        seq,
        total: found.length,
        truncated: listed.length < found.length,
        listed,
        groups: countByClass(graph, found),
      }
    })
  }
}

/** Runs a long walk and lets others have their turn; stops when the time of the request is over. */
async function inTurns<T>(walk: Generator<void, T, void>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    const { done, value } = walk.next()
    if (done) return value
    await turn()
    signal?.throwIfAborted()
  }
}

/** What the graph adds to an item. */
@Resolver(() => ConfigurationItem)
export class ItemNeighbourhoodResolver {
  @FieldResolver(() => Neighbourhood, { description: 'What is around the item as the graph is now.' })
  async neighbourhood(
    @Root() item: ConfigurationItem,
    @Ctx() context: Context,
    @Arg('depth', () => Int, { nullable: true, defaultValue: 1, description: 'Steps, 1 to 10.' }) depth: number,
    @Arg('first', () => Int, { nullable: true, defaultValue: 100, description: 'Nodes listed at most, 1 to 1000.' })
    first: number,
    @Arg('types', () => [String], TYPES) types?: string[],
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<Neighbourhood> {
    within('depth', depth, 10)
    within('first', first, 1_000)
    if (item.asOf) {
      throw new BadInput('The neighbourhood is known as it is now; ask for relationships to see an earlier time.', {
        itemId: item.id,
        rule: 'now only',
      })
    }
    await graphFor(context, atLeast)
    return context.services.topology.ask((graph, seq) => {
      const reach = viewerOf(context).reach('estate.read')
      const answer = neighbourhoodOf(graph, context.services.catalogue.now, graph.ordinalOf(item.uuid), {
        depth,
        limit: first,
        types,
        reach,
      })
      return {
        ...answer,
        seq,
        root: item,
        hiddenCount: answer.hidden,
        nodes: answer.nodes.map(({ uuid, hidden, ...node }) => ({ ...node, itemId: uuid, hiddenCount: hidden })),
        edges: answer.edges.map(({ source, target, type }) => ({
          sourceId: toNodeId('ci', source),
          targetId: toNodeId('ci', target),
          type,
        })),
      }
    })
  }
}

@Resolver(() => Neighbourhood)
export class NeighbourhoodResolver {
  @FieldResolver(() => ConfigurationItem)
  root(@Root() neighbourhood: Neighbourhood) {
    return neighbourhood.root
  }
}

@Resolver(() => GraphPathStep)
export class GraphPathStepResolver {
  @FieldResolver(() => ConfigurationItem)
  item(@Root() step: GraphPathStep, @Ctx() context: Context) {
    return itemOf(context, step.itemId)
  }

  @FieldResolver(() => Relationship, {
    nullable: true,
    description: 'By which it was reached, read from the step before; null for the first.',
  })
  async relationship(@Root() { via }: GraphPathStep, @Ctx() context: Context): Promise<Relationship | null> {
    if (!via) return null
    const found = await batch(context, 'relationshipOfPath', via.uuid, async (uuids) =>
      byKey(await relationshipsByUuid(context.em, uuids, viewerOf(context)), ({ uuid }) => uuid),
    )
    return found && Object.assign(found, { seenFrom: via.direction })
  }
}

@Resolver(() => GraphCycle)
export class GraphCycleResolver {
  @FieldResolver(() => [ConfigurationItem], {
    description: 'A shortest ring through one of them: each depends on the next, the last on the first. At most 50.',
  })
  async ring(@Root() cycle: GraphCycle, @Ctx() context: Context) {
    return (await Promise.all(cycle.ring.map((uuid) => itemOf(context, uuid)))).filter((item) => item !== null)
  }
}

@Resolver(() => OutsideDependants)
export class OutsideDependantsResolver {
  @FieldResolver(() => [ConfigurationItem], { description: 'The nearest ones.' })
  async items(@Root() { listed }: OutsideDependants, @Ctx() context: Context) {
    return (await Promise.all(listed.map((uuid) => itemOf(context, uuid)))).filter((item) => item !== null)
  }
}
