import 'reflect-metadata'
import type { MikroORM } from '@mikro-orm/postgresql'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createOrm } from '../../server/kernel/database.ts'
import { createJobs, type Jobs } from '../../server/kernel/jobs.ts'
import { aDatabase } from '../support/database.ts'
import { aSlowLine } from '../support/slow-line.ts'

const database = aDatabase()
const running: Jobs[] = []
let orm: MikroORM

beforeAll(async () => {
  orm = await createOrm(database.url, { entities: [], migrations: [] }, { discovery: { warnWhenNoEntities: false } })
})
afterEach(() => Promise.all(running.splice(0).map((jobs) => jobs.stop())))
afterAll(() => orm.close(true))

const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }

function someJobs(url = database.url): Jobs {
  const jobs = createJobs({ url, log })
  running.push(jobs)
  return jobs
}

const inTransaction = (work: (em: MikroORM['em']) => Promise<unknown>) =>
  orm.em.fork().transactional((em) => work(em as MikroORM['em']))

test('a job exists if and only if the transaction that asked for it commits', async () => {
  const jobs = someJobs()
  const seen: string[] = []
  jobs.work<{ name: string }>('commit', { batch: 10, concurrency: 10 }, async ({ data }) => void seen.push(data.name))
  await jobs.start()
  await inTransaction((em) => jobs.enqueue(em, 'commit', { name: 'kept' }))
  await inTransaction(async (em) => {
    await jobs.enqueue(em, 'commit', { name: 'rolled back' })
    throw new Error('no')
  }).catch(() => {})
  await expect.poll(() => seen).toEqual(['kept'])
  await sleep(400)
  expect(seen).toEqual(['kept'])
})

test('a job starts within a tenth of a second after the commit in the same process', async () => {
  const jobs = someJobs()
  const started = vi.fn(async () => {})
  jobs.work('wake', { batch: 1, concurrency: 1 }, started)
  await jobs.start()
  await sleep(300)
  await inTransaction((em) => jobs.enqueue(em, 'wake', {}))
  const committed = performance.now()
  await expect.poll(() => started.mock.calls.length, { interval: 5, timeout: 2_000 }).toBe(1)
  expect(performance.now() - committed).toBeLessThan(250)
})

test('2,000 jobs are each done once, never more at a time than allowed', async () => {
  const jobs = someJobs()
  const done: number[] = []
  let active = 0
  let most = 0
  jobs.work<{ n: number }>('many', { batch: 50, concurrency: 20 }, async ({ data }) => {
    most = Math.max(most, ++active)
    await sleep(1)
    active--
    done.push(data.n)
  })
  await jobs.start()
  await inTransaction(async (em) => {
    for (let n = 0; n < 2_000; n++) await jobs.enqueue(em, 'many', { n })
  })
  await expect.poll(() => done.length, { timeout: 20_000 }).toBe(2_000)
  expect(new Set(done).size).toBe(2_000)
  expect(most).toBeLessThanOrEqual(20)
  await expect
    .poll(() => database.rows(`select state, count(*)::int from pgboss.job where name = 'many' group by 1`))
    .toEqual([{ state: 'completed', count: 2_000 }])
})

test('of jobs with one key only one waits', async () => {
  const jobs = someJobs()
  await jobs.start()
  for (const round of [1, 2, 3])
    await inTransaction((em) => jobs.enqueue(em, 'key', { round }, { singletonKey: 'dpl-1' }))
  await inTransaction((em) => jobs.enqueue(em, 'key', { round: 4 }, { singletonKey: 'dpl-2' }))
  const waiting = await database.rows<{ data: { round: number } }>(
    `select data from pgboss.job where name = 'key' order by created_on`,
  )
  expect(waiting.map(({ data }) => data.round)).toEqual([1, 4])
})

test('a job that fails is logged and tried again, and ends after its last try', async () => {
  const jobs = someJobs()
  const tries: number[] = []
  jobs.work('failing', { batch: 1, concurrency: 1, retryLimit: 1 }, async ({ retryCount }) => {
    tries.push(retryCount)
    throw new Error('the disk is full')
  })
  await jobs.start()
  await inTransaction((em) => jobs.enqueue(em, 'failing', {}))
  await expect.poll(() => tries, { timeout: 8_000 }).toEqual([0, 1])
  await expect
    .poll(() => database.rows(`select state, output->>'message' as message from pgboss.job where name = 'failing'`))
    .toEqual([{ state: 'failed', message: 'the disk is full' }])
  expect(log.error.mock.calls.some(([facts]) => facts.queue === 'failing')).toBe(true)
})

test('work goes on after all connections to the database were cut', async () => {
  const jobs = someJobs()
  const seen: number[] = []
  jobs.work<{ n: number }>('cut', { batch: 5, concurrency: 5 }, async ({ data }) => void seen.push(data.n))
  await jobs.start()
  await sleep(300)
  await database.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await sleep(200)
  await expect
    .poll(
      () =>
        inTransaction((em) => jobs.enqueue(em, 'cut', { n: 1 })).then(
          () => true,
          () => false,
        ),
      { timeout: 5_000 },
    )
    .toBe(true)
  await expect.poll(() => seen, { timeout: 8_000 }).toEqual([1])
})

test('what a killed program was running is taken up at once by the next one', async () => {
  const enqueuer = someJobs()
  await enqueuer.start()
  await inTransaction((em) => enqueuer.enqueue(em, 'orphan', {}))
  const script = join(import.meta.dirname, '../support/job-hanger.ts')
  const killed = spawn(process.execPath, ['--import', 'tsx', script, database.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [id] = (await once(killed.stdout, 'data')) as [Buffer]
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const next = someJobs()
  const done: string[] = []
  next.work('orphan', { batch: 1, concurrency: 1 }, async (job) => void done.push(job.id))
  const begun = performance.now()
  await next.start()
  await expect.poll(() => done, { timeout: 5_000 }).toEqual([id.toString().trim()])
  expect(performance.now() - begun).toBeLessThan(3_000)
}, 20_000)

test('a program that is slow to say that it works on jobs does not take its own running job for one that nobody has', async () => {
  const slow = someJobs(await aSlowLine(database.url, 'waybill worker', 1_000))
  const tries: string[] = []
  slow.work('own', { batch: 2, concurrency: 2 }, async (job) => {
    tries.push(job.id)
    await sleep(2_500)
  })
  const enqueuer = someJobs()
  await enqueuer.start()
  await inTransaction((em) => enqueuer.enqueue(em, 'own', {}))
  await slow.start()
  await expect.poll(() => tries.length, { timeout: 5_000 }).toBe(1)
  await sleep(2_000)
  expect(tries).toHaveLength(1)
}, 20_000)

test('a second start finds its tables and is quick', async () => {
  const first = someJobs()
  await first.start()
  const second = someJobs()
  const begun = performance.now()
  await second.start()
  expect(performance.now() - begun).toBeLessThan(1_000)
})
