import { Arg, Authorized, Ctx, FieldResolver, ID, Int, Query, Resolver, Root, registerEnumType } from 'type-graphql'
import { setImmediate as turn } from 'node:timers/promises'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import type {} from '../../catalogue/keeper.ts'
import { viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { BadInput, NotFound } from '../../kernel/errors.ts'
import { instantOf } from '../../kernel/moment.ts'
import { uuidOf } from '../../kernel/node-id.ts'
import { MomentScalar, Position, type Moment } from '../../kernel/scalars.ts'
import { graphThen, typesAlong } from '../time/past-graph.ts'
import { components } from './cycles.ts'
import { pathBetween, ringThrough, type PathStep } from './path.ts'
import type { Graph } from './graph.ts'
import { AT, AT_LEAST, checkTypes, graphFor, within } from './question.ts'
import { GraphCycle, GraphCycles, GraphPath, GraphPathStep, OutsideDependants } from './graph.types.ts'
import { countByClass, dependantsOutside, stepsOf } from './impact.ts'
import { seeing } from './node-filter.ts'
import { ConfigurationItem } from '../item.entity.ts'
import { itemOf, relationshipOf } from '../item.reads.ts'
import { Relationship } from '../relationship.entity.ts'

export const PathWays = { ANY: 'ANY', DEPENDANTS: 'DEPENDANTS', DEPENDENCIES: 'DEPENDENCIES' } as const
type PathWay = keyof typeof PathWays
registerEnumType(PathWays, {
  name: 'PathWay',
  description:
    'ANY: along every relationship, both ways. DEPENDANTS: as the first item is felt by the other. DEPENDENCIES: the reverse.',
})

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
    @Arg('at', () => MomentScalar, AT) at?: Moment,
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<GraphPath> {
    within('depth', depth, 100)
    checkTypes(context, types)
    const roots = [uuidOf(fromId, 'ci', ['fromId'])]
    const goal = uuidOf(toId, 'ci', ['toId'])
    const catalogue = context.services.catalogue.now
    const instant = await instantOf(context, at)
    const find = (graph: Graph, seq: number) => {
      const sees = seeing(graph, viewerOf(context).reach('estate.read'))
      const from = seen(graph, roots[0]!, sees, fromId, 'fromId')
      const to = seen(graph, goal, sees, toId, 'toId')
      const path = pathBetween(graph, from, to, stepsOf(graph, catalogue, way, types), depth, sees)
      const steps = (path ?? []).map(({ uuid, relationship }: PathStep) => ({
        itemId: uuid,
        via: relationship,
        asOf: instant,
      }))
      return { seq, length: path && path.length - 1, steps }
    }
    if (!instant) {
      await graphFor(context, atLeast)
      return context.services.topology.ask(find)
    }
    // Both ends, so that one that cannot be reached is told apart from one that is not there.
    const graph = await graphThen(context, instant, [...roots, goal], typesAlong(catalogue, way, types), depth)
    return find(graph, context.services.topology.seq)
  }

  @Authorized('estate.read')
  @Query(() => GraphCycles, { description: 'Items that depend on each other in a ring, the largest sets first.' })
  async graphCycles(
    @Ctx() context: Context,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20, description: 'Sets listed at most, 1 to 100.' })
    first: number,
    @Arg('types', () => [String], TYPES) types?: string[],
    @Arg('at', () => MomentScalar, AT) at?: Moment,
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<GraphCycles> {
    within('first', first, 100)
    checkTypes(context, types)
    const { topology } = context.services
    const instant = await instantOf(context, at)
    const begin = (graph: Graph, seq: number) => {
      const steps = stepsOf(graph, context.services.catalogue.now, 'DEPENDENCIES', types)
      const sees = seeing(graph, viewerOf(context).reach('estate.read'))
      return { graph, seq, steps, walk: components(graph, steps, sees) }
    }
    if (!instant) await graphFor(context, atLeast)
    const begun = instant ? begin((await topology.past.at(instant)).graph, topology.seq) : topology.ask(begin)
    const found = await inTurns(begun.walk, context.signal)
    const cycles = found.slice(0, first).map((component) => ({
      size: component.length,
      asOf: instant,
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
    @Arg('at', () => MomentScalar, AT) at?: Moment,
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<OutsideDependants> {
    within('first', first, 200)
    if (ids.length > 1_000) {
      throw new BadInput(`At most 1000 items can be asked about at once; these are ${ids.length}.`, { field: ['ids'] })
    }
    const uuids = ids.map((id) => uuidOf(id, 'ci', ['ids']))
    const catalogue: Catalogue = context.services.catalogue.now
    const instant = await instantOf(context, at)
    const find = (graph: Graph, seq: number) => {
      const sees = seeing(graph, viewerOf(context).reach('estate.read'))
      const roots = uuids.map((uuid, index) => seen(graph, uuid, sees, ids[index]!, 'ids'))
      const found = dependantsOutside(graph, catalogue, roots).filter(sees)
      const listed = found.slice(0, first).map((node) => graph.nodes.uuid(node))
      return {
        seq,
        total: found.length,
        truncated: listed.length < found.length,
        listed,
        asOf: instant,
        groups: countByClass(graph, found),
      }
    }
    if (!instant) {
      await graphFor(context, atLeast)
      return context.services.topology.ask(find)
    }
    const graph = await graphThen(context, instant, uuids, typesAlong(catalogue, 'DEPENDANTS'), Infinity)
    return find(graph, context.services.topology.seq)
  }
}

/** The ordinal of an item; what the caller does not see is not there. */
function seen(graph: Graph, uuid: string, sees: (node: number) => boolean, id: string, field: string): number {
  const node = graph.ordinalOf(uuid)
  if (node === undefined || !sees(node)) throw new NotFound('configuration item', id, [field])
  return node
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

@Resolver(() => GraphPathStep)
export class GraphPathStepResolver {
  @FieldResolver(() => ConfigurationItem)
  item(@Root() step: GraphPathStep, @Ctx() context: Context) {
    return itemOf(context, step.itemId, step.asOf)
  }

  @FieldResolver(() => Relationship, {
    nullable: true,
    description: 'By which it was reached, read from the step before; null for the first.',
  })
  async relationship(@Root() { via, asOf }: GraphPathStep, @Ctx() context: Context): Promise<Relationship | null> {
    if (!via) return null
    const found = await relationshipOf(context, via.uuid, asOf)
    return found && Object.assign(found, { seenFrom: via.direction })
  }
}

@Resolver(() => GraphCycle)
export class GraphCycleResolver {
  @FieldResolver(() => [ConfigurationItem], {
    description: 'A shortest ring through one of them: each depends on the next, the last on the first. At most 50.',
  })
  async ring(@Root() { ring, asOf }: GraphCycle, @Ctx() context: Context) {
    return (await Promise.all(ring.map((uuid) => itemOf(context, uuid, asOf)))).filter((item) => item !== null)
  }
}

@Resolver(() => OutsideDependants)
export class OutsideDependantsResolver {
  @FieldResolver(() => [ConfigurationItem], { description: 'The nearest ones.' })
  async items(@Root() { listed, asOf }: OutsideDependants, @Ctx() context: Context) {
    return (await Promise.all(listed.map((uuid) => itemOf(context, uuid, asOf)))).filter((item) => item !== null)
  }
}
