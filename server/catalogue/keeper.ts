/** Keeps the picture of the catalogue that this process works with, and replaces it when the log says that it changed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { EventLog } from '../kernel/event-log.ts'
import { row, rows } from '../kernel/sql.ts'
import { catalogueOf, type Catalogue, type CatalogueRows } from './catalogue.ts'

declare module '../kernel/context.ts' {
  interface Services {
    catalogue: CatalogueKeeper
  }
}

export interface CatalogueKeeper {
  /** The newest picture that this process knows: for reads and for work outside a mutation. */
  readonly now: Catalogue
  /** The picture that is true in the transaction of `em`; nobody changes the catalogue before that transaction is over. */
  forWrite(em: EntityManager): Promise<Catalogue>
  /** The picture of this moment, also when the log has not told of it yet. */
  fresh(em: EntityManager): Promise<Catalogue>
  /** Ends following the log. */
  close(): Promise<void>
}

/** Held shared by whoever writes items, alone by whoever changes the catalogue. */
const CATALOGUE_LOCK = 7_296_034

/** Waits until nobody writes items, and keeps it so until the end of the transaction. */
export const lockCatalogue = (em: EntityManager) => rows(em, 'select pg_advisory_xact_lock($1)', [CATALOGUE_LOCK])

/** Loads the catalogue and follows the log from there. `onFault` hears of what made it try again. */
export async function keepCatalogue(
  em: EntityManager,
  events: EventLog,
  onFault: (fault: unknown) => void,
): Promise<CatalogueKeeper> {
  const stop = new AbortController()
  let position = events.positionAt(events.head())
  let now = await loadCatalogue(em.fork())
  const following = follow()

  async function follow(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        const filter = { topics: ['catalogue.changed'] as const, reach: 'estate' as const }
        for await (const batch of events.read(filter, position, stop.signal)) {
          if (batch.resync || batch.events.length > 0) replace(await loadCatalogue(em.fork()))
          position = batch.position
        }
      } catch (fault) {
        if (stop.signal.aborted) return
        onFault(fault)
        await sleep(1_000, undefined, { signal: stop.signal }).catch(() => {}) // 1 s
      }
    }
  }

  function replace(loaded: Catalogue): void {
    if (loaded.version > now.version) now = loaded
  }

  async function fresh(em: EntityManager): Promise<Catalogue> {
    const { version } = (await row<{ version: number }>(em, 'select version from catalogue'))!
    if (version === now.version) return now
    const loaded = await loadCatalogue(em)
    // What a transaction sees may never be committed.
    if (!em.isInTransaction()) replace(loaded)
    return loaded
  }

  return {
    get now() {
      return now
    },
    fresh,
    async forWrite(em) {
      await rows(em, 'select pg_advisory_xact_lock_shared($1)', [CATALOGUE_LOCK])
      return fresh(em)
    },
    async close() {
      stop.abort()
      await following
    },
  }
}

/** Reads the tables as `em` sees them, in one statement, so that classes and their attributes are of one moment. */
export async function loadCatalogue(em: EntityManager): Promise<Catalogue> {
  const found = await row<CatalogueRows>(
    em,
    `select c.version,
       (select json_agg(k order by k.place, k.name) from (select name, title, description, parent, is_abstract,
          is_targetable, protected_states, retired_at is not null as retired, place from item_class) k) as classes,
       (select json_agg(a order by a.class_name, a.place, a.name) from (select class_name, name, title, type, unit,
          "values", copied, never_from_discovery, place from item_attribute) a) as attributes,
       (select json_agg(t order by t.place, t.name) from (select name, title, description, inverse, inverse_title,
          containment, impact, cardinality, retired_at is not null as retired, place from relationship_type) t) as types,
       (select json_agg(p order by p.type, p.place, p.source, p.target) from (select type, source_class as source,
          target_class as target, place from relationship_rule) p) as pairs
     from catalogue c`,
  )
  return catalogueOf(found!)
}
