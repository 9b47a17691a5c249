/**
 * One look at a product: list everything (nothing is written yet), compare, then write all changes and the end of the run
 * in one transaction. A process that dies before that leaves nothing behind; the job comes again and looks anew. A run
 * that was cancelled meanwhile writes nothing.
 */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { DiscoveredTarget } from '../integrations/integration.ts'
import type { Services } from '../kernel/context.ts'
import { explain } from '../kernel/cause.ts'
import { record } from '../kernel/events.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { move } from '../kernel/move.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import { withoutSecrets } from '../kernel/secrets.ts'
import { moduleOf, productRef } from '../product/modules.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { applyChanges } from './apply.ts'
import { changeSetOf, type Change, type ChangeSet } from './change-set.ts'
import { DISCOVERY_QUEUE } from './discovery.service.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunLifecycle } from './discovery-run.lifecycle.ts'
import { knownTo } from './known.ts'
import { keyOf, seenIn } from './seen.ts'

type Needed = Pick<Services, 'integrations'>

/** Looks run side by side, their writing one after the other. */
const DISCOVERY_LOCK = 7_296_031
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
  if (!begun) return
  const { run, product } = begun
  let look: { targets: DiscoveredTarget[]; complete: boolean } | null
  try {
    look = await list(em, run, product, services, signal)
  } catch (error) {
    if (signal.aborted) throw error
    const cause = withoutSecrets((error as Error).message) as string
    return fail(em, runId, `${product.name} could not be looked at, so nothing was changed: ${cause}`)
  }
  if (look) await write(em, run, look.targets, look.complete)
}

async function begin(em: EntityManager, runId: string) {
  return em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (!run || discoveryRunLifecycle.isTerminal(run.state)) return null
    run.startedAt ??= new Date()
    run.step = 'Listing what the product manages'
    if (run.state === 'QUEUED') await move(em, run, discoveryRunLifecycle, 'begin', { by: run.startedBy })
    return { run, product: await em.findOneOrFail(ManagementProduct, run.productId) }
  })
}

/** All pages; null when the run was cancelled meanwhile. */
async function list(
  em: EntityManager,
  run: DiscoveryRun,
  product: ManagementProduct,
  services: Needed,
  signal: AbortSignal,
) {
  const module = moduleOf(services, product)
  const targets: DiscoveredTarget[] = []
  let cursor: string | undefined
  let complete = false
  for (let pages = 1; ; pages++) {
    signal.throwIfAborted()
    const page = await module.listTargets!(productRef(product), cursor)
    targets.push(...page.items)
    complete = page.complete
    cursor = page.next
    // How many pages come is not known: half of what is left with each, up to 80 %.
    const percent = Math.round(80 * (1 - 0.5 ** pages))
    if (!(await progress(em, run.uuid, `Listed ${targets.length} targets`, cursor ? percent : 80, targets.length)))
      return null
    if (!cursor) return { targets, complete }
  }
}

async function write(em: EntityManager, { uuid }: DiscoveryRun, targets: DiscoveredTarget[], complete: boolean) {
  await em.fork().transactional(async (em) => {
    await rows(em, 'select pg_advisory_xact_lock($1)', [DISCOVERY_LOCK])
    const run = await lockRun(em, uuid)
    if (run?.state !== 'RUNNING') return
    await explain(em, { cause: 'DISCOVERY', actor: run.startedBy, originId: run.id, originNumber: run.number })
    const seen = seenIn(targets)
    const identities = [...seen.items.values()].map(({ identity }) => identity).filter((one) => one !== null)
    const known = await knownTo(em, run.productId, identities)
    const changes = changeSetOf(seen.items.values(), known, complete)
    const at = new Date()
    const uuids = run.dryRun
      ? new Map<string, string>()
      : await applyChanges(em, { runId: uuid, productId: run.productId, at }, changes, seen.edges.values())
    await keepChanges(em, uuid, changes, uuids)
    Object.assign(run, countsOf(changes), { finishedAt: at, percent: 100, step: null })
    await move(em, run, discoveryRunLifecycle, 'finish', { by: run.startedBy })
  })
}

function countsOf({ matched, missing }: ChangeSet) {
  const created = matched.filter(({ known }) => !known).length
  const changed = matched.filter(({ known, change }) => known && change).length
  return {
    seen: matched.length,
    created,
    changed,
    unchanged: matched.length - created - changed,
    missing: missing.length,
  }
}

/** The change set of the run, for people: what is new, other, back or gone. */
async function keepChanges(
  em: EntityManager,
  runId: string,
  { matched, missing }: ChangeSet,
  uuids: Map<string, string>,
) {
  const all: [Change, string | null][] = [
    ...matched.flatMap(({ seen, known, change }): [Change, string | null][] =>
      change ? [[change, known?.uuid ?? uuids.get(keyOf(seen)) ?? null]] : [],
    ),
    ...missing.map(({ known, change }): [Change, string | null] => [change, known.uuid]),
  ]
  const changes = all.map(([{ kind, className, name, details }, actual], ordinal) => ({
    uuid: uuidv7(),
    ordinal,
    kind,
    class_name: className,
    name,
    actual,
    details,
  }))
  await rows(
    em,
    `insert into discovery_change (uuid, run_id, ordinal, kind, class_name, name, actual_item_id, details)
     select c.uuid, $2, c.ordinal, c.kind, c.class_name, c.name, c.actual, c.details
     from jsonb_to_recordset($1::jsonb)
       as c(uuid uuid, ordinal int, kind text, class_name text, name text, actual uuid, details jsonb)`,
    [JSON.stringify(changes), runId],
  )
}

/** Shows how far it is; false when the run is not under way any more. */
async function progress(
  em: EntityManager,
  runId: string,
  step: string,
  percent: number,
  seen: number,
): Promise<boolean> {
  return em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (run?.state !== 'RUNNING') return false
    Object.assign(run, { step, percent: Math.max(percent, run.percent), seen })
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
    await move(em, run, discoveryRunLifecycle, 'fail', { by: run.startedBy, reason: failure })
  })
}

const lockRun = (em: EntityManager, uuid: string) =>
  em.findOne(DiscoveryRun, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
