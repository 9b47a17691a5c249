/** Sources of discovery as a test writes them: lists of sightings, read by the real loader into a real database. */
import type { DiscoveryAdapter, ReadOrder, Sighting } from '../../server/discovery/adapters/adapter.ts'
import { runDiscovery } from '../../server/discovery/discovery.job.ts'
import { startDiscovery } from '../../server/discovery/discovery.service.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { registerProduct } from '../../server/product/product.service.ts'
import { anEstate, aViewer, nobody, type Estate } from './estate.ts'

export type Seen = Record<string, unknown> & { key?: string; name: string }

/** A machine with its marks; whatever else is given is an attribute. */
export function machine({
  key,
  name,
  identifiers,
  ...attributes
}: Seen & { identifiers?: { kind: string; value: string }[] }): Sighting {
  return {
    kind: 'item',
    ref: key ?? name,
    className: 'ComputerSystem',
    name,
    ...(key === undefined ? {} : { key }),
    attributes: attributes as never,
    ...(identifiers ? { identifiers } : {}),
  }
}

export const software = (host: string, name: string, version: string): Sighting[] => [
  {
    kind: 'item',
    ref: `${host}/${name}`,
    className: 'SoftwareInstallation',
    name: `${name} on ${host}`,
    key: `${host}/${name}`,
    attributes: { package: name, version },
  },
  { kind: 'relationship', type: 'runsOn', from: `${host}/${name}`, to: host, evidence: 'installed software' },
]

export const whole: Sighting = { kind: 'complete' }

export interface Run {
  id: string
  state: string
  failure: string | null
  seen: number
  created: number
  changed: number
  unchanged: number
  missing: number
  retired: number
  relationships: number
  warnings: number
  errors: number
  questions: number
  problems: {
    nodes: {
      severity: string
      rule: string
      message: string
      source: string | null
      line: number | null
      element: string | null
    }[]
  }
  scopes: { nodes: { name: string; state: string; seen: number; complete: boolean }[] }
}

export interface Sources extends Estate {
  jobs: { queue: string; data: object }[]
  /** A management product of a kind with a name of its own. */
  source(kind?: string): Promise<{ id: string; uuid: string; name: string }>
  /** What the next read of this product gives. */
  shows(
    product: { uuid: string },
    sightings: Iterable<Sighting> | ((order: ReadOrder) => AsyncIterable<Sighting> | Iterable<Sighting>),
  ): void
  load(product: { id: string; uuid: string }, sightings?: Sighting[], options?: { dryRun?: boolean }): Promise<Run>
  start(product: { id: string }, dryRun?: boolean): Promise<string>
  run(runId: string, signal?: AbortSignal): Promise<void>
  sql<T>(text: string, values?: unknown[]): Promise<T[]>
}

/** Call it once at the top of a test file. Kinds are 'ssh', 'netbox', 'csv' and 'other'. */
export function sourcesOfTests(): Sources {
  const shown = new Map<string, (order: ReadOrder) => AsyncIterable<Sighting> | Iterable<Sighting>>()
  const queued: { queue: string; data: object }[] = []
  const adapter = (id: string): DiscoveryAdapter => ({
    id,
    title: id,
    configFields: [],
    checkConfig: () => [],
    upload: { endings: ['.txt'], maxSize: 1000 },
    async *read(order) {
      yield* shown.get(order.product.id)?.(order) ?? []
    },
  })
  const adapters = new Map(['ssh', 'netbox', 'csv', 'other'].map((id) => [id, adapter(id)]))
  const jobs = {
    enqueue: async (_em: unknown, queue: string, data: object) => void queued.push({ queue, data }),
  } as unknown as Jobs
  const services = { jobs, integrations: new Map(), adapters, sources: adapters }
  const estate = anEstate(() => services) as Sources
  let count = 0
  estate.jobs = queued
  estate.source = (kind = 'other') =>
    estate.change((em) => registerProduct(em, { name: `${kind} ${++count}`, kind, config: {} }, services, nobody))
  estate.shows = (product, sightings) =>
    void shown.set(product.uuid, typeof sightings === 'function' ? sightings : () => sightings)
  estate.start = async (product, dryRun = false) =>
    (await estate.change((em) => startDiscovery(em, { productId: product.id, dryRun }, services, aViewer()))).uuid
  estate.run = (runId, signal = new AbortController().signal) =>
    runDiscovery(estate.orm.em, runId, estate.services, signal)
  estate.load = async (product, sightings, { dryRun = false } = {}) => {
    if (sightings) estate.shows(product, sightings)
    const runId = await estate.start(product, dryRun)
    await estate.run(runId)
    const { discoveryRun } = await estate.query<{ discoveryRun: Run }>(
      `query($id: ID!) { discoveryRun(id: $id) { id state failure seen created changed unchanged missing retired relationships warnings errors questions
        problems(first: 100) { nodes { severity rule message source line element } } scopes(first: 100) { nodes { name state seen complete } } } }`,
      { id: `run_${runId.replaceAll('-', '')}` },
    )
    return discoveryRun
  }
  estate.sql = <T>(text: string, values: unknown[] = []) => estate.orm.em.getConnection().execute<T[]>(text, values)
  return estate
}

/** Everything that discovery keeps, but for times and versions: to compare before with after. */
export async function graphOf(estate: Sources): Promise<unknown> {
  return {
    items: await estate.sql(
      `select uuid, class_name, name, state, attributes from actual_item where state <> 'MERGED' order by uuid`,
    ),
    relationships: await estate.sql(
      `select uuid, type, source_id, target_id, product_id from actual_relationship where gone_at is null order by uuid`,
    ),
    observations: await estate.sql(
      `select uuid, actual_item_id, native_key, name, attributes, identifiers, missing from observation where current order by uuid`,
    ),
    marks: await estate.sql(
      `select observation_id, item_id, entry, host_id, value from actual_mark order by 1, 2, 3, 5`,
    ),
    links: await estate.sql(
      `select uuid, actual_item_id from configuration_item where actual_item_id is not null order by 1`,
    ),
  }
}
