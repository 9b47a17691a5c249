import type { Reach } from '../../kernel/context.ts'
import type { Graph } from './graph.ts'
import { passing, seeing, type NodeFilter } from './node-filter.ts'
import type { ImpactWay } from '../../catalogue/catalogue.ts'
import type { Held, Steps, Walk } from './walk.ts'

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
  /** What the asker may see; default the whole estate. The way may lead through what they do not see. */
  reach?: Reach
  /** Whether to find out what relates the listed nodes and what is around them; default true. `edges` and `hidden` need it. */
  drawn?: boolean
}

export interface ImpactAnswer {
  /** Number of the last event that the answer takes into account. */
  seq: number
  total: number
  truncated: boolean
  nodes: { uuid: string; distance: number; via: string | null; hidden: number }[]
  edges: { source: string; target: string; type: string }[]
  groups: { className: string; count: number }[]
  /** The business services among them, and how many of them each one stands on. */
  services: { uuid: string; count: number }[]
  /** Redundancy groups at which the way ended, because enough of their members remain. */
  held: { uuid: string; members: number; affected: number; minimum: number }[]
}

/** The answer about an item that is not there, but for its number. */
export const nothing = { total: 0, truncated: false, nodes: [], edges: [], groups: [], services: [], held: [] }

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
  const { direction = 'DEPENDANTS', depth = 3, limit = 200, drawn = true } = question
  const steps = stepsOf(graph, catalogue, direction, question.types)
  const sees = seeing(graph, question.reach ?? 'estate')
  const passes = passing(graph, question.filter)
  return graph.withWalk((walk) => {
    walk.run(graph, [root], steps, depth)
    const counts = new Int32Array(graph.nodes.classes.values.length)
    const listed: number[] = []
    const services: number[] = []
    const service = graph.nodes.classes.values.indexOf(SERVICE)
    let total = 0
    for (let at = walk.roots; at < walk.length; at++) {
      const node = walk.queue[at]!
      if (!sees(node) || !passes(node)) continue
      total++
      const ofClass = graph.nodes.classOf[node]!
      counts[ofClass]!++
      if (listed.length < limit) listed.push(node)
      if (ofClass === service && services.length < SERVICES) services.push(node)
    }
    return {
      seq,
      total,
      truncated: listed.length < total,
      ...(drawn ? draw(graph, walk, root, listed, steps, sees) : named(graph, walk, root, listed)),
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

/** The listed nodes, what relates them, and how many more there are around each. */
export function draw(
  graph: Graph,
  walk: Walk,
  root: number,
  listed: readonly number[],
  steps: Steps,
  sees: (node: number) => boolean,
): Pick<ImpactAnswer, 'nodes' | 'edges'> & { hidden: number } {
  const shown = new Set([root, ...listed])
  const edges: ImpactAnswer['edges'] = []
  const hidden = new Map<number, number>()
  for (const node of shown) {
    walk.forgetSeen()
    let more = 0
    eachStep(graph, node, steps, (other, type, isOut) => {
      if (shown.has(other)) {
        // A walk that goes both ways comes along it from each end.
        if (!isOut && steps.out[type] === 1) return
        const [source, target] = isOut ? [node, other] : [other, node]
        edges.push({ source: graph.nodes.uuid(source), target: graph.nodes.uuid(target), type: graph.types[type]! })
      } else if (graph.nodes.live[other] === 1 && sees(other) && walk.isFirst(other)) more++
    })
    hidden.set(node, more)
  }
  const { nodes } = named(graph, walk, root, listed)
  listed.forEach((node, at) => (nodes[at]!.hidden = hidden.get(node)!))
  return { nodes, edges, hidden: hidden.get(root)! }
}

/** The listed nodes alone. */
function named(
  graph: Graph,
  walk: Walk,
  root: number,
  listed: readonly number[],
): Pick<ImpactAnswer, 'nodes' | 'edges'> {
  const shown = new Set([root, ...listed])
  const nodes = listed.map((node) => ({
    uuid: graph.nodes.uuid(node),
    distance: walk.distance[node]!,
    via: nearestShown(node, walk, shown, graph),
    hidden: 0,
  }))
  return { nodes, edges: [] }
}

/** Every relationship of a node along which the walk goes. */
export function eachStep(
  graph: Graph,
  node: number,
  steps: Steps,
  visit: (other: number, type: number, isOut: boolean) => void,
): void {
  for (const isOut of [true, false]) {
    const { start, other, type } = isOut ? graph.edges.out : graph.edges.into
    const goes = isOut ? steps.out : steps.into
    for (let at = start[node] ?? 0; at < (start[node + 1] ?? 0); at++) {
      if (goes[type[at]!] === 1) visit(other[at]!, type[at]!, isOut)
    }
    graph.edges.late(node, isOut, (other, type) => goes[type] === 1 && visit(other, type, isOut))
  }
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

/** The next node on the way back to the root that the asker sees. */
function nearestShown(node: number, walk: Walk, shown: ReadonlySet<number>, graph: Graph): string | null {
  let at = walk.via[node]!
  while (at >= 0 && !shown.has(at)) at = walk.via[at]!
  return at < 0 ? null : graph.nodes.uuid(at)
}
