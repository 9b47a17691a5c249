import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import { createHash } from 'node:crypto'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { changed, expectVersion, move } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import { usableUpload } from './upload.service.ts'
import { becauseOf } from '../item/item.service.ts'
import type { DiscoveryAdapter } from './adapters/adapter.ts'
import type { Adapters } from './adapters/registry.ts'
import { ModuleMissing } from '../product/modules.ts'
import type { ManagementProduct } from '../product/product.entity.ts'
import { lockProduct, requireActive } from '../product/product.service.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'
import { discoveryRunLifecycle } from './discovery-run.lifecycle.ts'
import { dropStaging, stagingOf } from './load/staging.ts'

declare module '../kernel/context.ts' {
  interface Services {
    /** What reads the products: by their kind. The same as `sources`, whole. */
    adapters: Adapters
    jobs: Jobs
  }
}

export const DISCOVERY_QUEUE = 'discovery'

export interface DiscoveryInput {
  productId: string
  dryRun?: boolean | null
  uploadId?: string | null
  reason?: string | null
}

/** What reads the product; refuses, naming the kind, when nothing here can. */
export function adapterOf(
  services: Pick<Services, 'adapters'> & Partial<Pick<Services, 'integrations'>>,
  product: ManagementProduct,
): DiscoveryAdapter {
  const { kind } = product
  const adapter = services.adapters.get(kind)
  if (adapter) return adapter
  const message = services.integrations?.has(kind)
    ? `The integration module "${kind}" of ${product.name} cannot list what the product manages, and there is no discovery adapter of that name.`
    : `${product.name} is of the kind ${kind}, and the integration module "${kind}" is missing here, as is a discovery adapter of that name, so nothing can be discovered.`
  throw new ModuleMissing(message, {
    itemId: product.id,
    rule: 'discovery adapter',
    evidence: { kind, known: [...services.adapters.keys()] },
  })
}

/** Has a product looked at, in the background. Refused without an adapter of its kind, and while a run is under way. */
export async function startDiscovery(
  em: EntityManager,
  input: DiscoveryInput,
  services: Pick<Services, 'adapters' | 'jobs'> & Partial<Pick<Services, 'contentStore'>>,
  /** Null: Waybill itself, by a schedule. */
  viewer: Viewer | null,
): Promise<DiscoveryRun> {
  const product = await lockProduct(em, input.productId, ['productId'])
  requireActive(product)
  const adapter = adapterOf(services, product)
  await refuseBusy(em, product, input.dryRun ?? false)
  const [{ n }] = [await row<{ n: string }>(em, `select nextval('discovery_run_number') as n`)] as [{ n: string }]
  const because = viewer ? becauseOf(viewer, input.reason) : { by: null, reason: input.reason ?? null }
  const run = Object.assign(new DiscoveryRun(), {
    number: `RUN-${n}`,
    productId: product.uuid,
    dryRun: input.dryRun ?? false,
    review: !input.dryRun && (await waitsForReview(em, product)),
    uploadId: input.uploadId == null ? null : (await usableUpload(em, input.uploadId, product, adapter, services)).uuid,
    startedBy: because.by,
  })
  await changed(em, run, 'create', because)
  await services.jobs.enqueue(em, DISCOVERY_QUEUE, { runId: run.uuid })
  return run
}

/** The settings by which a product is read, to tell whether they changed; secrets are no part of it. */
export const settingsOf = ({ kind, config }: ManagementProduct): string =>
  createHash('sha256')
    .update(JSON.stringify([kind, config]))
    .digest('hex')

/** What was read first is decided first: a later look over changes that wait would show them again. Only a dry run may. */
export async function refuseBusy(em: EntityManager, product: ManagementProduct, dryRun: boolean): Promise<void> {
  const busy = await row<{ uuid: string; number: string; state: string }>(
    em,
    `select uuid, number, state from discovery_run
     where product_id = $1 and state = any($2::text[]) order by state <> 'AWAITING_REVIEW' desc limit 1`,
    [product.uuid, ['QUEUED', 'RUNNING', 'APPLYING', ...(dryRun ? [] : ['AWAITING_REVIEW'])]],
  )
  if (!busy) return
  const { number, state } = busy
  const why =
    state === 'AWAITING_REVIEW'
      ? `What ${number} found in ${product.name} awaits a review. Apply or discard it first.`
      : state === 'APPLYING'
        ? `What ${number} found in ${product.name} is being applied. Wait for it.`
        : `${number} is looking at ${product.name} already. Wait for it or cancel it.`
  throw new BadInput(why, { itemId: toNodeId('run', busy.uuid), rule: 'one run at a time', evidence: { state } })
}

async function waitsForReview(em: EntityManager, { uuid }: ManagementProduct): Promise<boolean> {
  const policy = await row<{ changes: string }>(em, 'select changes from discovery_policy where product_id = $1', [
    uuid,
  ])
  return policy?.changes === 'REVIEW'
}

/** Stops a run before it has changed anything. What it read is there for who resumes it, until the product is looked at anew. */
export async function cancelDiscovery(
  em: EntityManager,
  input: { id: string; reason?: string | null },
  viewer: Viewer,
): Promise<DiscoveryRun> {
  const run = await lockedRun(em, input.id)
  run.finishedAt = new Date()
  await move(em, run, discoveryRunLifecycle, 'cancel', becauseOf(viewer, input.reason))
  return run
}

interface Review {
  id: string
  expectedVersion?: number | null
  reason?: string | null
}

/** Has what a run found and a person looked at taken over, in the background. */
export async function applyDiscovery(
  em: EntityManager,
  input: Review,
  { jobs }: Pick<Services, 'jobs'>,
  viewer: Viewer,
): Promise<DiscoveryRun> {
  const run = await reviewed(em, input, 'apply', viewer)
  await jobs.enqueue(em, DISCOVERY_QUEUE, { runId: run.uuid })
  return run
}

/** Drops what a run found, after a person looked at it. */
export async function discardDiscovery(em: EntityManager, input: Review, viewer: Viewer): Promise<DiscoveryRun> {
  const run = await reviewed(em, input, 'discard', viewer)
  await dropStaging(em, stagingOf(run.uuid))
  return run
}

async function reviewed(em: EntityManager, input: Review, action: 'apply' | 'discard', viewer: Viewer) {
  const run = await lockedRun(em, input.id)
  expectVersion(run, input.expectedVersion)
  const because = becauseOf(viewer, input.reason)
  Object.assign(run, { reviewedBy: because.by, reviewedAt: new Date(), step: null })
  if (action === 'apply') run.percent = 70 // reading is done
  await move(em, run, discoveryRunLifecycle, action, because)
  return run
}

export async function lockedRun(em: EntityManager, id: string): Promise<DiscoveryRun> {
  const uuid = uuidOf(id, 'run')
  const run = await em.findOne(DiscoveryRun, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!run) throw new NotFound('discovery run', id)
  return run
}
