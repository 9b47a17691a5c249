import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { changed, move } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { row } from '../kernel/sql.ts'
import { becauseOf } from '../item/item.service.ts'
import type { Adapters } from './adapters/registry.ts'
import { ModuleMissing, moduleOf } from '../product/modules.ts'
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
  reason?: string | null
}

/** Has a product looked at, in the background. Refused without a module that can list targets, and while a run is under way. */
export async function startDiscovery(
  em: EntityManager,
  input: DiscoveryInput,
  services: Pick<Services, 'integrations' | 'jobs'>,
  viewer: Viewer,
): Promise<DiscoveryRun> {
  const product = await lockProduct(em, input.productId, ['productId'])
  requireActive(product)
  const module = moduleOf(services, product)
  if (!module.listTargets) {
    throw new ModuleMissing(
      `The integration module "${module.id}" of ${product.name} cannot list what the product manages.`,
      {
        itemId: product.id,
        rule: 'ability of the module',
        evidence: { module: module.id, ability: 'listTargets' },
      },
    )
  }
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
  const because = becauseOf(viewer, input.reason)
  const run = Object.assign(new DiscoveryRun(), {
    number: `RUN-${n}`,
    productId: product.uuid,
    dryRun: input.dryRun ?? false,
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
