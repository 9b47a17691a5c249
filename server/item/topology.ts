/**
 * The graph of items in memory: rebuilt from PostgreSQL at start, kept current by the event log. Every answer says the
 * number of the last event that it takes into account.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { IsolationLevel, type EntityManager } from '@mikro-orm/postgresql'
import type { EventBatch, EventLog } from '../kernel/event-log.ts'
import type { Topics } from '../kernel/events.ts'
import { rows } from '../kernel/sql.ts'
import type { CatalogueKeeper } from '../catalogue/keeper.ts'
import { Graph } from './graph.ts'
import { dependantsOutside, impactOf, type ImpactAnswer, type ImpactQuestion } from './impact.ts'
import type { RelationDirection } from './relationship.entity.ts'

declare module '../kernel/context.ts' {
  interface Services {
    topology: Topology
  }
}

export interface Topology {
  /** Number of the last event taken into account. */
  readonly seq: number
  /** What is affected when an item changes, or what affects it; empty for an unknown item. UUIDs. */
  impact(uuid: string, question?: ImpactQuestion): ImpactAnswer
  /** Items that depend, directly or not, on any of these and are neither among them nor inside them. UUIDs. */
  dependantsOutside(uuids: readonly string[]): string[]
  /** The neighbours of an item; OUT: the item is the source. */
  related(uuid: string): { uuid: string; type: string; direction: RelationDirection }[]
  /** Whether it knows the item; waits up to 1 s for one that is on its way through the log. */
  knows(uuid: string): Promise<boolean>
  /** Ends following the log. */
  close(): Promise<void>
}

/** Loads the graph and follows the log from there. `onFault` hears of what made it load anew. */
export async function startTopology(
  em: EntityManager,
  events: EventLog,
  catalogue: Pick<CatalogueKeeper, 'now'>,
  onFault: (fault: unknown) => void,
): Promise<Topology> {
  const stop = new AbortController()
  let state = await load(em.fork(), events)
  const following = follow()

  async function follow(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        const filter = { topics: ['item.changed', 'relationship.changed'] as const, reach: 'estate' as const }
        for await (const batch of events.read(filter, events.positionAt(state.seq), stop.signal)) {
          if (batch.resync) break
          await apply(em.fork(), state.graph, batch)
          state.seq = batch.seq
        }
        if (!stop.signal.aborted) state = await load(em.fork(), events)
      } catch (fault) {
        if (stop.signal.aborted) return
        onFault(fault)
        await sleep(1_000, undefined, { signal: stop.signal }).catch(() => {}) // 1 s
      }
    }
  }

  return {
    get seq() {
      return state.seq
    },
    impact(uuid, question = {}) {
      const root = state.graph.ordinalOf(uuid)
      if (root !== undefined) return impactOf(state.graph, catalogue.now, root, question, state.seq)
      return { seq: state.seq, total: 0, truncated: false, nodes: [], edges: [], groups: [] }
    },
    dependantsOutside(uuids) {
      const roots = uuids.map((uuid) => state.graph.ordinalOf(uuid)).filter((one) => one !== undefined)
      return dependantsOutside(state.graph, catalogue.now, roots)
    },
    related(uuid) {
      const { graph } = state
      const found: ReturnType<Topology['related']> = []
      const root = graph.ordinalOf(uuid)
      if (root === undefined) return found
      graph.edgesOf(root, (other, type, isOut) => {
        found.push({ uuid: graph.uuids[other]!, type: graph.types[type]!, direction: isOut ? 'OUT' : 'IN' })
      })
      return found
    },
    async knows(uuid) {
      const known = () => state.graph.ordinalOf(uuid) !== undefined
      for (let waited = 0; !known() && waited < 1_000; waited += 10) await sleep(10) // 1 s
      return known()
    },
    async close() {
      stop.abort()
      await following
    },
  }
}

interface State {
  graph: Graph
  seq: number
}

/**
 * The number is read before the rows: events that the rows contain already are applied once more, which changes nothing.
 */
async function load(em: EntityManager, events: EventLog): Promise<State> {
  const seq = events.head()
  const graph = new Graph()
  await em.transactional(
    async (em) => {
      const items = await rows<ItemRow>(em, `select ${itemColumns} from configuration_item`)
      for (const item of items) graph.setNode(item.ordinal, item.uuid, item.class_name, item.scope_ids)
      const edges = await rows<{ uuid: string; type: string; source_id: string; target_id: string }>(
        em,
        'select uuid, type, source_id, target_id from relationship where valid_to is null',
      )
      for (const edge of edges) addEdge(graph, edge.uuid, edge.type, edge.source_id, edge.target_id)
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  )
  graph.build()
  return { graph, seq }
}

interface ItemRow {
  ordinal: number
  uuid: string
  class_name: string
  scope_ids: string[]
}
const itemColumns = 'ordinal, uuid, class_name, scope_ids::text[] as scope_ids'

function addEdge(graph: Graph, uuid: string, type: string, sourceId: string, targetId: string): void {
  const source = graph.ordinalOf(sourceId)
  const target = graph.ordinalOf(targetId)
  if (source !== undefined && target !== undefined) graph.addEdge(uuid, source, target, type)
}

async function apply(em: EntityManager, graph: Graph, batch: EventBatch): Promise<void> {
  if (batch.events.length === 0) return
  const edges = batch.events
    .filter(({ topic }) => topic === 'relationship.changed')
    .map(({ subject, payload }) => ({ uuid: subject, ...(payload as Topics['relationship.changed']) }))
  const changed = batch.events.filter(({ topic }) => topic === 'item.changed').map(({ subject }) => subject)
  const strangers = edges
    .flatMap(({ sourceId, targetId }) => [sourceId, targetId])
    .filter((uuid) => graph.ordinalOf(uuid) === undefined)
  const items = await rows<ItemRow>(em, `select ${itemColumns} from configuration_item where uuid = any($1::uuid[])`, [
    [...new Set([...changed, ...strangers])],
  ])
  for (const item of items) graph.setNode(item.ordinal, item.uuid, item.class_name, item.scope_ids)
  for (const { uuid, type, sourceId, targetId, removed } of edges) {
    if (removed) graph.removeEdge(uuid)
    else addEdge(graph, uuid, type, sourceId, targetId)
  }
}
