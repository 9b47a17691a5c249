/** The whole estate as clusters with their places on a plane, and one cluster's items with theirs. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Graph } from './graph.ts'
import { communitiesOf } from './graph-communities.ts'
import { eachStep, stepsOf, type ImpactRules } from './impact.ts'
import { placeClusters } from './place-clusters.ts'

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
  return { seq, version, by, clusters, links, clusterOf }
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
  const { start, other } = graph.edges.out
  for (let node = 0; node + 1 < start.length; node++) {
    if (node % 50_000 === 0) await turn()
    for (let at = start[node]!; at < start[node + 1]!; at++) {
      const [a, b] = [clusterOf[node]!, clusterOf[other[at]!]!]
      if (a !== b && a >= 0 && b >= 0) sums[Math.min(a, b) * clusters + Math.max(a, b)]!++
    }
  }
  const links: EstateMap['links'] = []
  sums.forEach((count, pair) => count && links.push({ a: Math.floor(pair / clusters), b: pair % clusters, count }))
  return links.sort((a, b) => b.count - a.count)
}

export interface ClusterView {
  total: number
  nodes: { node: number; x: number; y: number; degree: number }[]
  /** Relationships among them, as places in `nodes`. */
  edges: [number, number][]
}

/** The items of a cluster with the most relationships first, as a sunflower carries its seeds: those in the middle. */
export function viewCluster(
  graph: Graph,
  catalogue: ImpactRules,
  map: EstateMap,
  key: number,
  limit: number,
  sees: (node: number) => boolean,
): ClusterView {
  const inside: number[] = []
  for (let node = 0; node < map.clusterOf.length; node++) {
    if (map.clusterOf[node] === key && graph.nodes.live[node] && sees(node)) inside.push(node)
  }
  const degree = new Map(inside.map((node) => [node, graph.edges.degree(node)]))
  const shown = inside.sort((a, b) => degree.get(b)! - degree.get(a)! || a - b).slice(0, limit)
  const places = new Map(shown.map((node, place) => [node, place]))
  const steps = stepsOf(graph, catalogue, 'ANY')
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
