/** The whole estate as clusters with their places on a plane, and one cluster's items with theirs. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Graph } from './graph.ts'
import { communitiesOf } from './communities.ts'
import { GONE } from './edges.ts'
import { stepsOf, type ImpactRules } from './impact.ts'
import { placeClusters } from './place-clusters.ts'
import { eachStep, type Steps } from './walk.ts'

export type MapWay = 'COMMUNITY' | 'SITE' | 'CLASS'

export interface MapCluster {
  /** Names it within one map. */
  key: number
  count: number
  /** The item with the most relationships, which stands for a community; of a site or class any of its items. */
  head: number
  x: number
  y: number
  radius: number
}

export interface EstateMap {
  seq: number
  version: number
  by: MapWay
  clusters: MapCluster[]
  /** Place of the cluster that gathers what is too small for one of its own; the number of clusters when there is none. */
  rest: number
  /** How many relationships there are between two clusters, as places in `clusters`. */
  links: { a: number; b: number; count: number }[]
  /** Place in `clusters` of each node; -1 of what is not there. */
  clusterOf: Int32Array
}

/** Clusters that are drawn; the smaller ones are one cluster of their own, the last. */
const CLUSTERS = 120
/** Up to so many relationships communities are looked for. */
export const MOST_FOR_COMMUNITIES = 1_000_000

export async function drawEstate(graph: Graph, seq: number, by: MapWay): Promise<EstateMap> {
  const { version, nodes } = { version: graph.version, nodes: graph.nodes }
  const group = await groupOf(graph, by)
  const counts = new Map<number, number>()
  for (let node = 0; node < nodes.length; node++) {
    if (nodes.live[node]) counts.set(group[node]!, (counts.get(group[node]!) ?? 0) + 1)
  }
  const largest = [...counts].sort((a, b) => b[1] - a[1])
  const kept = largest.filter(([, count], place) => place < CLUSTERS - 1 && (by !== 'COMMUNITY' || count > 2))
  const places = new Map(kept.map(([key], place) => [key, place]))
  const rest = kept.length
  const clusterOf = new Int32Array(nodes.length).fill(-1)
  const heads = new Int32Array(kept.length + 1).fill(-1)
  const size = new Int32Array(kept.length + 1)
  for (let node = 0; node < nodes.length; node++) {
    if (!nodes.live[node]) continue
    const place = places.get(group[node]!) ?? rest
    clusterOf[node] = place
    size[place]!++
    if (heads[place]! < 0 || graph.edges.degree(node) > graph.edges.degree(heads[place]!)) heads[place] = node
  }
  await turn()
  const links = await linksBetween(graph, clusterOf, kept.length + 1)
  const counted = [...size].slice(0, size[rest] ? rest + 1 : rest)
  const spots = placeClusters(counted, links)
  const clusters = counted.map((count, key) => ({ key, count, head: heads[key]!, ...spots[key]! }))
  return { seq, version, by, clusters, rest, links, clusterOf }
}

async function groupOf(graph: Graph, by: MapWay): Promise<ArrayLike<number>> {
  if (by === 'SITE') return graph.nodes.siteOf
  if (by === 'CLASS') return graph.nodes.classOf
  const walk = communitiesOf(graph)
  for (;;) {
    const { done, value } = walk.next()
    if (done) return value
    await turn()
  }
}

async function linksBetween(graph: Graph, clusterOf: Int32Array, clusters: number): Promise<EstateMap['links']> {
  const sums = new Int32Array(clusters * clusters)
  const { start, other, type } = graph.edges.out
  const add = (one: number, two: number) => {
    const [a, b] = [clusterOf[one]!, clusterOf[two]!]
    if (a !== b && a >= 0 && b >= 0) sums[Math.min(a, b) * clusters + Math.max(a, b)]!++
  }
  for (let node = 0; node < clusterOf.length; node++) {
    if (node % 50_000 === 0) await turn()
    for (let at = start[node] ?? 0; at < (start[node + 1] ?? 0); at++) if (type[at] !== GONE) add(node, other[at]!)
    graph.edges.late(node, true, (target) => add(node, target))
  }
  const links: EstateMap['links'] = []
  sums.forEach((count, pair) => count && links.push({ a: Math.floor(pair / clusters), b: pair % clusters, count }))
  return links.sort((a, b) => b.count - a.count)
}

/** The clusters as somebody sees them; their keys are places in the answer. */
export interface MapView {
  clusters: MapCluster[]
  links: EstateMap['links']
}

/**
 * Who sees a part of the estate is told nothing of the rest: not by a count, a head, the size of a circle or its place, nor
 * how clusters hang together.
 */
export function viewMap(graph: Graph, map: EstateMap, sees: ((node: number) => boolean) | 'all'): MapView {
  const counts = new Int32Array(map.clusters.length)
  const heads = new Int32Array(map.clusters.length).fill(-1)
  map.clusterOf.forEach((cluster, node) => {
    if (cluster < 0 || !graph.nodes.live[node] || (sees !== 'all' && !sees(node))) return
    counts[cluster]!++
    if (heads[cluster]! < 0) heads[cluster] = node
  })
  const there = map.clusters.filter(({ key }) => counts[key]! > 0)
  const keys = new Map(there.map(({ key }, place) => [key, place]))
  const spots =
    sees === 'all'
      ? null
      : placeClusters(
          there.map(({ key }) => counts[key]!),
          [],
        )
  const headOf = ({ key, head }: MapCluster) =>
    graph.nodes.live[head] && (sees === 'all' || sees(head)) ? head : heads[key]!
  return {
    clusters: there.map((cluster, key) => ({
      ...cluster,
      ...spots?.[key],
      ...{ key, count: counts[cluster.key]!, head: headOf(cluster) },
    })),
    links:
      sees === 'all'
        ? map.links
            .filter(({ a, b }) => keys.has(a) && keys.has(b))
            .map(({ a, b, count }) => ({ a: keys.get(a)!, b: keys.get(b)!, count }))
        : [],
  }
}

export interface ClusterView {
  total: number
  nodes: { node: number; x: number; y: number; degree: number }[]
  /** Relationships among them, as places in `nodes`. */
  edges: [number, number][]
}

/**
 * The items around one in its cluster, those with the most relationships first, as a sunflower carries its seeds: those in
 * the middle. The one itself is always among them.
 */
export function viewCluster(
  graph: Graph,
  catalogue: ImpactRules,
  map: EstateMap,
  around: number,
  limit: number,
  sees: ((node: number) => boolean) | 'all',
): ClusterView {
  const inside: number[] = []
  const key = map.clusterOf[around]
  for (let node = 0; node < map.clusterOf.length; node++) {
    if (map.clusterOf[node] === key && graph.nodes.live[node] && (sees === 'all' || sees(node))) inside.push(node)
  }
  const steps = stepsOf(graph, catalogue, 'ANY')
  const degree = new Map(inside.map((node) => [node, degreeOf(graph, node, steps, sees)]))
  const shown = inside.sort((a, b) => degree.get(b)! - degree.get(a)! || a - b).slice(0, limit)
  if (!shown.includes(around)) shown[shown.length - 1] = around
  const places = new Map(shown.map((node, place) => [node, place]))
  const edges: [number, number][] = []
  shown.forEach((node, place) =>
    eachStep(graph, node, steps, (other, _type, isOut) => {
      const there = places.get(other)
      if (isOut && there !== undefined) edges.push([place, there])
    }),
  )
  const golden = Math.PI * (3 - Math.sqrt(5))
  const nodes = shown.map((node, place) => ({
    node,
    x: Math.cos(place * golden) * Math.sqrt(place + 0.5) * 12,
    y: Math.sin(place * golden) * Math.sqrt(place + 0.5) * 12,
    degree: degree.get(node)!,
  }))
  return { total: inside.length, nodes, edges }
}

/** How many relationships it has to what the asker sees. */
function degreeOf(graph: Graph, node: number, steps: Steps, sees: ((node: number) => boolean) | 'all'): number {
  let degree = 0
  eachStep(graph, node, steps, (other) => {
    if (graph.nodes.live[other] && (sees === 'all' || sees(other))) degree++
  })
  return degree
}
