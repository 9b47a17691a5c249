/**
 * The graph around one item as it was at an earlier time, read from PostgreSQL: the same answer as the topology in memory
 * gives for now. The walk in SQL is bounded; what lies beyond is said to be left out.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import type { Catalogue } from '../../catalogue/catalogue.ts'
import { Graph } from '../graph/graph.ts'
import { impactOf, nothing, type ImpactAnswer, type ImpactQuestion } from '../graph/impact.ts'
import { MINIMUM } from '../graph/load.ts'

/** So many items are looked at; they are the nearest. */
const REACH = 20_000

const valid = (alias: string) =>
  `${alias}.valid_from <= $1::timestamptz and (${alias}.valid_to is null or ${alias}.valid_to > $1::timestamptz)`

/** What was affected when an item changed, or what affected it; `seq` is left to the caller. Two statements. */
export async function impactAt(
  em: EntityManager,
  catalogue: Catalogue,
  at: Date,
  uuid: string,
  question: ImpactQuestion,
): Promise<Omit<ImpactAnswer, 'seq'>> {
  const goes = (way: string) =>
    catalogue.relationshipTypes
      .filter(({ name, impact }) => impact === way && (question.types?.includes(name) ?? true))
      .map(({ name }) => name)
  const isForward = (question.direction ?? 'DEPENDANTS') === 'DEPENDANTS'
  const [along, against] = isForward
    ? [goes('SOURCE_TO_TARGET'), goes('TARGET_TO_SOURCE')]
    : [goes('TARGET_TO_SOURCE'), goes('SOURCE_TO_TARGET')]
  // Rows of a recursive query come in the order of the walk, so the limit leaves out the farthest.
  const nodes = await rows<NodeRow>(
    em,
    `with recursive reached(uuid) as (
       select $2::uuid
       union
       select n.uuid from reached w cross join lateral (
         select r.target_id as uuid from relationship r where r.source_id = w.uuid and r.type = any($3) and ${valid('r')}
         union all
         select r.source_id from relationship r where r.target_id = w.uuid and r.type = any($4) and ${valid('r')}) n)
     select v.uuid, v.class_name, v.state, v.site_id, ${MINIMUM} as minimum, v.scope_ids::text[] as scope_ids
     from (select uuid from reached limit ${REACH + 1}) w join configuration_item_version v on v.uuid = w.uuid and ${valid('v')}`,
    [at, uuid, along, against],
  )
  const edges = await rows<EdgeRow>(
    em,
    `select r.uuid, r.type, r.source_id, r.target_id from relationship r
     where r.source_id = any($2::uuid[]) and r.target_id = any($2::uuid[]) and r.type = any($3) and ${valid('r')}`,
    [at, nodes.map((node) => node.uuid), [...along, ...against]],
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
  const root = graph.ordinalOf(uuid)
  if (root === undefined) return { ...nothing }
  const { seq: _seq, ...answer } = impactOf(graph, catalogue, root, question, 0)
  return { ...answer, truncated: answer.truncated || nodes.length > REACH }
}

interface NodeRow {
  uuid: string
  class_name: string
  state: string
  site_id: string | null
  minimum: number | null
  scope_ids: string[]
}

interface EdgeRow {
  uuid: string
  type: string
  source_id: string
  target_id: string
}
