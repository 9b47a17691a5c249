import type { FastifyBaseLogger } from 'fastify'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobAttempt, PgBoss } from 'pg-boss'
import { giveBack } from './job-orphans.ts'

export interface Job<D extends object = object> {
  id: string
  data: D
  /** 0 for the first try. */
  retryCount: number
}

/** Does one job. The signal is aborted when the program stops, or when the job was given to somebody else. */
export type JobHandler<D extends object = object> = (job: Job<D>, signal: AbortSignal) => Promise<void>

/** Hears of a job that ended. */
export type JobCount = (queue: string, outcome: 'done' | 'failed', seconds: number) => void

export interface WorkOptions {
  /** The most jobs that are fetched at once. */
  batch: number
  /** The most jobs of this queue that run at once in this process. */
  concurrency: number
  /** How often a failed job is tried again; default 10. */
  retryLimit?: number
}

const IDLE = 250 // ms
/** After an enqueue in this process: its transaction will commit soon. */
const EXPECTING = 20 // ms
const EXPECT_FOR = 2_000 // ms
const SETTLE_AFTER = 5 // ms, so that completions go in batches
const TOUCH_EVERY = 3_000 // ms; pg-boss gives a job to somebody else after 10 s without a touch
const PATIENCE = 10_000 // ms, for handlers to end when the program stops
const AFTER_ERROR = 1_000 // ms

/** Fetches jobs of one queue, runs them side by side, and completes them in batches. */
export class JobLoop {
  private readonly running = new Map<string, { job: Job; stop: AbortController; handled: Promise<void> }>()
  private done: JobAttempt[] = []
  private settling: Promise<void> | undefined
  private readonly stopping = new AbortController()
  private looping: Promise<unknown> | undefined
  private expectUntil = 0
  private wake = new AbortController()

  constructor(
    private readonly boss: PgBoss,
    readonly queue: string,
    readonly options: WorkOptions,
    private readonly handler: JobHandler,
    private readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>,
    private readonly count: JobCount = () => {},
  ) {}

  start(): void {
    this.looping ??= Promise.all([this.fetching(), this.touching()])
  }

  /** A job is about to be committed: look often for a moment. */
  expectWork(): void {
    this.expectUntil = Date.now() + EXPECT_FOR
    this.wake.abort()
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    this.wake.abort()
    for (const { stop } of this.running.values()) stop.abort(new Error('Waybill is stopping'))
    await Promise.race([
      Promise.allSettled([...this.running.values()].map(({ handled }) => handled)),
      sleep(PATIENCE, undefined, { ref: false }),
    ])
    await this.looping
    await this.settling
    const left = [...this.running.values()].map(({ job }) => job)
    await giveBack(this.boss.getDb(), this.queue, left).catch((error: Error) =>
      this.log.warn({ queue: this.queue, error: error.message }, 'Unfinished jobs could not be handed back.'),
    )
  }

  private async fetching(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const free = this.options.concurrency - this.running.size
      const jobs = free > 0 ? await this.fetch(Math.min(free, this.options.batch)) : []
      for (const job of jobs) this.run(job)
      if (jobs.length === 0) await this.pause(Date.now() < this.expectUntil ? EXPECTING : IDLE)
    }
  }

  private async fetch(batchSize: number): Promise<Job[]> {
    try {
      return (await this.boss.fetch<object>(this.queue, { batchSize })) as Job[]
    } catch (error) {
      this.log.warn({ queue: this.queue, error: (error as Error).message }, 'No jobs could be fetched; trying again.')
      await this.pause(AFTER_ERROR)
      return []
    }
  }

  private run(job: Job): void {
    const stop = new AbortController()
    const begun = performance.now()
    const ended = (outcome: 'done' | 'failed') => this.count(this.queue, outcome, (performance.now() - begun) / 1_000)
    const handled = this.handler(job, stop.signal)
      .then(
        () => {
          ended('done')
          this.complete(job)
        },
        (error: Error) => {
          if (!stop.signal.aborted) ended('failed')
          return this.failed(job, error, stop.signal)
        },
      )
      .finally(() => {
        this.running.delete(job.id)
        this.wake.abort()
      })
    this.running.set(job.id, { job, stop, handled })
  }

  private complete({ id, retryCount }: Job): void {
    this.done.push({ id, retryCount })
    this.settling ??= this.settle().finally(() => (this.settling = undefined))
  }

  /** Until it worked: a completed job that stays open would be done again. */
  private async settle(): Promise<void> {
    await sleep(SETTLE_AFTER)
    while (this.done.length > 0) {
      const batch = this.done.splice(0, 1000)
      try {
        await this.boss.complete(this.queue, batch)
      } catch (error) {
        this.done.unshift(...batch)
        this.log.warn({ queue: this.queue, error: (error as Error).message }, 'Jobs could not be completed yet.')
        if (this.stopping.signal.aborted) return
        await sleep(AFTER_ERROR)
      }
    }
  }

  private async failed(job: Job, error: Error, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      await giveBack(this.boss.getDb(), this.queue, [job]).catch(() => {})
      return
    }
    this.log.error({ queue: this.queue, job: job.id, tries: job.retryCount + 1, error }, 'A job failed.')
    // If this cannot be said, the missing touch says it 10 s later.
    const attempt = { id: job.id, retryCount: job.retryCount }
    await this.boss.fail(this.queue, attempt, { message: error.message }).catch(() => {})
  }

  /** Says that the running jobs are alive; stops those that somebody else was given. */
  private async touching(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await sleep(TOUCH_EVERY, undefined, { signal: this.stopping.signal, ref: false }).catch(() => {})
      const jobs = [...this.running.values()].map(({ job: { id, retryCount } }) => ({ id, retryCount }))
      if (jobs.length === 0 || this.stopping.signal.aborted) continue
      try {
        const { settled } = (await this.boss.touch(this.queue, jobs)) as { settled?: string[] }
        const lost = jobs.filter(({ id }) => settled && !settled.includes(id))
        for (const { id } of lost) this.running.get(id)?.stop.abort(new Error('The job was given to another worker'))
      } catch (error) {
        this.log.warn({ queue: this.queue, error: (error as Error).message }, 'Running jobs could not be touched.')
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    if (this.wake.signal.aborted) this.wake = new AbortController()
    if (this.stopping.signal.aborted) return
    await sleep(ms, undefined, { signal: this.wake.signal }).catch(() => {})
  }
}
