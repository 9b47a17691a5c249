/** When a product is looked at by itself, what becomes of what it would change, and when what it misses is retired. */
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services } from '../kernel/context.ts'
import { BadInput, Refusal, VersionConflict } from '../kernel/errors.ts'
import type { Jobs } from '../kernel/jobs.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { record } from '../kernel/events.ts'
import { row, rows } from '../kernel/sql.ts'
import { lockProduct } from '../product/product.service.ts'
import { adapterOf, startDiscovery } from './discovery.service.ts'
import { sweepStaging } from './load/interrupted.ts'
import { settleStale } from './identity/staleness.ts'

export interface Policy {
  productId: string
  everyMinutes: number | null
  nextAt: Date | null
  retireAfterRefreshes: number | null
  retireAfterDays: number | null
  /** Whether what a run would change waits for a person. */
  changes: 'APPLY' | 'REVIEW'
  version: number
}

export interface PolicyChange {
  productId: string
  everyMinutes?: number | null
  retireAfterRefreshes?: number | null
  retireAfterDays?: number | null
  changes?: Policy['changes'] | null
  expectedVersion?: number | null
}

export const POLICY = `product_id as "productId", every_minutes as "everyMinutes", next_at as "nextAt",
  retire_after_refreshes as "retireAfterRefreshes", retire_after_days as "retireAfterDays", changes, version`

const LIMITS = { everyMinutes: [5, 525_600], retireAfterRefreshes: [1, 1_000], retireAfterDays: [1, 3_650] } as const

/** All of it anew; null or left out: never, and changes are applied. */
export async function setPolicy(
  em: EntityManager,
  services: Pick<Services, 'adapters' | 'integrations'>,
  change: PolicyChange,
): Promise<Policy> {
  const product = await lockProduct(em, change.productId, ['productId'])
  for (const [field, [least, most]] of Object.entries(LIMITS)) {
    const value = change[field as keyof typeof LIMITS]
    if (value == null || (value >= least && value <= most)) continue
    throw new BadInput(`${field} is a number from ${least} to ${most}, or nothing for never.`, {
      field: [field],
      itemId: product.id,
      rule: 'discovery policy',
    })
  }
  if (change.everyMinutes != null) adapterOf(services, product)
  const known = await row<Policy>(em, `select ${POLICY} from discovery_policy where product_id = $1 for update`, [
    product.uuid,
  ])
  if (change.expectedVersion != null && change.expectedVersion !== (known?.version ?? 0))
    throw new VersionConflict(`The discovery policy of ${product.name}`, change.expectedVersion, known?.version ?? 0)
  const policy = await row<Policy>(
    em,
    `insert into discovery_policy as p (product_id, every_minutes, next_at, retire_after_refreshes, retire_after_days, changes)
     values ($1, $2, now() + make_interval(mins => $2::int), $3, $4, $5)
     on conflict (product_id) do update set every_minutes = excluded.every_minutes, retire_after_refreshes = excluded.retire_after_refreshes,
       retire_after_days = excluded.retire_after_days, changes = excluded.changes, version = p.version + 1,
       next_at = case when p.every_minutes is not distinct from excluded.every_minutes then p.next_at else excluded.next_at end
     returning ${POLICY}`,
    [
      product.uuid,
      change.everyMinutes ?? null,
      change.retireAfterRefreshes ?? null,
      change.retireAfterDays ?? null,
      change.changes ?? 'APPLY',
    ],
  )
  await record(em, {
    topic: 'product.changed',
    subject: product.uuid,
    version: product.version,
    scopeIds: product.scopeIds,
  })
  return policy!
}

export const SCHEDULE_QUEUE = 'discovery-schedule'
const TICK = 20 // s

/**
 * Looks every few seconds which products are due, and whose word went stale. One job waits at any time, whichever process
 * does it.
 */
export function workSchedule(
  jobs: Jobs,
  em: EntityManager,
  services: Pick<Services, 'adapters' | 'jobs' | 'catalogue'>,
): void {
  jobs.work(SCHEDULE_QUEUE, { batch: 1, concurrency: 1 }, async () => {
    try {
      await startDue(em, services)
      await settleStale(em, services.catalogue)
      await sweepStaging(em.fork())
    } finally {
      await em.fork().transactional((em) => nextTick(em, jobs, TICK))
    }
  })
}

export const nextTick = (em: EntityManager, jobs: Jobs, seconds: number) =>
  jobs.enqueue(em, SCHEDULE_QUEUE, {}, { singletonKey: 'tick', startAfterSeconds: seconds, retryLimit: 0 })

/** Starts the runs that are due; one that is under way still counts for this time. Answers how many began. */
export async function startDue(em: EntityManager, services: Pick<Services, 'adapters' | 'jobs'>): Promise<number> {
  const due = await rows<{ product_id: string }>(
    em.fork(),
    `select p.product_id from discovery_policy p join management_product m on m.uuid = p.product_id and m.state = 'ACTIVE'
     where p.next_at <= now() and p.every_minutes is not null order by p.next_at limit 100`,
  )
  let begun = 0
  for (const { product_id } of due) {
    const started = await em.fork().transactional(async (em) => {
      const taken = await row<object>(
        em,
        `update discovery_policy set next_at = greatest(now(), next_at) + make_interval(mins => every_minutes) where product_id = $1 and next_at <= now() returning 1`,
        [product_id],
      )
      if (!taken) return false
      try {
        await startDiscovery(
          em,
          { productId: toNodeId('prd', product_id), reason: 'It was time by its schedule.' },
          services,
          null,
        )
        return true
      } catch (error) {
        if (error instanceof Refusal) return false
        throw error
      }
    })
    if (started) begun++
  }
  return begun
}
