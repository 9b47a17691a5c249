/** A run that failed or was cancelled goes on with what it had not finished, or the refusal says why it cannot. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput } from '../kernel/errors.ts'
import { IllegalTransition } from '../kernel/lifecycle.ts'
import { expectVersion, move } from '../kernel/move.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import { becauseOf } from '../item/item.service.ts'
import type { ManagementProduct } from '../product/product.entity.ts'
import { lockProduct, requireActive } from '../product/product.service.ts'
import { adapterOf, DISCOVERY_QUEUE, lockedRun, refuseBusy, settingsOf } from './discovery.service.ts'
import type { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunLifecycle } from './discovery-run.lifecycle.ts'
import { loadRules } from './identity/rule.store.ts'
import { leftOf, RESUMABLE_DAYS } from './load/interrupted.ts'
import { notUsable, stagingOf } from './load/staging.ts'
import { UploadGone, type Upload } from './upload.service.ts'

type Needed = Pick<Services, 'adapters' | 'jobs' | 'catalogue'> & Partial<Pick<Services, 'contentStore'>>

const DAY = 86_400_000 // ms

interface Resumption {
  id: string
  expectedVersion?: number | null
  reason?: string | null
}

/** In the background, as if nothing had been in between. */
export async function resumeDiscovery(
  em: EntityManager,
  input: Resumption,
  services: Needed,
  viewer: Viewer,
): Promise<DiscoveryRun> {
  const run = await lockedRun(em, input.id)
  expectVersion(run, input.expectedVersion)
  if (!discoveryRunLifecycle.next(run.state, 'resume'))
    throw new IllegalTransition(discoveryRunLifecycle, run.displayName, run.state, 'resume')
  const product = await lockProduct(em, toNodeId('prd', run.productId), ['id'])
  requireActive(product)
  adapterOf(services, product)
  await refuseBusy(em, product, run.dryRun)
  await refuseLeft(em, run, product)
  await refuseUpload(em, run, product, services)
  const { finished } = await refuseOther(em, run, product, services)
  const because = becauseOf(viewer, input.reason)
  Object.assign(run, { failure: null, finishedAt: null, step: null, reviewedBy: null, reviewedAt: null })
  Object.assign(run, { resumedBy: because.by, resumedAt: new Date() })
  // What is read from its beginning is read by the settings of now.
  if (finished === 0) run.settings = null
  await move(em, run, discoveryRunLifecycle, 'resume', because)
  await services.jobs.enqueue(em, DISCOVERY_QUEUE, { runId: run.uuid })
  return run
}

const no = (run: DiscoveryRun, rule: string, message: string, evidence: Record<string, unknown> = {}) =>
  new BadInput(message, { itemId: run.id, field: ['id'], rule, evidence })

/** Somebody is at it, or it is too late. */
async function refuseLeft(em: EntityManager, run: DiscoveryRun, product: ManagementProduct): Promise<void> {
  const { number } = run
  if (run.busy) throw no(run, 'resume once stopped', `${number} is still being stopped. Resume it in a moment.`)
  const later = await row<{ number: string }>(
    em,
    'select number from discovery_run where product_id = $1 and created_at > $2 order by created_at desc limit 1',
    [run.productId, run.createdAt],
  )
  if (later) {
    const why = `${later.number} looked at ${product.name} after ${number}, so what ${number} read is out of date. Discover again.`
    throw no(run, 'resume the last run', why, { later: later.number })
  }
  if (run.finishedAt && Date.now() - run.finishedAt.getTime() > RESUMABLE_DAYS * DAY) {
    const why = `${number} ended more than ${RESUMABLE_DAYS} days ago, so what it read is out of date. Discover again.`
    throw no(run, 'resume within days', why, { finishedAt: run.finishedAt.toISOString() })
  }
}

/** The bytes of a file that was handed in never change: they have to be there, and without an error. */
async function refuseUpload(
  em: EntityManager,
  run: DiscoveryRun,
  product: ManagementProduct,
  { contentStore }: Needed,
): Promise<void> {
  if (!run.uploadId) return
  const upload = await row<Pick<Upload, 'name' | 'digest'>>(
    em,
    'select name, digest from discovery_upload where uuid = $1',
    [run.uploadId],
  )
  if (contentStore && !(await contentStore.has(upload!.digest))) throw new UploadGone(product, upload!, ['id'])
  const error = await row<{ rule: string; message: string }>(
    em,
    `select rule, message from discovery_problem where run_id = $1 and severity = 'error' order by ordinal limit 1`,
    [run.uuid],
  )
  if (!error) return
  const why = `What is wrong stands in the file ${upload!.name} itself, so reading on would find it again: ${error.message} Hand in a corrected file.`
  throw no(run, 'resume a good file', why, { rule: error.rule })
}

/** What was read already and what is read from now on have to fit together. */
async function refuseOther(em: EntityManager, run: DiscoveryRun, product: ManagementProduct, { catalogue }: Needed) {
  const left = await leftOf(em, run.uuid)
  const { number } = run
  if (left.isLost) throw no(run, 'resume what was kept', `What ${number} read is not here any more. Discover again.`)
  if (left.finished === 0) return left
  const { finished } = left
  if (run.settings !== settingsOf(product)) {
    const why = `The settings of ${product.name} changed since ${number} read by them. Discover again.`
    throw no(run, 'resume by the same settings', why, { finished })
  }
  const why = await notUsable(em, stagingOf(run.uuid), await loadRules(em, catalogue))
  if (why) throw no(run, 'resume by the same rules', `${why}. Discover again.`, { finished })
  return left
}
