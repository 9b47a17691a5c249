import { Arg, Authorized, Ctx, ID, Int, Query, Resolver, registerEnumType } from 'type-graphql'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import { viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { BadInput, NotFound } from '../../kernel/errors.ts'
import { instantOf } from '../../kernel/moment.ts'
import { toNodeId, uuidOf } from '../../kernel/node-id.ts'
import { MomentScalar, Position, type Moment } from '../../kernel/scalars.ts'
import { MOST_FOR_COMMUNITIES, viewCluster, viewMap, type EstateMap, type MapWay } from './estate-map.ts'
import { EstateClusterView, EstateMapAnswer } from './estate-map.types.ts'
import type { Graph } from './graph.ts'
import { AT, AT_LEAST, seqOf, within } from './question.ts'
import { seeing } from './node-filter.ts'
import { GraphNotReady } from '../refusals.ts'

const MapWays = { COMMUNITY: 'COMMUNITY', SITE: 'SITE', CLASS: 'CLASS' } as const
registerEnumType(MapWays, {
  name: 'EstateMapWay',
  description:
    'COMMUNITY: items that have more to do with each other than with the rest. SITE and CLASS: of one site or class.',
})

const LINKS = 400

@Resolver()
export class EstateMapResolver {
  @Authorized('estate.read')
  @Query(() => EstateMapAnswer, { description: 'The whole estate as clusters with places.' })
  async estateMap(
    @Ctx() context: Context,
    @Arg('by', () => MapWays, { nullable: true, defaultValue: 'COMMUNITY' }) by: MapWay,
    @Arg('at', () => MomentScalar, AT) at?: Moment,
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<EstateMapAnswer> {
    const { map, graph, ...truth } = await mapOf(context, by, at, atLeast)
    const sees = seenBy(context, graph)
    const { clusters, links } = viewMap(graph, map, sees)
    return {
      ...truth,
      total: clusters.reduce((sum, { count }) => sum + count, 0),
      clusters: clusters.map(({ head, ...cluster }) => ({
        ...cluster,
        headId: toNodeId('ci', graph.nodes.uuid(head)),
        title: titleOf(graph, context.services.catalogue.now, map, head, sees),
      })),
      links: links.slice(0, LINKS),
    }
  }

  @Authorized('estate.read')
  @Query(() => EstateClusterView, { description: 'The items around one in its cluster of estateMap, with places.' })
  async estateCluster(
    @Ctx() context: Context,
    @Arg('by', () => MapWays, { nullable: true, defaultValue: 'COMMUNITY' }) by: MapWay,
    @Arg('itemId', () => ID, { description: 'Any item of the cluster; it is among those listed.' }) itemId: string,
    @Arg('first', () => Int, { nullable: true, defaultValue: 400, description: '1 to 2000.' }) first: number,
    @Arg('at', () => MomentScalar, AT) at?: Moment,
    @Arg('atLeast', () => Position, AT_LEAST) atLeast?: string,
  ): Promise<EstateClusterView> {
    within('first', first, 2_000)
    const uuid = uuidOf(itemId, 'ci', ['itemId'])
    const { map, graph, ...truth } = await mapOf(context, by, at, atLeast)
    const { nodes } = graph
    const catalogue = context.services.catalogue.now
    const sees = seenBy(context, graph)
    const around = graph.ordinalOf(uuid)
    if (around === undefined || !nodes.live[around] || (sees !== 'all' && !sees(around))) {
      throw new NotFound('configuration item', itemId, ['itemId'])
    }
    if ((map.clusterOf[around] ?? -1) < 0) {
      throw new GraphNotReady(`${nodes.names[around]} is newer than the map of the estate. Ask again in a moment.`, {
        field: ['itemId'],
        itemId,
      })
    }
    const view = viewCluster(graph, catalogue, map, around, first, sees)
    return {
      ...truth,
      title: titleOf(graph, catalogue, map, headOf(map, around, sees), sees),
      total: view.total,
      ids: view.nodes.map(({ node }) => toNodeId('ci', nodes.uuid(node))),
      names: view.nodes.map(({ node }) => nodes.names[node]!),
      classNames: view.nodes.map(({ node }) => nodes.className(node)),
      x: view.nodes.map(({ x }) => x),
      y: view.nodes.map(({ y }) => y),
      degrees: view.nodes.map(({ degree }) => degree),
      sources: view.edges.map(([source]) => source),
      targets: view.edges.map(([, target]) => target),
    }
  }
}

type Sees = ((node: number) => boolean) | 'all'

function seenBy(context: Context, graph: Graph): Sees {
  const reach = viewerOf(context).reach('estate.read')
  return reach === 'estate' ? 'all' : seeing(graph, reach)
}

/** Whoever stands for the cluster, if the asker sees it. */
function headOf(map: EstateMap, around: number, sees: Sees): number {
  const { head } = map.clusters[map.clusterOf[around]!]!
  return sees === 'all' || sees(head) ? head : around
}

interface Drawn {
  map: EstateMap
  graph: Graph
  seq: number
  isCurrent: boolean
}

/** The map with the graph it is of; who asks may not keep the graph. */
async function mapOf(context: Context, by: MapWay, at?: Moment, atLeast?: string): Promise<Drawn> {
  const { topology } = context.services
  const instant = await instantOf(context, at)
  if (instant) {
    const { graph, maps } = await topology.past.at(instant)
    refuseTooLarge(graph, by)
    return { map: await maps.of(graph, 0, by), graph, seq: topology.seq, isCurrent: true }
  }
  await topology.atLeast(atLeast)
  topology.ask((graph) => refuseTooLarge(graph, by))
  const map = await topology.map(by, seqOf(atLeast))
  return topology.ask((graph, seq) => {
    const isCurrent = map.version === graph.version
    return { map, graph, seq: isCurrent ? seq : map.seq, isCurrent }
  })
}

function refuseTooLarge(graph: Graph, by: MapWay): void {
  const { count } = graph.edges
  if (by !== 'COMMUNITY' || count <= MOST_FOR_COMMUNITIES) return
  throw new BadInput(
    `Communities are looked for among up to ${MOST_FOR_COMMUNITIES} relationships; there are ${count}. Ask by SITE or CLASS.`,
    { field: ['by'], rule: 'size of the graph', evidence: { relationships: count } },
  )
}

function titleOf(graph: Graph, catalogue: Catalogue, map: EstateMap, head: number, sees: Sees): string {
  const { nodes } = graph
  if (map.clusterOf[head] === map.rest)
    return { COMMUNITY: 'Small groups and single items', SITE: 'Other sites', CLASS: 'Other classes' }[map.by]
  if (map.by === 'CLASS') return catalogue.class(nodes.className(head))?.title ?? nodes.className(head)
  if (map.by === 'COMMUNITY') return nodes.names[head]!
  const site = nodes.site(head)
  if (site === null) return 'Without a site'
  const node = graph.ordinalOf(site)
  return node !== undefined && (sees === 'all' || sees(node)) ? nodes.names[node]! : 'A site that you do not see'
}
