/** Reads the whole graph out of PostgreSQL as a stream, in one snapshot. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { setImmediate as turn } from 'node:timers/promises'
import { Client } from 'pg'
import { copyOut } from '../../kernel/copy-out.ts'
import { rows } from '../../kernel/sql.ts'
import { Graph } from './graph.ts'

/** How many members a redundancy group needs, as SQL over an item's attributes. */
export const MINIMUM = `case when jsonb_typeof(attributes->'minimumWorking') = 'number' then (attributes->'minimumWorking')::int end`

export interface LoadOptions {
  /** Hears the share that is done, 0 to 1, as far as PostgreSQL knows how much there is. */
  onProgress?: (share: number) => void
  /** The graph as it was then, with the ordinals of now; left out: as it is. */
  at?: Date
}

export async function loadGraph(url: string, { onProgress = () => {}, at }: LoadOptions = {}): Promise<Graph> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // The statement under way fails, and says it.
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    const { rows: sizes } = await client.query<{ n: string }>(
      `select greatest(sum(reltuples), 1) as n from pg_class
       where oid in ('configuration_item'::regclass, 'relationship'::regclass)`,
    )
    const graph = new Graph()
    const { rows: orders } = await client.query<{ bytewise: boolean }>(
      `select coalesce(datlocale, datcollate) in ('C', 'POSIX', 'C.UTF-8', 'C.utf8') as bytewise
       from pg_database where datname = current_database()`,
    )
    graph.isBytewise = orders[0]!.bytewise
    await fill(graph, client, tablesOf(at), counting(Number(sizes[0]!.n), onProgress))
    await client.query('commit')
    await mergeSlowly(graph)
    return graph
  } finally {
    await client.end()
  }
}

/** What stands at an instant, or now, as it is written behind `from`. */
export function tablesOf(at?: Date): { items: string; relationships: string } {
  if (!at) return { items: 'configuration_item', relationships: 'relationship where valid_to is null' }
  // What is copied out takes no parameters; a Date writes nothing but digits and signs.
  const then = `'${at.toISOString()}'::timestamptz`
  const stood = `where valid_from <= ${then} and (valid_to is null or valid_to > ${then})`
  return { items: `configuration_item_version ${stood}`, relationships: `relationship ${stood}` }
}

async function fill(
  graph: Graph,
  client: Client,
  { items, relationships }: ReturnType<typeof tablesOf>,
  step: () => void,
): Promise<void> {
  const { nodes, edges } = graph
  const words = new Uint32Array(4)
  const { rows: highest } = await client.query<{ n: number }>(
    'select coalesce(max(ordinal) + 1, 0)::int as n from configuration_item',
  )
  nodes.reserve(highest[0]!.n)
  await copyOut(
    client,
    `select ordinal, uuid, coalesce(${MINIMUM}, -1), class_name, state, name, coalesce(site_id::text, ''),
       array_to_string(scope_ids, ',') from ${items} order by name${graph.isBytewise ? '' : ' collate "C"'}, uuid`,
    (row) => {
      const ordinal = row.int()
      row.uuid(words)
      const minimum = row.int()
      const [className, state, name, siteId] = [row.text(), row.text(), row.text(), row.text()]
      nodes.setWords(
        ordinal,
        words,
        { className, state, name, siteId, minimum: minimum < 0 ? null : minimum },
        row.text(),
      )
      graph.order.append(ordinal)
      step()
    },
  )
  const end = new Uint32Array(4)
  await copyOut(client, `select uuid, type, source_id, target_id from ${relationships}`, (row) => {
    row.uuid(words)
    const type = graph.typeNumber(row.text())
    row.uuid(end)
    const source = nodes.findWords(end)
    row.uuid(end)
    const target = nodes.findWords(end)
    if (source >= 0 && target >= 0) edges.collect(words, source, target, type)
    step()
  })
}

function counting(all: number, onProgress: (share: number) => void): () => void {
  let done = 0
  return () => {
    if (++done % 50_000 === 0) onProgress(Math.min(0.99, done / all))
  }
}

/** Merges what came late, and lets others have their turn in between. */
export async function mergeSlowly(graph: Graph): Promise<void> {
  for (const _ of graph.edges.merge(graph.nodes.length)) await turn()
}

/** What is now known of these items; those that are not there any more leave the graph. */
export async function readNodes(em: EntityManager, graph: Graph, uuids: readonly string[]): Promise<void> {
  if (uuids.length === 0) return
  const found = await rows<ItemRow>(
    em,
    `select ordinal, uuid, class_name, state, name, site_id, ${MINIMUM} as minimum, scope_ids::text[] as scope_ids
     from configuration_item where uuid = any($1::uuid[])`,
    [uuids],
  )
  const gone = new Set(uuids)
  for (const item of found) {
    gone.delete(item.uuid)
    graph.setNode(item.ordinal, {
      uuid: item.uuid,
      className: item.class_name,
      state: item.state,
      name: item.name,
      siteId: item.site_id,
      minimum: item.minimum,
      scopeIds: item.scope_ids,
    })
  }
  for (const uuid of gone) {
    const ordinal = graph.ordinalOf(uuid)
    if (ordinal !== undefined) graph.removeNode(ordinal)
  }
}

interface ItemRow {
  ordinal: number
  uuid: string
  class_name: string
  state: string
  name: string
  site_id: string | null
  minimum: number | null
  scope_ids: string[]
}
