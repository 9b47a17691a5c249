import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, subscribe } from 'graphql'
import { afterAll, beforeAll } from 'vitest'
import { Account } from '../../server/account/account.entity.ts'
import type { Integration } from '../../server/integrations/integration.ts'
import type { Viewer } from '../../server/kernel/context.ts'
import { openContentStore, type ContentStore } from '../../server/library/content-store.ts'
import { runScan, SCAN_QUEUE } from '../../server/library/scan.ts'
import { ManagementProduct } from '../../server/product/product.entity.ts'
import { buildSchema } from '../../server/schema.ts'
import { tasksOfRelease } from '../../server/task/task-follow.ts'
import { anEstate, aViewer, type Estate } from './estate.ts'

/** What a mutation answers, as far as tests look at it. */
export interface Answer {
  userErrors: { code: string; message: string; field: string[] | null; itemId: string | null; rule: string | null }[]
}

const ERRORS = 'userErrors { code message field itemId rule }'

export interface Supply extends Estate {
  store: ContentStore
  /** A folder for repositories. */
  folder: string
  /** Queued jobs, in order. */
  queued: { queue: string; data: object }[]
  /** The answer of one mutation; `select` is what of its payload, beside the errors. */
  mutate<T>(name: string, type: string, input: object, select: string, viewer?: Viewer): Promise<T & Answer>
  /** Starts a scan through the API, does it, and answers it. */
  scan(repositoryId: string): Promise<ScanAnswer>
  /** The data of a subscription's messages, until it is left. */
  subscribe<T>(text: string, variables?: object, viewer?: Viewer): AsyncGenerator<T>
  /** A product of the kind `local`, which has a module here. */
  product(name: string, kind?: string): Promise<ManagementProduct>
}

export interface ScanAnswer {
  id: string
  state: string
  percent: number
  found: number
  added: number
  withdrawn: number
  alerts: string[]
  failure: string | null
}

const SCAN = 'id number state percent found added withdrawn alerts failure'

/** An estate with a content store, jobs that are done by hand, and the tasks that follow their release. */
export function aSupply(): Supply {
  const queued: Supply['queued'] = []
  const local = { id: 'local', title: 'Local hosts', mode: 'automatic', configFields: [] } as unknown as Integration
  const supply = anEstate(() => ({
    integrations: new Map([['local', local]]),
    contentStore: supply.store,
    jobs: {
      enqueue: async (_em, queue, data) => void queued.push({ queue, data }),
      work: () => {},
      waiting: async () => new Map(),
      start: async () => {},
      stop: async () => {},
    },
    releaseGates: [tasksOfRelease],
    taskGates: [],
  })) as Supply
  supply.queued = queued
  beforeAll(async () => {
    supply.folder = await mkdtemp(join(tmpdir(), 'waybill-supply-'))
    supply.store = await openContentStore(supply.folder)
    supply.services.contentStore = supply.store
    const { accountId: uuid, name } = aViewer()
    await supply.orm.em
      .fork()
      .persist(Object.assign(new Account(), { uuid, name, login: 'ada', state: 'ACTIVE' }))
      .flush()
  })
  afterAll(() => rm(supply.folder, { recursive: true, force: true }))

  supply.mutate = async <T>(name: string, type: string, input: object, select: string, viewer?: Viewer) => {
    const text = `mutation($input: ${type}!) { ${name}(input: $input) { ${select} ${ERRORS} } }`
    return (await supply.query<Record<string, T & Answer>>(text, { input }, viewer))[name]!
  }
  supply.scan = async (repositoryId) => {
    const { scan } = await supply.mutate<{ scan: { id: string } }>(
      'repositoryScan',
      'IdInput',
      { id: repositoryId },
      `scan { id }`,
    )
    const job = queued.findLast(({ queue }) => queue === SCAN_QUEUE)!.data as { scanId: string }
    await runScan(supply.orm.em.fork(), job.scanId, supply.store, new AbortController().signal)
    const answer = await supply.query<{ node: ScanAnswer }>(
      `query($id: ID!) { repository(id: $id) { lastScan { ${SCAN} } } }`,
      { id: repositoryId },
    )
    const last = (answer as unknown as { repository: { lastScan: ScanAnswer } }).repository.lastScan
    if (last.id !== scan.id) throw new Error('another scan was started meanwhile')
    return last
  }
  supply.subscribe = async function* <T>(text: string, variables: object = {}, viewer?: Viewer) {
    const contextValue = supply.context(viewer)
    const variableValues = variables as Record<string, unknown>
    const source = await subscribe({ schema: buildSchema(), document: parse(text), variableValues, contextValue })
    if (!(Symbol.asyncIterator in source)) throw source.errors![0]!
    for await (const { data, errors } of source) {
      if (errors) throw errors[0]!
      yield data as T
    }
  }
  supply.product = async (name, kind = 'local') => {
    const product = Object.assign(new ManagementProduct(), { name, kind })
    await supply.orm.em.fork().persist(product).flush()
    return product
  }
  return supply
}
