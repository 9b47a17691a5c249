/**
 * The graph around items as it was at an earlier time, read from PostgreSQL: what is asked of it is answered as the graph in
 * memory answers for now. The walk in SQL is bounded; what lies beyond is said to be left out.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Context } from '../../kernel/context.ts'
import { rows } from '../../kernel/sql.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import { Graph } from '../graph/graph.ts'
import {
  impactOf,
  MEMBERSHIP,
  nothing,
  type GraphDirection,
  type ImpactAnswer,
  type ImpactQuestion,
} from '../graph/impact.ts'
import { MINIMUM } from '../graph/load.ts'
import type {} from '../graph/topology.ts'
import { validAt } from '../valid-at.ts'

/** So many items are looked at; they are the nearest. */
const REACH = 20_000
/** Up to so many steps the walk counts them, for which it comes to an item once for each distance. */
const COUNTED = 4

/** Names of the relationship types along which a walk goes; null: all. */
interface Goes {
  along: string[] | null
  against: string[] | null
  /** The type whose sources are read too, for the groups that the walk comes to: whether they stand depends on all members. */
  members?: string
}

export interface PartOfPast {
  graph: Graph
  /** Whether there is more than was looked at. */
  truncated: boolean
}

/** The items around these, as far as the walk goes. Two statements. */
export async function graphAround(
  em: EntityManager,
  at: Date,
  roots: readonly string[],
  { along, against, members }: Goes,
  depth: number,
  most = REACH,
): Promise<PartOfPast> {
  // Rows of a recursive query come in the order of the walk, so the limit leaves out the farthest.
  const nodes = await rows<NodeRow>(
    em,
    `with recursive reached(uuid, distance) as (
       select unnest($2::uuid[]), 0
       union
       select n.uuid, w.distance + $5::int from reached w cross join lateral (
         select r.target_id as uuid from relationship r
         where r.source_id = w.uuid and ($3::text[] is null or r.type = any($3)) and ${validAt('r')}
         union all
         select r.source_id from relationship r
         where r.target_id = w.uuid and ($4::text[] is null or r.type = any($4)) and ${validAt('r')}) n
       where $6::int is null or w.distance < $6),
     first as (select uuid from reached limit ${most + 1})
     select v.uuid, v.class_name, v.state, v.site_id, ${MINIMUM} as minimum, v.scope_ids::text[] as scope_ids,
       (select count(*) > ${most} from first) as more
     from (select uuid from first union
       select r.source_id from first join relationship r on r.target_id = first.uuid and r.type = $7 and ${validAt('r')}
     ) w join configuration_item_version v on v.uuid = w.uuid and ${validAt('v')}`,
    [at, roots, along, against, depth <= COUNTED ? 1 : 0, depth === Infinity ? null : depth, members ?? null],
  )
  const edges = await rows<EdgeRow>(
    em,
    `select r.uuid, r.type, r.source_id, r.target_id from relationship r
     where r.source_id = any($2::uuid[]) and r.target_id = any($2::uuid[])
       and ($3::text[] is null or r.type = any($3)) and ${validAt('r')}`,
    [at, nodes.map((node) => node.uuid), along && against && [...along, ...against]],
  )
  // Dense numbers of its own: those of the estate would make arrays as long as the estate.
  const graph = new Graph()
  nodes.forEach((node, ordinal) =>
    graph.setNode(ordinal, {
      uuid: node.uuid,
      className: node.class_name,
      scopeIds: node.scope_ids,
      state: node.state,
      siteId: node.site_id,
      minimum: node.minimum,
    }),
  )
  for (const edge of edges) {
    graph.addEdge(edge.uuid, graph.ordinalOf(edge.source_id)!, graph.ordinalOf(edge.target_id)!, edge.type)
  }
  graph.build()
  return { graph, truncated: nodes[0]?.more ?? false }
}

/** Along which relationships a walk goes: those by which impact travels, or all of them both ways. */
export function typesAlong(
  catalogue: Catalogue,
  direction: GraphDirection | 'ANY',
  types?: readonly string[] | null,
): Goes {
  if (direction === 'ANY') return { along: types ? [...types] : null, against: types ? [...types] : null }
  const goes = (way: string) =>
    catalogue.relationshipTypes
      .filter(({ name, impact }) => impact === way && (types?.includes(name) ?? true))
      .map(({ name }) => name)
  const [forth, back] = [goes('SOURCE_TO_TARGET'), goes('TARGET_TO_SOURCE')]
  return direction === 'DEPENDANTS'
    ? { along: forth, against: back, members: MEMBERSHIP }
    : { along: back, against: forth }
}

/** The same where nothing may be left out: if the part is not all, the whole graph of the instant. */
export async function graphThen(context: Context, at: Date, ...part: PartArgs): Promise<Graph> {
  const { graph, truncated } = await graphAround(context.em, at, ...part)
  return truncated ? (await context.services.topology.past.at(at)).graph : graph
}

type PartArgs = Parameters<typeof graphAround> extends [unknown, unknown, ...infer Rest] ? Rest : never

/** What was affected when an item changed, or what affected it; `seq` is left to the caller. */
export async function impactAt(
  context: Context,
  at: Date,
  uuid: string,
  question: ImpactQuestion,
): Promise<Omit<ImpactAnswer, 'seq'>> {
  const { direction = 'DEPENDANTS', depth = 3, types } = question
  const catalogue = context.services.catalogue.now
  // One step more than is listed, for what is said to be left out around the last ones.
  const graph = await graphThen(context, at, [uuid], typesAlong(catalogue, direction, types), depth + 1)
  const root = graph.ordinalOf(uuid)
  if (root === undefined) return { ...nothing }
  const { seq: _seq, ...answer } = impactOf(graph, catalogue, root, question, 0)
  return answer
}

interface NodeRow {
  uuid: string
  class_name: string
  state: string
  site_id: string | null
  minimum: number | null
  scope_ids: string[]
  more: boolean
}

interface EdgeRow {
  uuid: string
  type: string
  source_id: string
  target_id: string
}
