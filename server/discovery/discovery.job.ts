/**
 * One look at a product: its adapter's stream goes into staging tables (nothing of the graph is written yet), then all of it
 * is taken over in one transaction with the end of the run. A process that dies before that leaves the graph alone; the job
 * comes again and reads on after the scopes that were finished. A run that was cancelled meanwhile writes nothing. A run that
 * somebody reviewed and applies comes here once more, with what it read then.
 */
import type { EntityManager } from '@mikro-orm/postgresql'
import { createReadStream } from 'node:fs'
import type {} from '../catalogue/keeper.ts'
import type { Services } from '../kernel/context.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { move } from '../kernel/move.ts'
import { row, rows } from '../kernel/sql.ts'
import { withoutSecrets } from '../kernel/secrets.ts'
import { productRef } from '../product/modules.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import type { ReadOrder } from './adapters/adapter.ts'
import { adapterOf, DISCOVERY_QUEUE } from './discovery.service.ts'
import type { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunLifecycle } from './discovery-run.lifecycle.ts'
import { hostServices } from './hosts.ts'
import { loadRules } from './identity/rule.store.ts'
import type { IdentityRules } from './identity/rules.ts'
import { stageAll, type StageProgress } from './load/stage.ts'
import {
  dropStaging,
  finishedScopes,
  notUsable,
  openStaging,
  stagingOf,
  sweepStaging,
  type Staging,
} from './load/staging.ts'
import { lockRun, showProgress, takeOver } from './take-over.ts'
import { vocabularyOf } from './vocabulary.ts'

type Needed = Pick<Services, 'adapters' | 'catalogue'> & Partial<Pick<Services, 'contentStore'>>

const RETRIES = 3

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
        await fail(em, data.runId, `Waybill could not finish it: ${(error as Error).message}`)
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
  const begun = await begin(em, runId)
  if (!begun) return sweepStaging(em.fork())
  const { run, product } = begun
  const staging = stagingOf(runId)
  const rules = await loadRules(em.fork(), services.catalogue)
  let isRead: boolean
  try {
    isRead =
      run.state === 'APPLYING'
        ? await isStillUsable(em, run, staging, rules)
        : await read(em, { run, product, staging, rules, services, signal })
  } catch (error) {
    if (signal.aborted) throw error
    const cause = withoutSecrets((error as Error).message) as string
    await fail(em, runId, `${product.name} could not be looked at, so nothing was changed: ${cause}`)
    return dropStaging(em.fork(), staging)
  }
  const end = isRead && !(await hasErrors(em, runId)) ? await takeOver(em, { run, product, staging, rules }) : null
  if (end !== 'propose') await dropStaging(em.fork(), staging)
}

/** What a run read before its review; false when it cannot be taken over any more, and the run failed for it. */
async function isStillUsable(em: EntityManager, run: DiscoveryRun, staging: Staging, rules: IdentityRules) {
  const why = await notUsable(em.fork(), staging, rules)
  if (why) await fail(em, run.uuid, `${why}, so nothing was changed. Discover again.`)
  return !why
}

async function begin(em: EntityManager, runId: string) {
  return em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (!run || run.state === 'AWAITING_REVIEW' || discoveryRunLifecycle.isTerminal(run.state)) return null
    run.startedAt ??= new Date()
    run.step = run.state === 'APPLYING' ? 'Applying' : 'Reading'
    if (run.state === 'QUEUED') await move(em, run, discoveryRunLifecycle, 'begin', { by: run.startedBy })
    return { run, product: await em.findOneOrFail(ManagementProduct, run.productId) }
  })
}

interface Reading {
  run: DiscoveryRun
  product: ManagementProduct
  staging: Staging
  rules: IdentityRules
  services: Needed
  signal: AbortSignal
}

/** Into the staging tables; false when the run was cancelled meanwhile. */
async function read(em: EntityManager, { run, product, staging, rules, services, signal }: Reading): Promise<boolean> {
  const adapter = adapterOf(services, product)
  await openStaging(em.fork(), staging, rules.revision)
  const finished = await finishedScopes(em.fork(), run.uuid, staging)
  const stop = new AbortController()
  const both = AbortSignal.any([signal, stop.signal])
  const upload = await uploadOf(em.fork(), run, services)
  const order: ReadOrder = {
    product: productRef(product),
    signal: both,
    finished,
    vocabulary: vocabularyOf(rules.catalogue),
    ...hostServices(em, product.uuid),
    ...(upload ? { upload } : {}),
  }
  let shown = 0
  const progress = async (now: StageProgress) => {
    if (Date.now() - shown < 300) return true // ms
    shown = Date.now()
    return showProgress(
      em,
      run.uuid,
      `Reading${now.scope ? ` ${now.scope}` : ''}: ${now.seen} elements`,
      percentOf(now),
      now.seen,
    )
  }
  const whole = await stageAll(
    { em, runId: run.uuid, staging, rules, finished, signal: both, progress },
    adapter.read(order),
  )
  stop.abort()
  return whole
}

/** By scopes where their number is known; else half of what is left with each hundred thousand elements. */
function percentOf({ seen, scopes, of }: StageProgress): number {
  return of ? Math.round((70 * Math.max(0, scopes - 1)) / of) : Math.round(70 * (1 - 0.5 ** (1 + seen / 100_000)))
}

async function uploadOf(
  em: EntityManager,
  run: DiscoveryRun,
  { contentStore }: Needed,
): Promise<ReadOrder['upload'] | null> {
  if (!run.uploadId) return null
  const upload = await row<{ name: string; digest: string }>(
    em,
    'select name, digest from discovery_upload where uuid = $1',
    [run.uploadId],
  )
  const path = contentStore!.pathOf(upload!.digest)
  return { name: upload!.name, open: () => createReadStream(path) }
}

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
    if (!run || discoveryRunLifecycle.isTerminal(run.state)) return
    Object.assign(run, { failure, finishedAt: new Date(), step: null })
    await rows(
      em,
      `update discovery_scope set state = 'STOPPED', finished_at = now() where run_id = $1 and state = 'RUNNING'`,
      [runId],
    )
    await move(em, run, discoveryRunLifecycle, 'fail', { by: run.startedBy, reason: failure })
  })
}
