import { viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { toNodeId } from '../kernel/node-id.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { childPage, pageOf } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { DiscoveryChange, type ChangeKind } from './discovery-change.type.ts'
import { DiscoveryRun } from './discovery-run.entity.ts'
import { DiscoveryFile } from './file.types.ts'
import { IS_LEFT } from './load/interrupted.ts'
import { DiscoveryProblem, DiscoveryScope, DiscoveryUpload } from './run-report.type.ts'

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

export function changesOf(
  context: Context,
  runId: string,
  kinds: readonly ChangeKind[] | null,
  page: PageArgs,
): Promise<Page<DiscoveryChange>> {
  const query = {
    select:
      'x.kind, x.class_name as "className", x.name, x.actual_item_id as "actualItemId", x.other_item_id as "otherItemId", x.details',
    from: 'discovery_change x',
    where: kinds ? ['x.kind = any($1::text[])'] : [],
    values: kinds ? [kinds] : [],
    order: [{ column: 'x.ordinal', cast: 'integer' }],
  }
  return childPage(context, 'discoveryChanges', runId, 'x.run_id', query, page, (found) =>
    found.map((one) => Object.assign(new DiscoveryChange(), one)),
  )
}

/** In the order in which they began. */
export function scopesOf(context: Context, runId: string, page: PageArgs): Promise<Page<DiscoveryScope>> {
  const query = {
    select: `x.name, x.state, x.complete, x.seen, x.problems, x.problem, x.started_at as "startedAt", x.finished_at as "finishedAt"`,
    from: 'discovery_scope x',
    order: [
      { column: 'x.ordinal', cast: 'integer' },
      { column: 'x.name', cast: 'text' },
    ],
  }
  return childPage(context, 'discoveryScopes', runId, 'x.run_id', query, page, (found) =>
    found.map((one) => Object.assign(new DiscoveryScope(), one)),
  )
}

/** Errors first. */
export function problemsOf(context: Context, runId: string, page: PageArgs): Promise<Page<DiscoveryProblem>> {
  const query = {
    select: 'x.severity, x.rule, x.message, x.source, x.line, x.col as "column", x.element',
    from: 'discovery_problem x',
    order: [
      { column: 'x.severity', cast: 'text' },
      { column: 'x.ordinal', cast: 'bigint' },
    ],
  }
  return childPage(context, 'discoveryProblems', runId, 'x.run_id', query, page, (found) =>
    found.map((one) => Object.assign(new DiscoveryProblem(), one)),
  )
}

export function uploadOf(context: Context, uuid: string): Promise<DiscoveryUpload | null> {
  return batch(context, 'discoveryUpload', uuid, async (uuids) => {
    const found = await rows<{ uuid: string; name: string; size: number }>(
      context.em,
      'select x.uuid, x.name, x.size::float8 as size from discovery_upload x where x.uuid = any($1::uuid[])',
      [uuids],
    )
    const uploads = found.map((one) => Object.assign(new DiscoveryUpload(), { ...one, id: toNodeId('upl', one.uuid) }))
    return byKey(uploads, (one) => one.uuid)
  })
}

/** Whether a run may be gone on with: it is the last one of its product, not over for too long, and no worker is at it. */
export function canBeResumed(context: Context, uuid: string): Promise<boolean> {
  return batch(context, 'discoveryResumable', uuid, async (uuids) => {
    const found = await rows<{ uuid: string }>(
      context.em,
      `select r.uuid from discovery_run r where r.uuid = any($1::uuid[]) and r.state in ('FAILED', 'CANCELLED') and not r.busy and not ${IS_LEFT}`,
      [uuids],
    )
    return new Map(found.map((one) => [one.uuid, true]))
  }).then(Boolean)
}

/** The newest first; of one run in the order in which it came to them. */
export function filesOfProduct(context: Context, productId: string, page: PageArgs): Promise<Page<DiscoveryFile>> {
  const query = {
    select: `x.name, x.stamp, x.read_at as "readAt", x.items, x.run_id as "runUuid", r.number as "runNumber",
      case when x.superseded then 'SUPERSEDED' when r.state in ('QUEUED', 'RUNNING') then 'READING'
        when r.state in ('AWAITING_REVIEW', 'APPLYING') then 'AWAITING_REVIEW'
        when r.state = 'SUCCEEDED' and not r.dry_run then 'LOADED' else 'NOT_LOADED' end as state`,
    from: 'discovery_file x join discovery_run r on r.uuid = x.run_id',
    order: [
      { column: 'r.created_at', cast: 'timestamptz', descending: true },
      { column: 'x.ordinal', cast: 'integer' },
      { column: 'x.uuid', cast: 'uuid' },
    ],
  }
  return childPage(context, 'discoveryFiles', productId, 'x.product_id', query, page, (found) =>
    found.map((one) => Object.assign(new DiscoveryFile(), one)),
  )
}

/** For node(id): by prefix, what of these UUIDs the caller may see. */
export const discoveryNodeLoaders = { run: discoveryRuns }
