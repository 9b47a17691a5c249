/**
 * The graph of items in memory: built from PostgreSQL behind the start, kept current by the event log. Every answer says
 * the number of the last event that it takes into account.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { EntityClass, EntityManager } from '@mikro-orm/postgresql'
import { BadInput } from '../../kernel/errors.ts'
import type { EventLog, LoggedEvent, LogState } from '../../kernel/event-log.ts'
import type { Topics } from '../../kernel/events.ts'
import { leanClasses } from '../../kernel/lean.ts'
import type { CatalogueKeeper } from '../../catalogue/keeper.ts'
import { sharedLooks } from '../../kernel/shared-looks.ts'
import { row } from '../../kernel/sql.ts'
import type { EstateMap, MapWay } from './estate-map.ts'
import type { Graph } from './graph.ts'
import { loadGraph, mergeSlowly, readNodes } from './load.ts'
import { dependantsOutside, impactOf, nothing, type ImpactAnswer, type ImpactQuestion } from './impact.ts'
import { keepMaps, type MapKeeper } from './map-keeper.ts'
import { keepPastGraphs, type PastGraphs } from './past-graphs.ts'
import { GraphNotReady } from '../refusals.ts'
import type { RelationDirection } from '../relationship.entity.ts'

declare module '../../kernel/context.ts' {
  interface Services {
    topology: Topology
  }
}

export interface Topology {
  /** Number of the last event taken into account; -1 until it is built. */
  readonly seq: number
  /** Settled once it is built for the first time; rejected when it is closed before. */
  readonly ready: Promise<void>
  /** Puts a question to the graph; throws GraphNotReady until it is built. The question may not keep the graph. */
  ask<T>(question: (graph: Graph, seq: number) => T): T
  /** Waits until it is built and has taken this event into account, for the latter at most 2 s. Whether it has. */
  reaches(seq: number): Promise<boolean>
  /** The same for what a client gives as `atLeast`; throws GraphNotReady. Null: waits for nothing but the building, 2 s. */
  atLeast(position: string | null | undefined): Promise<void>
  /**
   * Whether it holds all that is committed now, for which it waits up to 1 s. Askers at the same time share one statement;
   * who knows the log of an instant that is late enough for them needs none, unless it has moved on since the graph did.
   */
  isCurrent(log?: LogState): boolean | Promise<boolean>
  /** What is affected when an item changes, or what affects it; empty for an unknown item. UUIDs. */
  impact(uuid: string, question?: ImpactQuestion): ImpactAnswer
  /** Items that depend, directly or not, on any of these and are neither among them nor inside them. UUIDs. */
  dependantsOutside(uuids: readonly string[]): string[]
  /** The neighbours of an item; OUT: the item is the source. */
  related(uuid: string): { uuid: string; type: string; direction: RelationDirection }[]
  /** The estate as clusters, of this event at the least; see map-keeper.ts. */
  map(by: MapWay, least?: number): Promise<EstateMap>
  /** Graphs of earlier instants. */
  readonly past: PastGraphs
  /** The class of instances of an entity that hold what the graph knows; see kernel/lean.ts. */
  leanClass<T extends object>(entity: EntityClass<T>): new () => T
  /** Ends following the log. */
  close(): Promise<void>
}

export interface TopologyParts {
  em: EntityManager
  /** Address of the PostgreSQL, for a connection of its own while it loads. */
  url: string
  events: EventLog
  /** Says along which relationships impact goes. */
  catalogue: Pick<CatalogueKeeper, 'now'>
  /** Hears of what made it load anew. */
  onFault: (fault: unknown) => void
}

const CATCH_UP = 2_000 // ms
const CURRENT_WITHIN = 1_000 // ms
const AGAIN = 1_000 // ms

/** Begins to load the graph and to follow the log from there; answers at once. */
export function startTopology({ em, url, events, catalogue, onFault }: TopologyParts): Topology {
  const stop = new AbortController()
  const built = Promise.withResolvers<void>()
  built.promise.catch(() => {})
  let state: { graph: Graph; seq: number } | null = null
  let share = 0
  let moved = Promise.withResolvers<void>()
  const maps: MapKeeper = keepMaps()
  const past = keepPastGraphs(url)
  const leanClass = leanClasses(em)
  const following = follow()

  async function load(): Promise<void> {
    // The number is read before the rows: what they contain already is applied once more, which changes nothing.
    const seq = events.head()
    const graph = await loadGraph(url, { onProgress: (done) => (share = done) })
    state = { graph, seq }
    built.resolve()
    tell()
  }

  function tell(): void {
    moved.resolve()
    moved = Promise.withResolvers()
  }

  async function follow(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await load()
        const from = events.positionAt(state!.seq)
        // All topics, so that the number moves on with every event.
        for await (const batch of events.read({ topics: 'any', reach: 'estate' }, from, stop.signal)) {
          if (batch.resync) break
          const { graph } = state!
          await apply(em.fork(), graph, batch.events)
          state!.seq = batch.seq
          tell()
          if (graph.wantsMerge) await mergeSlowly(graph)
        }
      } catch (fault) {
        if (stop.signal.aborted) return
        onFault(fault)
        await sleep(AGAIN, undefined, { signal: stop.signal }).catch(() => {})
      }
    }
  }

  async function until(reached: () => boolean, ms: number): Promise<boolean> {
    for (const deadline = Date.now() + ms; !reached();) {
      const left = deadline - Date.now()
      if (left <= 0 || stop.signal.aborted) return false
      const patience = new AbortController()
      await Promise.race([moved.promise, sleep(left, undefined, { signal: patience.signal }).catch(() => {})])
      patience.abort()
    }
    return true
  }

  const ready = () => {
    if (state) return state
    throw new GraphNotReady(
      `The graph of items is being built, ${Math.round(share * 100)} % of it is there. Ask again in a moment.`,
      { evidence: { percent: Math.round(share * 100) } },
    )
  }

  /** What is committed is numbered, or waits in the inbox for its number. */
  async function check(): Promise<boolean> {
    for (const deadline = Date.now() + CURRENT_WITHIN; state && Date.now() < deadline;) {
      const log = await row<{ head: string; waiting: boolean }>(em.fork(), LOG)
      if (!log!.waiting) return until(() => state !== null && state.seq >= Number(log!.head), CURRENT_WITHIN)
      await until(() => false, 5)
    }
    return false
  }

  const look = sharedLooks(async () => new Map([['now', await check()]]))

  return {
    get seq() {
      return state?.seq ?? -1
    },
    ready: built.promise,
    ask: (question) => question(ready().graph, ready().seq),
    async reaches(seq) {
      await Promise.race([built.promise, aborted(stop.signal)])
      return until(() => state !== null && state.seq >= seq, CATCH_UP)
    },
    async atLeast(position) {
      const [epoch, seq] = position ? (position.split(':') as [string, string]) : [events.epoch, -1]
      if (epoch !== events.epoch) {
        throw new BadInput(`The position ${position} belongs to another log than the one that is kept now.`, {
          field: ['atLeast'],
          rule: 'position of the log',
          evidence: { head: events.positionAt(events.head()) },
        })
      }
      if (await until(() => state !== null && state.seq >= Number(seq), CATCH_UP)) return
      throw new GraphNotReady(
        `The graph of items is at ${events.positionAt(ready().seq)} and did not reach ${position} within ${CATCH_UP / 1000} s.`,
        { field: ['atLeast'], rule: 'position of the log', evidence: { position: events.positionAt(ready().seq) } },
      )
    },
    isCurrent(log) {
      if (!state) return false
      return (log && !log.waiting && state.seq >= log.head) || look('now').then((is) => is === true)
    },
    impact(uuid, question = {}) {
      const { graph, seq } = ready()
      const root = graph.ordinalOf(uuid)
      return root === undefined ? { seq, ...nothing } : impactOf(graph, catalogue.now, root, question, seq)
    },
    dependantsOutside(uuids) {
      const { graph } = ready()
      return dependantsOutside(
        graph,
        catalogue.now,
        uuids.map((uuid) => graph.ordinalOf(uuid)).filter((one) => one !== undefined),
      ).map((node) => graph.nodes.uuid(node))
    },
    related(uuid) {
      const { graph } = ready()
      const found: ReturnType<Topology['related']> = []
      graph.edges.each(graph.ordinalOf(uuid) ?? -1, (other, type, isOut) => {
        found.push({ uuid: graph.nodes.uuid(other), type: graph.types[type]!, direction: isOut ? 'OUT' : 'IN' })
      })
      return found
    },
    map(by, least) {
      const { graph, seq } = ready()
      return maps.of(graph, seq, by, least)
    },
    past,
    leanClass,
    async close() {
      stop.abort()
      tell()
      await following
      await past.close()
      built.reject(new Error('The graph of items was closed before it was built'))
    },
  }
}

const LOG = `select head, exists (
    select from event_inbox where topic in ('item.changed', 'relationship.changed')) as waiting
  from event_epoch`

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

async function apply(em: EntityManager, graph: Graph, events: readonly LoggedEvent[]): Promise<void> {
  const edges = events
    .filter(({ topic }) => topic === 'relationship.changed')
    .map(({ subject, payload }) => ({ uuid: subject, ...(payload as Topics['relationship.changed']) }))
  const changed = events.filter(({ topic }) => topic === 'item.changed').map(({ subject }) => subject)
  const strangers = edges
    .flatMap(({ sourceId, targetId }) => [sourceId, targetId])
    .filter((uuid) => graph.ordinalOf(uuid) === undefined)
  await readNodes(em, graph, [...new Set([...changed, ...strangers])])
  if (edges.length + changed.length > 0) graph.version++
  for (const { uuid, type, sourceId, targetId, removed } of edges) {
    const source = graph.ordinalOf(sourceId)
    const target = graph.ordinalOf(targetId)
    if (source === undefined || target === undefined) continue
    if (removed) graph.edges.remove(uuid, source)
    else graph.addEdge(uuid, source, target, type)
  }
}
