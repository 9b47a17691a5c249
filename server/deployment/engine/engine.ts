/**
 * The deployment engine of one process (D7). The rows are the truth; jobs and the sweep only say where to look.
 *
 * - One driver for each deployment at a time (`deployment.driver_id`); it claims targets in batches, commits the intent,
 *   and only then lets the module act (drive.ts, claim.ts, deliveries.ts).
 * - What a process held when it died is found by its free advisory lock within a second (worker-process.ts, sweep.ts). The
 *   targets are asked before anything is done again (decide.ts); what nobody can tell is IN_DOUBT.
 * - Whether a target really has what was reported is found out by another job (confirm.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MikroORM } from '@mikro-orm/postgresql'
import type { Jobs } from '../../kernel/jobs.ts'
import type { Logger } from '../../kernel/log.ts'
import type { Metrics } from '../../kernel/metrics.ts'
import { rows } from '../../kernel/sql.ts'
import type { ContentStore } from '../../library/content-store.ts'
import type { Integrations } from '../../integrations/registry.ts'
import type { BeginGate } from '../deployment.gate.ts'
import { confirmReported } from './confirm.ts'
import { Drive } from './drive.ts'
import { cargoOf } from './orders.ts'
import { isPassing, persistently } from './persistently.ts'
import { PATIENCE, type EnginePatience } from './settings.ts'
import { release, sweep } from './sweep.ts'
import { CONFIRM_QUEUE, RUN_QUEUE } from './wake.ts'
import { WorkerProcess } from './worker-process.ts'

export interface EngineParts {
  orm: MikroORM
  /** Address of the PostgreSQL: the engine holds one connection of its own. */
  url: string
  jobs: Jobs
  integrations: Integrations
  contentStore: ContentStore
  /** What may object when the work of a started deployment is about to begin. */
  beginGates: readonly BeginGate[]
  metrics: Pick<Metrics, 'targetOutcomes' | 'confirmations'>
  log: Logger
  patience?: Partial<EnginePatience>
}

export interface Engine {
  /** Takes up what other processes left, then works on what comes. */
  start(): Promise<void>
  /** Begins nothing more, waits a little for what is in flight, and leaves the rest to the next process. */
  stop(): Promise<void>
}

interface Driving {
  /** Null until the deployment is this process's. */
  drive: Drive | null
  /** Somebody asked for it meanwhile. */
  again: boolean
  over: Promise<void>
}

/** Declares the engine's queues; create it before `jobs.start()`. */
export function createEngine(parts: EngineParts): Engine {
  const patience = { ...PATIENCE, ...parts.patience }
  const { orm, log, jobs } = parts
  const drives = new Map<string, Driving>()
  const confirming = new Map<string, Promise<void>>()
  const stopping = new AbortController()
  const worker = new WorkerProcess(parts.url, log, () => drives.forEach(({ drive }) => drive?.drop()))
  let sweeping: Promise<void> | undefined
  let started = false

  const cargo = (id: string) => persistently(() => cargoOf(orm.em.fork(), parts.integrations, parts.contentStore, id))

  /** Drives a deployment unless somebody does. A drive that breaks is taken up again by the next sweep. */
  function drive(id: string): void {
    if (stopping.signal.aborted || !started) return
    const running = drives.get(id)
    if (running) {
      running.again = true
      return running.drive?.wake()
    }
    const entry: Driving = { drive: null, again: false, over: Promise.resolve() }
    drives.set(id, entry)
    entry.over = begin(id, entry)
      .catch((error: unknown) => log.error({ err: error, deployment: id }, 'The drive of a deployment broke.'))
      .finally(() => {
        drives.delete(id)
        // It may have ended just before it was woken.
        if (entry.again) drive(id)
      })
  }

  async function begin(id: string, entry: Driving): Promise<void> {
    const me = worker.id
    const mine = await persistently(() =>
      rows(
        orm.em.fork(),
        `update deployment set driver_id = $2 where uuid = $1 and (driver_id is null or driver_id = $2)
           and distribution = 'AUTOMATIC' and state in ('QUEUED', 'RUNNING', 'PAUSED', 'CANCELLING', 'INTERVENTION')
         returning uuid`,
        [id, me],
      ),
    )
    if (mine.length === 0) return
    entry.drive = new Drive(
      { orm, jobs, log, patience, beginGates: parts.beginGates, metrics: parts.metrics, me },
      await cargo(id),
    )
    if (stopping.signal.aborted) return
    await entry.drive.run()
  }

  function confirm(id: string, signal: AbortSignal = stopping.signal): Promise<void> {
    const running = confirming.get(id)
    if (running) return running
    const looking = cargo(id)
      .then((what) => confirmReported({ orm, patience, metrics: parts.metrics }, what, signal))
      .finally(() => confirming.delete(id))
    confirming.set(id, looking)
    return looking
  }

  async function sweepOnce(): Promise<void> {
    const others = Date.now() >= worker.sweepsFrom
    const found = await orm.em.fork().transactional((em) => sweep(em, worker.id, patience.zombie, others))
    for (const id of found.drive) drive(id)
    for (const id of found.confirm) {
      confirm(id).catch((error: unknown) => log.warn({ err: error, deployment: id }, 'Targets could not be confirmed.'))
    }
  }

  async function keepSweeping(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sleep(patience.sweep, undefined, { signal: stopping.signal, ref: false }).catch(() => {})
      if (stopping.signal.aborted) return
      await sweepOnce().catch((error: unknown) => {
        if (!isPassing(error)) log.error({ err: error }, 'The look for lost work broke.')
      })
    }
  }

  jobs.work<{ deploymentId: string }>(RUN_QUEUE, { batch: 50, concurrency: 50 }, async ({ data }) =>
    drive(data.deploymentId),
  )
  jobs.work<{ deploymentId: string }>(CONFIRM_QUEUE, { batch: 8, concurrency: 8 }, ({ data }, signal) =>
    confirm(data.deploymentId, signal),
  )

  return {
    async start() {
      await worker.register()
      started = true
      await persistently(sweepOnce)
      sweeping = keepSweeping()
    },
    async stop() {
      if (!started) return
      stopping.abort()
      await sweeping
      await Promise.all([...drives.values()].map(({ drive: one }) => one?.stop()))
      await Promise.all([...drives.values()].map(({ over }) => over))
      await Promise.allSettled(confirming.values())
      await orm.em
        .fork()
        .transactional((em) => release(em, [worker.id]))
        .catch(() => {})
      await worker.close()
    },
  }
}
