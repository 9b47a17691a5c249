import type { Reach } from '../../kernel/context.ts'
import type { Graph } from './graph.ts'
import { passing, seeing, type NodeFilter } from './node-filter.ts'
import type { ImpactWay } from '../../catalogue/catalogue.ts'
import type { Held, Steps, Walk } from './walk.ts'
import { draw, listing, named, type Drawn } from './drawn.ts'

export type GraphDirection = 'DEPENDANTS' | 'DEPENDENCIES'

/** Members of a group that needs only some of them belong to it by this type. */
export const MEMBERSHIP = 'memberOf'
const SERVICE = 'BusinessService'
/** So many services are counted; they are the nearest. */
const SERVICES = 50

export interface ImpactQuestion {
  /** DEPENDANTS: what suffers when the item changes. DEPENDENCIES: what it suffers from. */
  direction?: GraphDirection
  /** Names of relationship types; all of them when left out. */
  types?: readonly string[] | null
  /** Steps from the root, default 3. */
  depth?: number
  /** How many nodes the answer lists at most, nearest first; default 200. `total` counts all. */
  limit?: number
  filter?: NodeFilter | null
  /** Whether to list too what the filter leaves out and the way to the listed leads through; default false. */
  withWay?: boolean
  /** What the asker may see; default the whole estate. The way may lead through what they do not see. */
  reach?: Reach
  /** Whether to find out what relates the listed nodes and what is around them; default true. `edges` and `hidden` need it. */
  drawn?: boolean
}

export interface ImpactAnswer extends Drawn {
  /** Number of the last event that the answer takes into account. */
  seq: number
  total: number
  truncated: boolean
  groups: { className: string; count: number }[]
  /** The business services among them, and how many of them each one stands on. */
  services: { uuid: string; count: number }[]
  /** Redundancy groups at which the way ended, because enough of their members remain. */
  held: { uuid: string; members: number; affected: number; minimum: number }[]
}

/** The answer about an item that is not there, but for its number. */
export const nothing = {
  total: 0,
  truncated: false,
  nodes: [],
  between: [],
  edges: [],
  groups: [],
  services: [],
  held: [],
}

/** What a walk wants to know of the catalogue. */
export interface ImpactRules {
  relationshipType(name: string): { impact: ImpactWay } | undefined
}

/** Which relationships a walk follows: those along which impact goes, or all of them both ways. */
export function stepsOf(
  graph: Graph,
  catalogue: ImpactRules,
  direction: GraphDirection | 'ANY',
  types?: readonly string[] | null,
): Steps {
  const steps: Steps = { out: new Uint8Array(256), into: new Uint8Array(256), membership: -1 }
  graph.types.forEach((name, type) => {
    if (direction === 'ANY') steps.out[type] = steps.into[type] = !types || types.includes(name) ? 1 : 0
    if (direction === 'ANY') return
    const impact = types && !types.includes(name) ? 'NONE' : (catalogue.relationshipType(name)?.impact ?? 'NONE')
    if (impact === 'NONE') return
    const goes = (impact === 'SOURCE_TO_TARGET') === (direction === 'DEPENDANTS') ? steps.out : steps.into
    goes[type] = 1
  })
  if (direction === 'DEPENDANTS') steps.membership = graph.types.indexOf(MEMBERSHIP)
  return steps
}

/** What is affected when `root` changes (or what affects it). */
export function impactOf(
  graph: Graph,
  catalogue: ImpactRules,
  root: number,
  question: ImpactQuestion,
  seq: number,
): ImpactAnswer {
  const { direction = 'DEPENDANTS', depth = 3, limit = 200, drawn = true, withWay = false } = question
  const steps = stepsOf(graph, catalogue, direction, question.types)
  const sees = seeing(graph, question.reach ?? 'estate')
  const passes = passing(graph, question.filter)
  return graph.withWalk((walk) => {
    walk.run(graph, [root], steps, depth)
    const counts = new Int32Array(graph.nodes.classes.values.length)
    const list = listing(walk, limit, sees, withWay)
    const services: number[] = []
    const service = graph.nodes.classes.values.indexOf(SERVICE)
    let total = 0
    for (let at = walk.roots; at < walk.length; at++) {
      const node = walk.queue[at]!
      if (!sees(node) || !passes(node)) continue
      total++
      const ofClass = graph.nodes.classOf[node]!
      counts[ofClass]!++
      list.add(node)
      if (ofClass === service && services.length < SERVICES) services.push(node)
    }
    return {
      seq,
      total,
      truncated: list.listed.length < total,
      ...(drawn
        ? draw(graph, walk, root, list, steps, (node) => sees(node) && passes(node))
        : named(graph, walk, root, list)),
      groups: groupsOf(graph, counts),
      services: countServices(
        graph,
        catalogue,
        walk,
        services,
        direction,
        question.types,
        (node) => sees(node) && passes(node),
      ),
      held: walk
        .held(graph)
        .filter(({ node }) => sees(node))
        .map(({ node, ...rest }: Held) => ({ uuid: graph.nodes.uuid(node), ...rest })),
    }
  })
}

/** How many of what the walk reached each service stands on, itself left out. */
function countServices(
  graph: Graph,
  catalogue: ImpactRules,
  walk: Walk,
  services: readonly number[],
  direction: GraphDirection,
  types: readonly string[] | null | undefined,
  counts: (node: number) => boolean,
): ImpactAnswer['services'] {
  const back = stepsOf(graph, catalogue, direction === 'DEPENDANTS' ? 'DEPENDENCIES' : 'DEPENDANTS', types)
  return services.map((service) => ({
    uuid: graph.nodes.uuid(service),
    count: graph.withWalk((inner) => {
      inner.run(graph, [service], back, Infinity, (node) => walk.has(node))
      let count = 0
      for (let at = 1; at < inner.length; at++) {
        const node = inner.queue[at]!
        if (walk.distance[node]! > 0 && counts(node)) count++
      }
      return count
    }),
  }))
}

/** Items that depend on any of `roots` and are neither among them nor inside them. */
export function dependantsOutside(graph: Graph, catalogue: ImpactRules, roots: readonly number[]): number[] {
  const targets = new Set(roots.map((root) => graph.nodes.uuid(root)))
  const inside = graph.nodes.scopes.values.map((scopes) => scopes.some((scope) => targets.has(scope)))
  return graph.withWalk((walk) => {
    walk.run(graph, roots, stepsOf(graph, catalogue, 'DEPENDANTS'), Infinity)
    return Array.from(walk.queue.subarray(walk.roots, walk.length)).filter(
      (node) => !inside[graph.nodes.scopesOf[node]!],
    )
  })
}

export function countByClass(graph: Graph, found: readonly number[]): ImpactAnswer['groups'] {
  const counts = new Int32Array(graph.nodes.classes.values.length)
  for (const node of found) counts[graph.nodes.classOf[node]!]!++
  return groupsOf(graph, counts)
}

const groupsOf = (graph: Graph, counts: Int32Array): ImpactAnswer['groups'] =>
  [...counts]
    .map((count, number) => ({ className: graph.nodes.classes.values[number]!, count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
