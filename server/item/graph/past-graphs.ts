/**
 * The whole graph of an earlier instant, for questions that no part of it can answer. Who asks about the same instant shares
 * it; it is kept for a minute after the last question, and all that are kept together are no larger than one may be.
 */
import { Client } from 'pg'
import { BadInput } from '../../kernel/errors.ts'
import { GraphNotReady } from '../refusals.ts'
import type { Graph } from './graph.ts'
import { loadGraph, tablesOf } from './load.ts'
import { keepMaps, type MapKeeper } from './map-keeper.ts'

/** Items and relationships together. So many took 3 s and 60 MB on two cores, twice as many 11 s of the 20 s that a request may take. */
const MOST = 1_000_000
const KEPT = 60_000 // ms after the last question
/** Instants that may wait to be read, each after the other. */
const WAITING = 8

export interface PastGraph {
  readonly graph: Graph
  readonly maps: MapKeeper
}

export interface PastGraphs {
  /** Refuses an instant at which there was more than is read for one question. */
  at(instant: Date): Promise<PastGraph>
  close(): Promise<void>
}

interface Kept {
  past: Promise<PastGraph>
  size: number
  forget?: NodeJS.Timeout
}

/** `url`: address of the PostgreSQL; each graph is read through a connection of its own. */
export function keepPastGraphs(url: string, most = MOST): PastGraphs {
  // In the order of their last use.
  const kept = new Map<string, Kept>()
  let reading: Promise<unknown> = Promise.resolve()
  let waiting = 0

  function drop(key: string): void {
    clearTimeout(kept.get(key)?.forget)
    kept.delete(key)
  }

  function use(key: string, one: Kept): Promise<PastGraph> {
    drop(key)
    kept.set(key, one)
    if (one.size > 0) one.forget = setTimeout(() => drop(key), KEPT).unref()
    return one.past
  }

  function makeRoom(): void {
    let total = 0
    for (const [key, { size }] of [...kept].reverse()) if ((total += size) > most) drop(key)
  }

  async function read(instant: Date): Promise<Graph> {
    await refuseTooLarge(url, instant, most)
    return loadGraph(url, { at: instant })
  }

  return {
    at(instant) {
      const key = instant.toISOString()
      const known = kept.get(key)
      if (known) return use(key, known)
      if (waiting >= WAITING) {
        throw new GraphNotReady(`The graphs of ${waiting} other instants are being read. Ask again in a moment.`, {
          field: ['at'],
          evidence: { waiting },
        })
      }
      waiting++
      const graph = reading.then(() => read(instant)).finally(() => waiting--)
      reading = graph.catch(() => {})
      const one: Kept = { past: graph.then((graph) => ({ graph, maps: keepMaps() })), size: 0 }
      kept.set(key, one)
      graph.then(
        ({ nodes, edges }) => {
          one.size = 1 + nodes.count + edges.count
          if (kept.get(key) === one) void use(key, one)
          makeRoom()
        },
        () => drop(key),
      )
      return one.past
    },
    async close() {
      await reading
      for (const key of [...kept.keys()]) drop(key)
    },
  }
}

async function refuseTooLarge(url: string, instant: Date, most: number): Promise<void> {
  const { items, relationships } = tablesOf(instant)
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // The statement under way fails, and says it.
  await client.connect()
  try {
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from ((select from ${items} limit ${most + 1}) union all
         (select from ${relationships} limit ${most + 1})) x`,
    )
    if (rows[0]!.n <= most) return
    throw new BadInput(
      `There were more than ${most} items and relationships at ${instant.toISOString()}, which is too much to read for one question. Ask about one item in fewer steps or by fewer types of relationships, or about now.`,
      { field: ['at'], rule: 'size of the graph', evidence: { most } },
    )
  } finally {
    await client.end()
  }
}
