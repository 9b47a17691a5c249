import { Arg, Authorized, Ctx, Int, Query, Resolver, registerEnumType } from 'type-graphql'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { MOST_FOR_COMMUNITIES, viewCluster, type EstateMap, type MapWay } from './estate-map.ts'
import { EstateClusterView, EstateMapAnswer } from './estate-map.types.ts'
import type { Graph } from './graph.ts'
import { within } from './graph-question.ts'
import { seeing } from './impact.ts'

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
  ): Promise<EstateMapAnswer> {
    const map = await mapOf(context, by)
    return context.services.topology.ask((graph) => {
      const catalogue = context.services.catalogue.now
      const reach = viewerOf(context).reach('estate.read')
      const sees = seeing(graph, reach)
      const counts = new Int32Array(map.clusters.length)
      const heads = new Int32Array(map.clusters.length).fill(-1)
      map.clusterOf.forEach((cluster, node) => {
        if (cluster < 0 || !graph.nodes.live[node] || !sees(node)) return
        counts[cluster]!++
        if (heads[cluster]! < 0) heads[cluster] = node
      })
      const clusters = map.clusters
        .filter(({ key }) => counts[key]! > 0)
        .map(({ key, head, x, y, radius }) => ({
          ...{ key, x, y, radius, count: counts[key]! },
          title: titleOf(graph, catalogue, map, key, sees(head) ? head : heads[key]!),
        }))
      // Who sees a part of the estate is not told how the rest hangs together.
      const links = reach === 'estate' ? map.links.slice(0, LINKS) : []
      return { seq: map.seq, total: counts.reduce((sum, count) => sum + count, 0), clusters, links }
    })
  }

  @Authorized('estate.read')
  @Query(() => EstateClusterView, { description: 'The items of one cluster of estateMap with places.' })
  async estateCluster(
    @Ctx() context: Context,
    @Arg('by', () => MapWays, { nullable: true, defaultValue: 'COMMUNITY' }) by: MapWay,
    @Arg('key', () => Int) key: number,
    @Arg('first', () => Int, { nullable: true, defaultValue: 400, description: '1 to 2000.' }) first: number,
  ): Promise<EstateClusterView> {
    within('first', first, 2_000)
    const map = await mapOf(context, by)
    if (!map.clusters[key]) throw new NotFound('cluster', String(key), ['key'])
    return context.services.topology.ask((graph) => {
      const { nodes } = graph
      const view = viewCluster(
        graph,
        context.services.catalogue.now,
        map,
        key,
        first,
        seeing(graph, viewerOf(context).reach('estate.read')),
      )
      return {
        seq: map.seq,
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
    })
  }
}

async function mapOf(context: Context, by: MapWay): Promise<EstateMap> {
  const { topology } = context.services
  await topology.atLeast(null)
  const count = topology.ask((graph) => graph.edges.count)
  if (by === 'COMMUNITY' && count > MOST_FOR_COMMUNITIES) {
    throw new BadInput(
      `Communities are looked for among up to ${MOST_FOR_COMMUNITIES} relationships; there are ${count}. Ask by SITE or CLASS.`,
      { field: ['by'], rule: 'size of the graph', evidence: { relationships: count } },
    )
  }
  return topology.map(by)
}

function titleOf(
  graph: Graph,
  catalogue: Catalogue,
  { by, clusters, clusterOf }: EstateMap,
  key: number,
  head: number,
): string {
  const isRest = key === clusters.length - 1 && by === 'COMMUNITY' && graph.edges.degree(head) < 2
  if (isRest) return 'Small groups and single items'
  if (by === 'CLASS') return catalogue.class(graph.nodes.className(head))?.title ?? graph.nodes.className(head)
  if (by === 'COMMUNITY') return graph.nodes.names[head]!
  const site = graph.nodes.site(head)
  const node = site === null ? undefined : graph.ordinalOf(site)
  return node === undefined || clusterOf[node] === undefined ? 'Without a site' : graph.nodes.names[node]!
}
