import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { changed, move } from '../kernel/move.ts'
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
  services: Pick<Services, 'adapters' | 'jobs'>,
  /** Null: Waybill itself, by a schedule. */
  viewer: Viewer | null,
): Promise<DiscoveryRun> {
  const product = await lockProduct(em, input.productId, ['productId'])
  requireActive(product)
  const adapter = adapterOf(services, product)
  const busy = await row<{ uuid: string; number: string }>(
    em,
    `select uuid, number from discovery_run where product_id = $1 and state in ('QUEUED', 'RUNNING')`,
    [product.uuid],
  )
  if (busy) {
    throw new BadInput(`${busy.number} is looking at ${product.name} already. Wait for it or cancel it.`, {
      itemId: toNodeId('run', busy.uuid),
      rule: 'one run at a time',
    })
  }
  const [{ n }] = [await row<{ n: string }>(em, `select nextval('discovery_run_number') as n`)] as [{ n: string }]
  const because = viewer ? becauseOf(viewer, input.reason) : { by: null, reason: input.reason ?? null }
  const run = Object.assign(new DiscoveryRun(), {
    number: `RUN-${n}`,
    productId: product.uuid,
    dryRun: input.dryRun ?? false,
    uploadId: input.uploadId ? (await usableUpload(em, input.uploadId, product, adapter)).uuid : null,
    startedBy: because.by,
  })
  await changed(em, run, 'create', because)
  await services.jobs.enqueue(em, DISCOVERY_QUEUE, { runId: run.uuid })
  return run
}

/** Stops a run before it has written anything; what it saw is dropped. */
export async function cancelDiscovery(
  em: EntityManager,
  input: { id: string; reason?: string | null },
  viewer: Viewer,
): Promise<DiscoveryRun> {
  const uuid = uuidOf(input.id, 'run')
  const run = await em.findOne(DiscoveryRun, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  if (!run) throw new NotFound('discovery run', input.id)
  run.finishedAt = new Date()
  await move(em, run, discoveryRunLifecycle, 'cancel', becauseOf(viewer, input.reason))
  return run
}
