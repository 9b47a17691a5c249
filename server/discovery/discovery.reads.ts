import { viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { childPage, pageOf } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { DiscoveryChange } from './actual.type.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'

const newestFirst = [
  { column: 'x.created_at', cast: 'timestamptz', descending: true },
  { column: 'x.uuid', cast: 'uuid', descending: true },
]

/** One run; like products, runs are seen by whoever sees the estate anywhere. */
export function discoveryRunOf(context: Context, uuid: string): Promise<DiscoveryRun | null> {
  return batch(context, 'discoveryRun', uuid, (uuids) => discoveryRuns(context, uuids))
}

async function discoveryRuns(context: Context, uuids: string[]): Promise<Map<string, DiscoveryRun>> {
  if (reachAnywhere(viewerOf(context), 'estate.read') !== 'estate') return new Map()
  const found = await rows<object>(context.em, 'select x.* from discovery_run x where x.uuid = any($1::uuid[])', [
    uuids,
  ])
  return byKey(lean(context.em, DiscoveryRun, found), (one) => one.uuid)
}

export function discoveryRunPage(
  context: Context,
  productId: string | null,
  page: PageArgs,
): Promise<Page<DiscoveryRun>> {
  const query = {
    select: 'x.*',
    from: 'discovery_run x',
    where: productId ? ['x.product_id = $1::uuid'] : [],
    values: productId ? [productId] : [],
    order: newestFirst,
  }
  return pageOf(context.em, query, page, (found) => lean(context.em, DiscoveryRun, found))
}

export function runsOfProduct(context: Context, productId: string, page: PageArgs): Promise<Page<DiscoveryRun>> {
  const query = { select: 'x.*', from: 'discovery_run x', order: newestFirst }
  return childPage(context, 'discoveryRuns', productId, 'x.product_id', query, page, (found) =>
    lean(context.em, DiscoveryRun, found),
  )
}

export function lastRunOf(context: Context, productId: string): Promise<DiscoveryRun | null> {
  return batch(context, 'lastRun', productId, async (productIds) => {
    const found = await rows<object>(
      context.em,
      `select distinct on (x.product_id) x.* from discovery_run x where x.product_id = any($1::uuid[])
       order by x.product_id, x.created_at desc, x.uuid desc`,
      [productIds],
    )
    return byKey(lean(context.em, DiscoveryRun, found), (one) => one.productId)
  })
}

export function changesOf(context: Context, runId: string, page: PageArgs): Promise<Page<DiscoveryChange>> {
  const query = {
    select: 'x.kind, x.class_name as "className", x.name, x.actual_item_id as "actualItemId", x.details',
    from: 'discovery_change x',
    order: [{ column: 'x.ordinal', cast: 'integer' }],
  }
  return childPage(context, 'discoveryChanges', runId, 'x.run_id', query, page, (found) =>
    found.map((one) => Object.assign(new DiscoveryChange(), one)),
  )
}

/** For node(id): by prefix, what of these UUIDs the caller may see. */
export const discoveryNodeLoaders = { run: discoveryRuns }
