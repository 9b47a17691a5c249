/**
 * One look at a product: its adapter's stream goes into staging tables (nothing of the graph is written yet), then all of it
 * is taken over in one transaction with the end of the run. A process that dies before that leaves the graph alone; the job
 * comes again and reads on after the scopes that were finished. A run that was cancelled meanwhile writes nothing.
 */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { createReadStream } from 'node:fs'
import type {} from '../catalogue/keeper.ts'
import { explain } from '../kernel/cause.ts'
import type { Services } from '../kernel/context.ts'
import { record } from '../kernel/events.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { move } from '../kernel/move.ts'
import { row, rows } from '../kernel/sql.ts'
import { withoutSecrets } from '../kernel/secrets.ts'
import { productRef } from '../product/modules.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import type { ReadOrder } from './adapters/adapter.ts'
import { adapterOf, DISCOVERY_QUEUE } from './discovery.service.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunLifecycle } from './discovery-run.lifecycle.ts'
import { hostServices } from './hosts.ts'
import { loadRules, rulesRevision } from './identity/rule.store.ts'
import type { IdentityRules } from './identity/rules.ts'
import { applyLoad, KEEP_CHANGES, type Counts } from './load/load.ts'
import { stageAll, type StageProgress } from './load/stage.ts'
import { dropStaging, finishedScopes, openStaging, stagingOf, sweepStaging, type Staging } from './load/staging.ts'
import { vocabularyOf } from './vocabulary.ts'

type Needed = Pick<Services, 'adapters' | 'catalogue'> & Partial<Pick<Services, 'contentStore'>>

const RETRIES = 3
const CHANGES_AT_ONCE = 5_000 // rows of a dry run

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
  let whole: boolean
  try {
    whole = await read(em, { run, product, staging, rules, services, signal })
  } catch (error) {
    if (signal.aborted) throw error
    const cause = withoutSecrets((error as Error).message) as string
    await fail(em, runId, `${product.name} could not be looked at, so nothing was changed: ${cause}`)
    return dropStaging(em.fork(), staging)
  }
  if (whole && !(await hasErrors(em, runId))) {
    await takeOver(em, run, staging, rules)
  }
  await dropStaging(em.fork(), staging)
}

async function begin(em: EntityManager, runId: string) {
  return em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (!run || discoveryRunLifecycle.isTerminal(run.state)) return null
    run.startedAt ??= new Date()
    run.step = 'Reading'
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

/** Ends a dry run with its counts and takes everything else back. */
class Rehearsed extends Error {
  constructor(readonly counts: Counts) {
    super('Rehearsed')
  }
}
class Stopped extends Error {}

async function takeOver(em: EntityManager, run: DiscoveryRun, staging: Staging, rules: IdentityRules): Promise<void> {
  const { uuid, dryRun, productId } = run
  const step = (text: string, percent: number) => showProgress(em, uuid, text, percent, null).then(() => undefined)
  const at = new Date()
  try {
    await em.fork().transactional(async (inner) => {
      await explain(inner, { cause: 'DISCOVERY', actor: run.startedBy, originId: run.id, originNumber: run.number })
      const counts = await applyLoad(inner, { look: { runId: uuid, productId, at }, staging, rules, step })
      if (rules.revision !== (await rulesRevision(inner)))
        throw new Error('The rules changed while it was read, so it is read anew.')
      if (dryRun) {
        await copyChanges(inner, em.fork(), uuid)
        throw new Rehearsed(counts)
      }
      await rows(
        inner,
        `${KEEP_CHANGES} select uuid_in_order(), $1, ordinal, kind, class_name, name, item, details from change`,
        [uuid],
      )
      await finish(inner, uuid, counts, at)
    })
  } catch (error) {
    if (error instanceof Rehearsed)
      await em.fork().transactional((inner) => finish(inner, uuid, error.counts, at).catch(ignoreStopped))
    else ignoreStopped(error)
  }
}

function ignoreStopped(error: unknown): void {
  if (!(error instanceof Stopped)) throw error
}

/** The change set of a dry run outlives the transaction that made it, and so do its problems: they go out page by page. */
async function copyChanges(from: EntityManager, to: EntityManager, runId: string): Promise<void> {
  await rows(to, 'delete from discovery_change where run_id = $1', [runId])
  const problems = await rows<object>(
    from,
    `select severity, rule, message, source, line, element from discovery_problem
     where run_id = $1 and xmin = pg_current_xact_id()::xid order by ordinal`,
    [runId],
  )
  await rows(
    to,
    `insert into discovery_problem (run_id, severity, rule, message, source, line, element) select $2, p.*
     from json_to_recordset($1::json) as p(severity text, rule text, message text, source text, line int, element text)`,
    [JSON.stringify(problems), runId],
  )
  for (let first = 0; ; first += CHANGES_AT_ONCE) {
    const page = await rows<object>(
      from,
      'select ordinal, kind, class_name, name, case when kind <> $3 then item end as item, details from change where ordinal >= $1 and ordinal < $2 order by ordinal',
      [first, first + CHANGES_AT_ONCE, 'CREATED'],
    )
    if (page.length === 0) return
    await rows(
      to,
      `${KEEP_CHANGES} select uuid_in_order(), $2, c.ordinal, c.kind, c.class_name, c.name, c.item, c.details
       from json_to_recordset($1::json) as c(ordinal int, kind text, class_name text, name text, item uuid, details jsonb)`,
      [JSON.stringify(page), runId],
    )
  }
}

async function finish(em: EntityManager, runId: string, counts: Counts, at: Date): Promise<void> {
  const run = await lockRun(em, runId)
  if (run?.state !== 'RUNNING') throw new Stopped()
  Object.assign(run, counts, { warnings: run.warnings + counts.warnings, finishedAt: at, percent: 100, step: null })
  await move(em, run, discoveryRunLifecycle, 'finish', { by: run.startedBy })
}

/** Shows how far it is; false when the run is not under way any more. */
async function showProgress(
  em: EntityManager,
  runId: string,
  step: string,
  percent: number,
  seen: number | null,
): Promise<boolean> {
  return em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (run?.state !== 'RUNNING') return false
    Object.assign(run, { step, percent: Math.max(percent, run.percent), seen: seen ?? run.seen })
    await em.flush()
    const { uuid, version, topic, scopeIds } = run
    await record(em, { topic, subject: uuid, version, scopeIds, actor: run.startedBy })
    return true
  })
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

const lockRun = (em: EntityManager, uuid: string) =>
  em.findOne(DiscoveryRun, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
