/**
 * One look at a product: its adapter's stream goes into staging tables (nothing of the graph is written yet), then all of it
 * is taken over in one transaction with the end of the run. A process that dies before that leaves the graph alone; the job
 * comes again and reads on after the scopes that were finished. So does a run that failed or was cancelled, once somebody
 * resumes it. A run that somebody reviewed and applies comes here once more, with what it read then.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { setTimeout as sleep } from 'node:timers/promises'
import type {} from '../catalogue/keeper.ts'
import { record } from '../kernel/events.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { move } from '../kernel/move.ts'
import { row, rows } from '../kernel/sql.ts'
import { withoutSecrets } from '../kernel/secrets.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { DISCOVERY_QUEUE, settingsOf } from './discovery.service.ts'
import type { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunLifecycle, isOver } from './discovery-run.lifecycle.ts'
import { loadRules } from './identity/rule.store.ts'
import type { IdentityRules } from './identity/rules.ts'
import { sweepStaging } from './load/interrupted.ts'
import { dropStaging, notUsable, stagingOf, type Staging } from './load/staging.ts'
import { readSource, type Needed } from './read-source.ts'
import { lockRun, takeOver } from './take-over.ts'

const RETRIES = 3
const TAKEN_AGAIN = 200 // ms

/** Declares who does the discovery runs; `em` is forked for each. */
export function workDiscovery(jobs: Jobs, em: EntityManager, services: Needed): void {
  jobs.work<{ runId: string }>(
    DISCOVERY_QUEUE,
    { batch: 2, concurrency: 2, retryLimit: RETRIES },
    async ({ data, retryCount }, signal) => {
      try {
        await runDiscovery(em, data.runId, services, signal)
      } catch (error) {
        if (signal.aborted || retryCount < RETRIES) throw error
        await fail(em, data.runId, `Waybill could not finish it, so nothing was changed: ${(error as Error).message}`)
      }
    },
  )
}

/** Does one run; comes back without doing anything when it is over already. */
export async function runDiscovery(
  em: EntityManager,
  runId: string,
  services: Needed,
  signal: AbortSignal,
): Promise<void> {
  await alone(em, runId, signal, async () => {
    const begun = await begin(em, runId)
    try {
      if (begun) await carryOut(em, begun, services, signal)
    } finally {
      await leave(em, runId)
    }
  })
  await sweepStaging(em.fork())
}

/**
 * A worker that was silent for a while loses its job to another before it hears of that. Both would read into the same
 * tables, so the other one waits until the first has let go. The lock goes with the connection, thus with a dead process.
 */
async function alone(em: EntityManager, runId: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  // Not as a callback, in which the transactions of the run would be part of this one.
  const held = em.fork()
  await held.begin()
  try {
    await rows(held, 'set local idle_in_transaction_session_timeout = 0')
    const take = `select pg_try_advisory_xact_lock(hashtextextended('discovery ' || $1::text, 0)) as taken`
    while (!(await row<{ taken: boolean }>(held, take, [runId]))!.taken) await sleep(TAKEN_AGAIN, undefined, { signal })
    await work()
  } finally {
    await held.rollback()
  }
}

interface Begun {
  run: DiscoveryRun
  product: ManagementProduct
}

async function carryOut(
  em: EntityManager,
  { run, product }: Begun,
  services: Needed,
  signal: AbortSignal,
): Promise<void> {
  const staging = stagingOf(run.uuid)
  const rules = await loadRules(em.fork(), services.catalogue)
  let isRead: boolean
  try {
    isRead =
      run.state === 'APPLYING'
        ? await isStillUsable(em, run, staging, rules)
        : await readSource(em, { run, product, staging, rules, services, signal })
  } catch (error) {
    if (signal.aborted) throw error
    const cause = withoutSecrets((error as Error).message) as string
    return fail(em, run.uuid, `${product.name} could not be looked at, so nothing was changed: ${cause}`)
  }
  if (!isRead || (await hasErrors(em, run.uuid))) return
  const end = await takeOver(em, { run, product, staging, rules })
  // What a run read that did not get to its end is there for who resumes it.
  if (end === 'finish') await dropStaging(em.fork(), staging)
}

/** What a run read before its review; false when it cannot be taken over any more, and the run failed for it. */
async function isStillUsable(em: EntityManager, run: DiscoveryRun, staging: Staging, rules: IdentityRules) {
  const why = await notUsable(em.fork(), staging, rules)
  if (!why) return true
  await fail(em, run.uuid, `${why}, so nothing was changed. Discover again.`)
  await dropStaging(em.fork(), staging)
  return false
}

async function begin(em: EntityManager, runId: string): Promise<Begun | null> {
  return em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (!run || run.state === 'AWAITING_REVIEW' || isOver(run.state)) return null
    const product = await em.findOneOrFail(ManagementProduct, run.productId)
    run.startedAt ??= new Date()
    run.busy = true
    run.settings ??= settingsOf(product)
    run.step = run.state === 'APPLYING' ? 'Applying' : 'Reading'
    if (run.state === 'QUEUED') await move(em, run, discoveryRunLifecycle, 'begin', { by: run.startedBy })
    return { run, product }
  })
}

/** Nobody is at it from here on, so that it may be resumed. */
async function leave(em: EntityManager, runId: string): Promise<void> {
  await em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (!run?.busy) return
    run.busy = false
    await em.flush()
    if (run.state !== 'CANCELLED') return
    await stopScopes(em, runId)
    const { uuid, version, topic, scopeIds } = run
    await record(em, { topic, subject: uuid, version, scopeIds })
  })
}

const stopScopes = (em: EntityManager, runId: string) =>
  rows(
    em,
    `update discovery_scope set state = 'STOPPED', finished_at = now() where run_id = $1 and state = 'RUNNING'`,
    [runId],
  )

/** An error of the source makes the whole run change nothing. */
async function hasErrors(em: EntityManager, runId: string): Promise<boolean> {
  const found = await row<{ errors: number; message: string | null }>(
    em.fork(),
    `select r.errors, (select p.message from discovery_problem p where p.run_id = r.uuid and p.severity = 'error' order by p.ordinal limit 1) as message
     from discovery_run r where r.uuid = $1`,
    [runId],
  )
  if (!found?.errors) return false
  const many = found.errors === 1 ? 'One error' : `${found.errors} errors`
  await fail(em, runId, `${many} in what was read, so nothing was changed. The first: ${found.message}`)
  return true
}

async function fail(em: EntityManager, runId: string, failure: string): Promise<void> {
  await em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (!run || isOver(run.state)) return
    Object.assign(run, { failure, finishedAt: new Date(), step: null, busy: false })
    await stopScopes(em, runId)
    await move(em, run, discoveryRunLifecycle, 'fail', { by: run.startedBy, reason: failure })
  })
}
