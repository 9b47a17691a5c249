/**
 * What a run read becomes what is known, in one transaction with the end of the run. A dry run only shows what would change.
 * So does a run whose product lets its changes wait for a review, unless there are none: what it read is kept, and once a
 * person applies it, it is taken over if it still changes what that person saw; else the person is asked again.
 */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { explain } from '../kernel/cause.ts'
import { record } from '../kernel/events.ts'
import { move } from '../kernel/move.ts'
import { row, rows } from '../kernel/sql.ts'
import type { ManagementProduct } from '../product/product.entity.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunLifecycle } from './discovery-run.lifecycle.ts'
import { rulesRevision } from './identity/rule.store.ts'
import type { IdentityRules } from './identity/rules.ts'
import { applyLoad, KEEP_CHANGES, type Counts } from './load/load.ts'
import { OF_LOAD } from './load/problems.ts'
import { keepStaging, type Staging } from './load/staging.ts'

const CHANGES_AT_ONCE = 5_000 // rows of a change set that outlives its transaction

const OTHER_BY_NOW =
  'What is known changed since the look, so applying it would change other things now. They are shown here: look again.'

export interface ReadRun {
  run: DiscoveryRun
  product: ManagementProduct
  staging: Staging
  rules: IdentityRules
}

type End = 'finish' | 'propose'

/** Ends a run that only shows, with its counts, and takes everything else back. */
class Rehearsed extends Error {
  constructor(
    readonly counts: Counts,
    readonly end: End,
    readonly step: string | null = null,
  ) {
    super('Rehearsed')
  }
}
class Stopped extends Error {}

/** Answers how the run ended; null: it had been cancelled. What it read is needed again only when it is proposed. */
export async function takeOver(em: EntityManager, { run, product, staging, rules }: ReadRun): Promise<End | null> {
  const { uuid, dryRun, productId } = run
  const isReviewed = run.state === 'APPLYING'
  const step = (text: string, percent: number) => showProgress(em, uuid, text, percent, null).then(() => undefined)
  // The time of the look, also where it is applied later: what was seen meanwhile by others was seen after it.
  const at = (isReviewed && run.finishedAt) || new Date()
  try {
    await em.fork().transactional(async (inner) => {
      const actor = run.reviewedBy ?? run.startedBy
      await explain(inner, { cause: 'DISCOVERY', actor, originId: run.id, originNumber: run.number })
      const look = { runId: uuid, productId, source: { name: product.name, kind: product.kind }, at }
      // What people looked at before it is applied is listed whole afterwards, too.
      const lines = dryRun || run.review ? 'ALL' : 'CHEAP'
      const counts = await applyLoad(inner, { look, staging, rules, lines, step })
      if (rules.revision !== (await rulesRevision(inner)))
        throw new Error('The rules changed while it was read, so it is read anew.')
      const rehearsed = dryRun
        ? new Rehearsed(counts, 'finish')
        : run.review && !isReviewed && changesAnything(counts)
          ? new Rehearsed(counts, 'propose')
          : isReviewed && (await changesOther(inner, uuid))
            ? new Rehearsed(counts, 'propose', OTHER_BY_NOW)
            : null
      if (rehearsed) {
        await copyChanges(inner, em.fork(), uuid)
        throw rehearsed
      }
      await forgetShown(inner, uuid)
      const written = `${KEEP_CHANGES} select $1, ordinal, kind, class_name, name, item, other, details from change where kind <> 'QUESTION'`
      await rows(inner, written, [uuid])
      await finish(inner, uuid, counts, at)
    })
    return 'finish'
  } catch (error) {
    if (error instanceof Stopped) return null
    if (!(error instanceof Rehearsed)) throw error
    return end(em, run.uuid, staging, error, at)
  }
}

async function end(em: EntityManager, runId: string, staging: Staging, rehearsed: Rehearsed, at: Date) {
  try {
    await em.fork().transactional(async (inner) => {
      if (rehearsed.end === 'propose') await keepStaging(inner, staging)
      await finish(inner, runId, rehearsed.counts, at, rehearsed)
    })
    return rehearsed.end
  } catch (error) {
    if (error instanceof Stopped) return null
    throw error
  }
}

async function finish(
  em: EntityManager,
  runId: string,
  counts: Counts,
  at: Date,
  { end, step }: Pick<Rehearsed, 'end' | 'step'> = { end: 'finish', step: null },
): Promise<void> {
  const run = await lockRun(em, runId)
  if (run?.state !== 'RUNNING' && run?.state !== 'APPLYING') throw new Stopped()
  const { warnings: loadWarnings } = counts
  const warnings = run.warnings - run.loadWarnings + loadWarnings
  Object.assign(run, counts, { warnings, loadWarnings, finishedAt: at, percent: 100, step })
  const by = end === 'finish' ? (run.reviewedBy ?? run.startedBy) : run.startedBy
  if (end === 'propose') Object.assign(run, { reviewedBy: null, reviewedAt: null })
  await move(em, run, discoveryRunLifecycle, end, { by, reason: step })
}

/** Whether there is anything to review: an item, a question or a relationship. */
function changesAnything(counts: Counts): boolean {
  const { created, changed, missing, retired, relationshipsNew, relationshipsGone, questions } = counts
  return created + changed + missing + retired + relationshipsNew + relationshipsGone + questions > 0
}

/** Whether the change set is another than the one that was shown. The ids of new items are made at every try. */
async function changesOther(em: EntityManager, runId: string): Promise<boolean> {
  const now = `select kind, class_name, name, details, known, known_other from change`
  const shown = `select kind, class_name, name, details, actual_item_id, other_item_id from discovery_change where run_id = $1`
  const found = await row<{ other: boolean }>(
    em,
    `select exists (${now} except all ${shown}) or exists (${shown} except all ${now}) as other`,
    [runId],
  )
  return found!.other
}

/** What was shown for a review: now the same is written for good. */
async function forgetShown(em: EntityManager, runId: string): Promise<void> {
  await rows(em, 'delete from discovery_change where run_id = $1', [runId])
  await rows(
    em,
    'delete from discovery_problem where run_id = $1 and scope = $2 and xmin <> pg_current_xact_id()::xid',
    [runId, OF_LOAD],
  )
}

/** The change set of what is only shown outlives the transaction that made it, and so do its problems: they go out page by page. */
async function copyChanges(from: EntityManager, to: EntityManager, runId: string): Promise<void> {
  await rows(to, 'delete from discovery_change where run_id = $1', [runId])
  await rows(to, 'delete from discovery_problem where run_id = $1 and scope = $2', [runId, OF_LOAD])
  const problems = await rows<object>(
    from,
    `select severity, rule, message, source, line, col, element from discovery_problem
     where run_id = $1 and xmin = pg_current_xact_id()::xid order by ordinal`,
    [runId],
  )
  await rows(
    to,
    `insert into discovery_problem (run_id, scope, severity, rule, message, source, line, col, element) select $2, $3, p.*
     from json_to_recordset($1::json) as p(severity text, rule text, message text, source text, line int, col int, element text)`,
    [JSON.stringify(problems), runId, OF_LOAD],
  )
  for (let first = 0; ; first += CHANGES_AT_ONCE) {
    const page = await rows<object>(
      from,
      'select ordinal, kind, class_name, name, known, known_other, details from change where ordinal >= $1 and ordinal < $2 order by ordinal',
      [first, first + CHANGES_AT_ONCE],
    )
    if (page.length === 0) return
    await rows(
      to,
      `${KEEP_CHANGES} select $2, c.ordinal, c.kind, c.class_name, c.name, c.known, c.known_other, c.details
       from json_to_recordset($1::json)
         as c(ordinal int, kind text, class_name text, name text, known uuid, known_other uuid, details jsonb)`,
      [JSON.stringify(page), runId],
    )
  }
}

/** Shows how far it is; false when the run is not under way any more. */
export async function showProgress(
  em: EntityManager,
  runId: string,
  step: string,
  percent: number,
  seen: number | null,
): Promise<boolean> {
  return em.fork().transactional(async (em) => {
    const run = await lockRun(em, runId)
    if (run?.state !== 'RUNNING' && run?.state !== 'APPLYING') return false
    Object.assign(run, { step, percent: Math.max(percent, run.percent), seen: seen ?? run.seen })
    await em.flush()
    const { uuid, version, topic, scopeIds } = run
    await record(em, { topic, subject: uuid, version, scopeIds, actor: run.startedBy })
    return true
  })
}

export const lockRun = (em: EntityManager, uuid: string) =>
  em.findOne(DiscoveryRun, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
