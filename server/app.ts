import 'reflect-metadata'
import type { MikroORM } from '@mikro-orm/postgresql'
import { join } from 'node:path'
import packageFile from '../package.json' with { type: 'json' }
import { createSetUpLink, createSignInLink, linkUrl } from './account/one-time-link.ts'
import { SignInLimits } from './account/account.services.ts'
import { keepCatalogue } from './catalogue/keeper.ts'
import { chainPending, CHAIN_PENDING } from './audit/chain.ts'
import { createAdapters } from './discovery/adapters/registry.ts'
import { itemsByUuid } from './item/item.service.ts'
import { startTopology } from './item/graph/topology.ts'
import { closeIntegrations, createIntegrations } from './integrations/registry.ts'
import type { Services } from './kernel/context.ts'
import { createOrm, migrate } from './kernel/database.ts'
import { createEventRing } from './kernel/event-ring.ts'
import { createJobs } from './kernel/jobs.ts'
import type { Logger } from './kernel/log.ts'
import { countJob, countPublished, createMetrics, readEachWhenAsked } from './kernel/metrics.ts'
import { createSequencer } from './kernel/sequencer.ts'
import { row } from './kernel/sql.ts'
import { openContentStore } from './library/content-store.ts'
import { migrations } from './migrations/list.ts'
import { entities } from './entities.ts'
import { createPresence } from './overview/presence.ts'
import { itemGates, nodeLoaders, releaseGates, startGates, taskGates } from './parts.ts'
import { isSampleOffered, isSampleOpen, resumeSample, closeSample } from './sample/sample.service.ts'
import { startWeb, type Web } from './web.ts'
import { startWork, type Work } from './work.ts'
import type { AppConfig, RunningApp } from './program.ts'

/** The most that a statement of a job, of a migration or of what follows the log may take. */
const WORK_STATEMENT = 15 * 60_000 // 15 min

/** A running Waybill. */
export interface App extends RunningApp {
  /** That of the requests. */
  orm: MikroORM
  services: Services
  /** The address that opens a fresh installation; null once somebody did. Holds a secret: print it, never log it. */
  setUpUrl: string | null
  /** Settled when the hosts of an open sample estate run, or could not all be started. */
  sampleResumed: Promise<void>
  /** A one-time address that signs this account in, for whoever runs the server; null when there is no such account. */
  signInUrl(login: string): Promise<string | null>
}

/**
 * The composition root: builds everything, in order, and hands the parts to each other. Nothing else in the server keeps
 * state at module level, so several apps can live in one process.
 */
export async function createApp(config: AppConfig, log: Logger): Promise<App> {
  const url = config.databaseUrl
  const undo: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of undo.splice(0).reverse()) await end()
  }
  try {
    // Requests and the work behind them have connections of their own: neither waits for the other, and work may take longer.
    const pool = { min: 0, max: config.databasePool }
    const parts = { entities, migrations }
    const workOrm = await createOrm(url, { ...parts, statementTimeout: WORK_STATEMENT }, { pool })
    undo.push(() => workOrm.close(true))
    await migrate(workOrm)
    const orm = await createOrm(url, { ...parts, statementTimeout: config.statementSeconds * 1_000 }, { pool })
    undo.push(() => orm.close(true))

    const metrics = createMetrics()
    const sequencer = createSequencer({
      url,
      retentionDays: config.eventRetentionDays,
      log,
      count: (published) => countPublished(metrics, published),
    })
    sequencer.inEachTick(async (client) => void (await chainPending(client)), CHAIN_PENDING)
    if (config.roles.includes('sequencer')) {
      sequencer.start()
      undo.push(() => sequencer.stop())
    }
    const events = createEventRing({ url, log, onResync: () => metrics.eventResyncs.inc() })
    await events.start()
    undo.push(() => events.stop())

    const integrations = createIntegrations()
    undo.push(() => closeIntegrations(integrations))
    const adapters = createAdapters(integrations)
    const catalogue = await keepCatalogue(workOrm.em, events, (fault) =>
      log.warn({ fault }, 'The catalogue of classes could not be read anew yet'),
    )
    undo.push(() => catalogue.close())
    const topology = startTopology({
      em: workOrm.em,
      url,
      events,
      catalogue,
      onFault: (fault) => log.warn({ fault }, 'The graph of items was loaded anew'),
    })
    undo.push(() => topology.close())
    const jobs = createJobs({ url, log, count: (...job) => countJob(metrics, ...job) })
    readEachWhenAsked(metrics.jobsWaiting, 'queue', () => jobs.waiting())
    const sampleFolder = join(config.dataFolder, 'sample')

    const presence = createPresence(orm.em, log)
    // Undone after the web, whose sockets take themselves out.
    undo.push(() => presence.stop())

    const outside: { web?: Web } = {}
    const publicUrl = () => config.publicUrl ?? outside.web?.url ?? `http://localhost:${config.port}`
    const services: Services = {
      accounts: {
        sessionHours: config.sessionHours,
        publicUrl,
        signIns: new SignInLimits(),
        knownScopes: async (em, uuids) => (await itemsByUuid(em, uuids, null)).map(({ uuid }) => uuid),
        installation: {
          version: packageFile.version,
          sample: async (em) => ({
            offered: await isSampleOffered(em, config.roles),
            opened: await isSampleOpen(em, sampleFolder),
          }),
        },
      },
      catalogue,
      contentStore: await openContentStore(config.dataFolder),
      adapters,
      integrations,
      itemGates,
      sources: adapters,
      jobs,
      nodeLoaders,
      presence,
      releaseGates,
      roles: config.roles,
      sampleFolder,
      startGates: startGates(topology),
      system: {
        version: packageFile.version,
        roles: config.roles,
        startedAt: new Date(),
        sockets: () => outside.web?.sockets.count() ?? 0,
        lag: () => oldestUnnumbered(orm),
      },
      taskGates,
      topology,
    }

    // Hosts take their time to start; people need not wait for them.
    const resumed = resumeSample(workOrm.em.fork(), sampleFolder).catch((error: unknown) =>
      log.warn({ error }, 'The hosts of the sample estate did not all start'),
    )
    // Undone after the work, whose last steps may still restart a host.
    undo.push(() => resumed.then(() => closeSample(workOrm.em.fork(), sampleFolder)))
    const work: Work = await startWork({ config, log, orm: workOrm, events, services, metrics })
    undo.push(() => work.stop())
    const web = (outside.web = await startWeb({ config, log, orm, events, services, metrics }))
    undo.push(() => web.stop())

    const setUpToken = await createSetUpLink(orm.em.fork(), process.uptime())
    return {
      url: web.url,
      sampleResumed: resumed,
      orm,
      services,
      setUpUrl: setUpToken && linkUrl(publicUrl(), 'SET_UP', setUpToken),
      signInUrl: async (login) => {
        const account = await row<{ uuid: string }>(
          orm.em.fork(),
          `select uuid from account where login = $1 and state = 'ACTIVE'`,
          [login],
        )
        return account && linkUrl(publicUrl(), 'SIGN_IN', await createSignInLink(orm.em.fork(), account.uuid))
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function oldestUnnumbered(orm: MikroORM): Promise<number> {
  const waiting = await row<{ ms: string | null }>(
    orm.em.fork(),
    `select extract(epoch from clock_timestamp() - min(at)) * 1000 as ms from event_inbox`,
  )
  return Math.round(Number(waiting?.ms ?? 0))
}
