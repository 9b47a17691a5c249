// Discovery's way into the graph: items a second identified and reconciled into an existing graph, beside the bare insert
// of the same rows into PostgreSQL; and the memory of this process while a long book goes through, beside a tenth of it.
// `npx tsx test/bench/load.ts [items of the graph] [elements of the long book]`
import 'reflect-metadata'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { loadCatalogue } from '../../server/catalogue/keeper.ts'
import type { DiscoveryAdapter, Sighting } from '../../server/discovery/adapters/adapter.ts'
import { idmlAdapter } from '../../server/discovery/adapters/idml/index.ts'
import { writeBook, type BookItem, type BookRelationship } from '../../server/discovery/adapters/idml/write-book.ts'
import { runDiscovery } from '../../server/discovery/discovery.job.ts'
import { startDiscovery } from '../../server/discovery/discovery.service.ts'
import { entities } from '../../server/entities.ts'
import { contextFor } from '../../server/http/request-context.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import { openDataFolder } from '../../server/kernel/data-folder.ts'
import { createOrm, migrate } from '../../server/kernel/database.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { startPostgres } from '../../server/kernel/postgres.ts'
import { row, rows } from '../../server/kernel/sql.ts'
import { migrations } from '../../server/migrations/list.ts'
import { registerProduct } from '../../server/product/product.service.ts'
import { unplannedPage } from '../../server/reconciliation/unplanned.reads.ts'
import type { EntityManager } from '@mikro-orm/postgresql'

const GRAPH = Number(process.argv[2] ?? 100_000)
const BOOK = Number(process.argv[3] ?? 1_000_000)
const PER_HOST = 9 // installations beside each machine

const folder = await openDataFolder(await mkdtemp(join(tmpdir(), 'waybill-bench-')))
const postgres = await startPostgres({ folder: folder.path, durable: true })
const orm = await createOrm(postgres.url, { entities, migrations })
await migrate(orm)

let stream: () => Iterable<Sighting> | AsyncIterable<Sighting> = () => []
const adapter = (id: string): DiscoveryAdapter => ({
  id,
  title: id,
  configFields: [],
  checkConfig: () => [],
  async *read() {
    yield* stream()
  },
})
const adapters = new Map(['ssh', 'netbox', 'csv'].map((id) => [id, adapter(id)]))
const services = {
  adapters,
  sources: adapters,
  integrations: new Map(),
  jobs: { enqueue: async () => {} } as unknown as Jobs,
  catalogue: { fresh: (em: EntityManager) => loadCatalogue(em) },
} as unknown as Parameters<typeof runDiscovery>[2] &
  Parameters<typeof startDiscovery>[2] &
  Parameters<typeof registerProduct>[2]

/** Machines from `first` on, each with its installations and their relationships; `tag` makes the keys of the source. */
function* machines(tag: string, first: number, count: number, version: string): Iterable<Sighting> {
  for (let n = first; n < first + count; n++) {
    const host = `${tag}-${n}`
    const hex = n.toString(16).padStart(8, '0')
    yield {
      kind: 'item',
      ref: host,
      className: 'ComputerSystem',
      name: `host-${n}.example`,
      key: host,
      attributes: {
        machineId: `4f1c${hex}9b2e`,
        serialNumber: `SN-${hex}`,
        platform: 'linux',
        arch: 'x86_64',
        memory: 8_589_934_592,
      },
    }
    for (let m = 0; m < PER_HOST; m++) {
      const key = `${host}/package-${m}`
      yield {
        kind: 'item',
        ref: key,
        className: 'SoftwareInstallation',
        name: `package-${m} on host-${n}`,
        key,
        attributes: { package: `package-${m}`, version },
      }
      yield { kind: 'relationship', type: 'runsOn', from: key, to: host, evidence: 'bench' }
    }
  }
  yield { kind: 'complete' }
}

let products = 0
const aProduct = (kind: string) =>
  orm.em
    .fork()
    .transactional((em) =>
      registerProduct(em, { name: `Product ${++products}`, kind, config: {} }, services, { by: null }),
    )

/** A book of so many elements, relationships included, written while it is read. */
const book = (tag: string, elements: number) => () => {
  const count = Math.round(elements / (1 + 2 * PER_HOST))
  const first = tag.charCodeAt(0) * 10_000_000
  const head = { mss: { hostname: 'h', manufacturer: 'Bench', product: tag }, version: '1', at: new Date() }
  const estate = () => machines(tag, first, count, '1.0.0')
  const text = () => writeBook(head, items(estate()), edges(estate()))
  return idmlAdapter().read({
    product: { id: tag, name: tag, config: {} },
    upload: { name: `${tag}.xml`, open: () => Readable.from(text(), { objectMode: false }) },
    signal: new AbortController().signal,
    finished: new Set(),
  })
}

function* items(sightings: Iterable<Sighting>): Generator<BookItem> {
  for (const one of sightings)
    if (one.kind === 'item') yield { ...one, id: one.ref, key: one.ref, attributes: { ...one.attributes } }
}

function* edges(sightings: Iterable<Sighting>): Generator<BookRelationship> {
  for (const one of sightings) if (one.kind === 'relationship') yield one
}

async function load(what: string, product: { id: string }, sightings: typeof stream): Promise<number> {
  stream = sightings
  const run = await orm.em.fork().transactional((em) => startDiscovery(em, { productId: product.id }, services, null))
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 100)
  const begun = performance.now()
  await runDiscovery(orm.em, run.uuid, services, new AbortController().signal)
  const seconds = (performance.now() - begun) / 1000
  clearInterval(watch)
  const told = await row<{
    seen: number
    created: number
    changed: number
    unchanged: number
    relationships: number
    state: string
    failure: string | null
  }>(
    orm.em.fork(),
    'select seen, created, changed, unchanged, relationships, state, failure from discovery_run where uuid = $1',
    [run.uuid],
  )
  if (told?.state !== 'SUCCEEDED') throw new Error(`${what}: ${told?.failure}`)
  const rate = told.seen / seconds
  console.log(
    `${what.padEnd(44)} ${rate.toFixed(0).padStart(7)} items/s  ${seconds.toFixed(1).padStart(6)} s  ${told.seen} items (${told.created} new, ${told.changed} changed), ${told.relationships} relationships, peak ${(most / 1e6).toFixed(0)} MB`,
  )
  return rate
}

/** The other side: the same rows written by PostgreSQL without looking at anything. */
async function bareInsert(count: number): Promise<number> {
  const em = orm.em.fork()
  await rows(em, 'create table bare (like actual_item including all)')
  const begun = performance.now()
  for (let first = 0; first < count; first += 2_000) {
    const batch = Array.from({ length: Math.min(2_000, count - first) }, (_, n) => ({
      name: `host-${first + n}`,
      attributes: { machineId: `m${first + n}`, platform: 'linux' },
    }))
    await rows(
      em,
      `insert into bare (uuid, class_name, name, native_key, state, attributes, first_seen_at, last_seen_at)
       select gen_random_uuid(), 'ComputerSystem', name, name, 'PRESENT', attributes, now(), now() from json_to_recordset($1::json) as s(name text, attributes jsonb)`,
      [JSON.stringify(batch)],
    )
  }
  const rate = count / ((performance.now() - begun) / 1000)
  console.log(`${'bare insert of as many rows, nothing looked at'.padEnd(44)} ${rate.toFixed(0).padStart(7)} rows/s`)
  await rows(em, 'drop table bare')
  return rate
}

/** The first page of what changed without a deployment, and its count, while a load's changes are all of one moment. */
async function newestChanges(): Promise<void> {
  const em = orm.em.fork()
  await rows(em, 'analyze')
  const viewer: Viewer = { accountId: '', name: '', via: 'system', reach: () => 'estate', scopeKey: '' }
  const parts = { em, events: null as never, services: { catalogue: { now: await loadCatalogue(em) } } as never }
  const timed = async <T>(work: () => Promise<T>) => {
    const begun = performance.now()
    return [await work(), (performance.now() - begun).toFixed(0)] as const
  }
  for (const filter of [{}, { search: 'on host-7' }]) {
    const [page, ms] = await timed(() => unplannedPage(contextFor(parts, viewer), filter, { first: 50 }))
    const [total, counting] = await timed(async () => page.total())
    console.log(
      `${page.nodes.length} of ${total} changes nobody planned${filter.search ? ', by name' : ''}: ${ms} ms, counted in ${counting} ms`,
    )
  }
}

async function measure(): Promise<void> {
  const hosts = Math.round(GRAPH / (1 + PER_HOST))
  const [ssh, netbox] = [await aProduct('ssh'), await aProduct('netbox')]
  await load('into an empty graph', ssh, () => machines('a', 0, hosts, '1.0.0'))
  await rows(orm.em.fork(), 'analyze')
  const merged = await load('another source, half of it known', netbox, () =>
    machines('b', Math.round(hosts / 2), hosts, '1.0.0'),
  )
  await load('every installation in another version', ssh, () => machines('a', 0, hosts, '1.1.0'))
  await newestChanges()
  await load('the same again', ssh, () => machines('a', 0, hosts, '1.1.0'))
  const bare = await bareInsert(GRAPH)
  console.log(
    `\nidentified and reconciled into ${GRAPH} items: ${merged.toFixed(0)} items/s; bare insert: ${bare.toFixed(0)} rows/s (${(bare / merged).toFixed(1)} times as fast)`,
  )
  // The same process, so that the second peak shows what the length of a book adds.
  for (const [tag, elements] of [
    ['c', BOOK / 10],
    ['d', BOOK],
  ] as const)
    if (BOOK > 0) await load(`a book of ${elements} elements`, await aProduct('csv'), book(tag, elements))
}

async function close(): Promise<void> {
  await orm.close(true).catch(() => undefined)
  await postgres.stop()
  await folder.release()
  await rm(folder.path, { recursive: true, force: true })
}

// Interrupted or failed, it ends its PostgreSQL too.
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => reject(new Error(`Ended by ${signal}`)))
})
let failed = false
try {
  await Promise.race([measure(), interrupted])
} catch (error) {
  failed = true
  console.error(error)
  await postgres.stop()
}
await close()
process.exit(failed ? 1 : 0)
