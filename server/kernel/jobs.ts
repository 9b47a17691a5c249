import type { EntityManager } from '@mikro-orm/postgresql'
import type { FastifyBaseLogger } from 'fastify'
import { randomUUID } from 'node:crypto'
import { CompiledQuery, type Kysely } from 'kysely'
import { PgBoss, type Db } from 'pg-boss'
import { watchOverOrphans } from './job-orphans.ts'
import { JobLoop, type JobCount, type JobHandler, type WorkOptions } from './job-loop.ts'

export interface EnqueueOptions {
  /** Not before so many seconds from now. */
  startAfterSeconds?: number
  /** While a job with this key waits in the queue, further ones are dropped; one that already runs does not count. */
  singletonKey?: string
  /** How often it is tried again after a failure; default: that of the queue. */
  retryLimit?: number
}

/** Background work (D7): the rows are the truth, a job only says that somebody should look at them. */
export interface Jobs {
  /** Adds a job in the transaction of `em`: it exists if and only if that commits. */
  enqueue(em: EntityManager, queue: string, data: object, options?: EnqueueOptions): Promise<void>
  /**
   * Declares who does the jobs of a queue. A job may come twice (after a crash, or when a worker was cut off), so the
   * handler first looks what is left to do. It stops when the signal is aborted. What it throws is logged and tried
   * again, later each time.
   */
  work<D extends object>(queue: string, options: WorkOptions, handler: JobHandler<D>): void
  /** How many jobs of each queue could be done now and wait. */
  waiting(): Promise<Map<string, number>>
  start(): Promise<void>
  /** Takes no more jobs, aborts the running ones and hands back those that do not end within 10 s. */
  stop(): Promise<void>
}

export interface JobsSettings {
  /** Address of the PostgreSQL. */
  url: string
  log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  /** Told of each job that ended here: seconds. */
  count?: JobCount
}

/** For jobs whose worker vanished without closing its connection. The shortest that pg-boss allows. */
const HEARTBEAT = 10 // s
const LONGEST_RUN = 23 * 3600 // s; pg-boss allows less than 24 h
const QUEUE = {
  policy: 'short',
  retryLimit: 10,
  retryDelay: 1, // s
  retryBackoff: true,
  retryDelayMax: 60, // s
  heartbeatSeconds: HEARTBEAT,
  expireInSeconds: LONGEST_RUN,
  deleteAfterSeconds: 86_400, // 1 day
} as const

/** Jobs on pg-boss, over a small connection pool of its own; enqueued through MikroORM's transaction. */
export function createJobs({ url, log, count }: JobsSettings): Jobs {
  const boss = new PgBoss({
    connectionString: url,
    application_name: 'waybill jobs',
    schema: 'pgboss',
    max: 4,
    schedule: false,
    superviseIntervalSeconds: HEARTBEAT,
    monitorIntervalSeconds: HEARTBEAT,
    registerInstance: false,
    openTelemetry: { enabled: false },
  })
  // Unheard, the loss of a connection would end the process.
  boss.on('error', (error) => log.warn({ error: error.message }, 'The job queue lost its database for a moment.'))

  const loops = new Map<string, JobLoop>()
  const known = new Map<string, Promise<void>>()
  let recovery: { stop(): Promise<void> } | undefined
  let started = false

  const declare = (queue: string): Promise<void> => {
    let made = known.get(queue)
    if (!made) {
      made = makeQueue(boss, queue, loops.get(queue)?.options.retryLimit)
      made.catch(() => known.delete(queue))
      known.set(queue, made)
    }
    return made
  }

  return {
    async enqueue(em, queue, data, options = {}) {
      if (!em.isInTransaction()) throw new Error(`A job for ${queue} was enqueued outside a transaction`)
      await declare(queue)
      await boss.send(queue, data, {
        // The queue lets one job wait for each key.
        singletonKey: options.singletonKey ?? randomUUID(),
        ...(options.startAfterSeconds ? { startAfter: options.startAfterSeconds } : {}),
        ...(options.retryLimit === undefined ? {} : { retryLimit: options.retryLimit }),
        db: inTransactionOf(em),
      })
      loops.get(queue)?.expectWork()
    },
    work(queue, options, handler) {
      if (loops.has(queue)) throw new Error(`Two workers were declared for the queue ${queue}`)
      const loop = new JobLoop(boss, queue, options, handler as JobHandler<object>, log, count)
      loops.set(queue, loop)
      if (started) void declare(queue).then(() => loop.start())
    },
    async waiting() {
      const { rows } = await boss.getDb().executeSql(WAITING)
      return new Map((rows as { name: string; count: number }[]).map(({ name, count }) => [name, count]))
    },
    async start() {
      await boss.start()
      await Promise.all([...loops.keys()].map(declare))
      if (loops.size > 0) recovery = await watchOverOrphans(url, log)
      for (const loop of loops.values()) loop.start()
      started = true
    },
    async stop() {
      await Promise.all([...loops.values()].map((loop) => loop.stop()))
      await recovery?.stop()
      await boss.stop({ graceful: false })
    },
  }
}

/** The queues without a job are there as well: a gauge that comes and goes cannot be watched. */
const WAITING = `
  select q.name, count(j.id)::int as count from pgboss.queue q
    left join pgboss.job j on j.name = q.name and j.state < 'active' and j.start_after <= now()
  group by 1`

async function makeQueue(boss: PgBoss, queue: string, retryLimit: number = QUEUE.retryLimit): Promise<void> {
  const found = await boss.getQueue(queue)
  if (!found) await boss.createQueue(queue, { ...QUEUE, retryLimit })
  else if (found.retryLimit !== retryLimit) await boss.updateQueue(queue, { retryLimit })
}

/** pg-boss's statements on the connection of the unit of work, so that they commit and roll back with it. */
function inTransactionOf(em: EntityManager): Db {
  const transaction = em.getTransactionContext() as unknown as Kysely<unknown>
  return {
    async executeSql(text, values = []) {
      const { rows } = await transaction.executeQuery(CompiledQuery.raw(text, [...values]))
      return { rows }
    },
  }
}
