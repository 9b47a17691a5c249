import 'reflect-metadata'
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql'
import { graphql, parse, subscribe, type ExecutionResult, type GraphQLSchema } from 'graphql'
import { afterAll, beforeAll } from 'vitest'
import { keepCatalogue, type CatalogueKeeper } from '../../server/catalogue/keeper.ts'
import { createAdapters } from '../../server/discovery/adapters/registry.ts'
import { entities } from '../../server/entities.ts'
import { ConfigurationItem } from '../../server/item/item.entity.ts'
import { addRelationships, type Edge } from '../../server/item/edges.ts'
import { addItems } from '../../server/item/item.service.ts'
import { startTopology, type Topology } from '../../server/item/graph/topology.ts'
import type { Context, Reach, Services, Viewer } from '../../server/kernel/context.ts'
import { createOrm, migrate } from '../../server/kernel/database.ts'
import { createEventRing, type EventRing } from '../../server/kernel/event-ring.ts'
import { createSequencer, type Sequencer } from '../../server/kernel/sequencer.ts'
import { migrations } from '../../server/migrations/list.ts'
import { buildSchema } from '../../server/schema.ts'
import { aDatabase } from './database.ts'

export const quiet = { info() {}, warn() {}, error() {} }

/** Somebody with every permission within `reach`. */
export function aViewer(reach: Reach = 'estate'): Viewer {
  return {
    accountId: '00000000-0000-7000-8000-00000000000a',
    name: 'Ada',
    via: 'session',
    reach: () => reach,
    scopeKey: JSON.stringify(reach),
  }
}

export interface Estate {
  url: string
  orm: MikroORM
  events: EventRing
  catalogue: CatalogueKeeper
  topology: Topology
  services: Services
  /** Runs `work` in a transaction of its own, as a mutation does. */
  change<T>(work: (em: EntityManager) => Promise<T>): Promise<T>
  context(viewer?: Viewer): Context
  /** Data of a query; throws its first error. */
  query<T>(text: string, variables?: object, viewer?: Viewer): Promise<T>
  /** Messages of a subscription. */
  watch(text: string, variables?: object, viewer?: Viewer): Promise<AsyncGenerator<ExecutionResult, void, void>>
}

/** A database, the event log and the graph, without HTTP. Call it once at the top of a test file. */
export function anEstate(services: (estate: Estate) => Partial<Services> = () => ({})): Estate {
  const database = aDatabase()
  const estate = {} as Estate
  let sequencer: Sequencer
  let schema: GraphQLSchema
  beforeAll(async () => {
    estate.url = database.url
    estate.orm = await createOrm(database.url, { entities, migrations })
    await migrate(estate.orm)
    sequencer = createSequencer({ url: database.url, retentionDays: 7, log: quiet })
    sequencer.start()
    estate.events = createEventRing({ url: database.url, log: quiet })
    await estate.events.start()
    estate.catalogue = await keepCatalogue(estate.orm.em.fork(), estate.events, () => {})
    estate.topology = startTopology({
      em: estate.orm.em.fork(),
      url: database.url,
      events: estate.events,
      catalogue: estate.catalogue,
      onFault: () => {},
    })
    await estate.topology.ready
    const given = services(estate)
    const adapters = createAdapters(given.integrations ?? new Map())
    estate.services = {
      catalogue: estate.catalogue,
      topology: estate.topology,
      adapters,
      sources: adapters,
      ...given,
    } as Services
    schema = buildSchema()
  })
  afterAll(async () => {
    await estate.topology?.close()
    await estate.catalogue?.close()
    await estate.events?.stop()
    await sequencer?.stop()
    await estate.orm?.close(true)
  })
  estate.change = (work) => estate.orm.em.fork().transactional(work)
  estate.context = (viewer = aViewer()) => ({
    em: estate.orm.em.fork(),
    viewer,
    requestId: 'test',
    loaders: new Map(),
    events: estate.events,
    services: estate.services,
  })
  estate.query = async <T>(text: string, variables: object = {}, viewer = aViewer()) => {
    const result = await graphql({
      schema,
      source: text,
      variableValues: variables as Record<string, unknown>,
      contextValue: estate.context(viewer),
    })
    if (result.errors) throw result.errors[0]!.originalError ?? result.errors[0]!
    return result.data as T
  }
  estate.watch = async (text, variables = {}, viewer = aViewer()) => {
    const stream = await subscribe({
      schema,
      document: parse(text),
      variableValues: variables as Record<string, unknown>,
      contextValue: estate.context(viewer),
    })
    if (!(Symbol.asyncIterator in stream)) throw stream.errors![0]!
    return stream
  }
  return estate
}

export const nobody = { by: null }

/** Makes items of a class with these names and attributes, authorized. */
export async function makeItems(
  em: EntityManager,
  className: string,
  names: string[],
  facts: Partial<ConfigurationItem> = {},
): Promise<ConfigurationItem[]> {
  const items = names.map((name) =>
    Object.assign(new ConfigurationItem(), { className, name, state: 'PRODUCTION', ...facts }),
  )
  await addItems(em, items, nobody)
  return items
}

export const relate = (em: EntityManager, edges: Edge[]) => addRelationships(em, edges, nobody)
