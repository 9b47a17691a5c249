import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { batch, byKey } from '../kernel/batch.ts'
import { boundedCounts, type BoundedCount } from '../kernel/bounded-count.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { reachAnywhere } from '../kernel/noun-event.ts'
import { pageOf, type ListQuery } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { allMappings } from './promotion-mapping.ts'
import type { PromotionMapping } from './promotion-mapping.type.ts'
import { PromotionScope } from './promotion-scope.entity.ts'
import { MATCHES, RESULTS_AND_MATCHES } from './matches.ts'
import type { ReconciliationResultFilter, ReconciliationResultListArgs } from './reconciliation.inputs.ts'
import { ReconciliationResult, type ReconciliationKind } from './reconciliation-result.entity.ts'
import { ReconciliationRun, type KindCount } from './reconciliation-run.entity.ts'
import { NOT_RELATED } from './relate-linked.ts'

const newestFirst = [
  { column: 'x.created_at', cast: 'timestamptz', descending: true },
  { column: 'x.uuid', cast: 'uuid', descending: true },
]

/** One run; its counts concern the whole estate, so it is seen by whoever sees the estate anywhere. */
export function reconciliationRunOf(context: Context, uuid: string): Promise<ReconciliationRun | null> {
  return batch(context, 'reconciliationRun', uuid, (uuids) => reconciliationRuns(context, uuids))
}

async function reconciliationRuns(context: Context, uuids: string[]): Promise<Map<string, ReconciliationRun>> {
  if (reachAnywhere(viewerOf(context), 'estate.read') !== 'estate') return new Map()
  const found = await rows<object>(context.em, 'select x.* from reconciliation_run x where x.uuid = any($1::uuid[])', [
    uuids,
  ])
  return byKey(lean(context.em, ReconciliationRun, found), (one) => one.uuid)
}

export function reconciliationRunPage(context: Context, page: PageArgs): Promise<Page<ReconciliationRun>> {
  const query = { select: 'x.*', from: 'reconciliation_run x', order: newestFirst }
  return pageOf(context.em, query, page, (found) => lean(context.em, ReconciliationRun, found))
}

/** Results about items that the caller sees; those about nothing authorized only for who sees the whole estate. */
export function reconciliationResultPage(
  context: Context,
  { filter, ...page }: ReconciliationResultListArgs,
): Promise<Page<ReconciliationResult>> {
  return pageOf(context.em, listQuery(context, filter), page, (found) => lean(context.em, ReconciliationResult, found))
}

/** How many results there are of each filter. */
export const reconciliationResultCounts = (
  context: Context,
  filters: readonly ReconciliationResultFilter[],
): Promise<BoundedCount[]> =>
  boundedCounts(
    context.em,
    filters.map((filter) => listQuery(context, filter)),
  )

function listQuery(context: Context, filter: ReconciliationResultFilter | null | undefined): ListQuery {
  const { where, values } = conditionsOf(context, filter)
  if (filter?.kinds) {
    values.push(filter.kinds)
    where.push(`x.kind = any($${values.length}::text[])`)
  }
  if (filter?.states) {
    values.push(filter.states)
    where.push(`x.state = any($${values.length}::text[])`)
  }
  return { select: 'x.*', from: `${sourceOf(filter?.kinds)} x`, where, values, order: newestFirst }
}

/** Matches are asked for by name: nobody waits for them, and there are as many as items. */
function sourceOf(kinds: readonly ReconciliationKind[] | null | undefined): string {
  if (!kinds?.includes('MATCH')) return 'reconciliation_result'
  return kinds.length === 1 ? MATCHES : RESULTS_AND_MATCHES
}

/** How many of each kind there are in those states; of matches all, since one has nothing to decide. One statement. */
export async function reconciliationCounts(
  context: Context,
  filter: ReconciliationResultFilter | null | undefined,
): Promise<KindCount[]> {
  const { where, values } = conditionsOf(context, filter)
  values.push(filter?.states ?? null)
  const states = `$${values.length}::text[]`
  const ofMatches = where.filter((one) => one !== UNEXPLAINED)
  const found = await rows<{ kind: ReconciliationKind; n: string }>(
    context.em,
    `select x.kind, count(*) as n from reconciliation_result x
       where ${[...where, `(${states} is null or x.state = any(${states}))`].join(' and ')} group by x.kind
     union all
     select 'MATCH', count(*) from ${MATCHES} x where ${ofMatches.join(' and ') || 'true'} having count(*) > 0`,
    values,
  )
  return found.map(({ kind, n }) => ({ kind, count: Number(n) }))
}

const UNEXPLAINED = `x.explanation = 'UNEXPLAINED'`

/** All but kinds and states. */
function conditionsOf(context: Context, filter: ReconciliationResultFilter | null | undefined) {
  const values: unknown[] = []
  const where: string[] = []
  const add = (value: unknown, condition: (place: string) => string) => {
    values.push(value)
    where.push(condition(`$${values.length}`))
  }
  if (filter?.taskId) add(uuidOf(filter.taskId, 'rct', ['filter', 'taskId']), (task) => `x.task_id = ${task}::uuid`)
  if (filter?.itemId) {
    add(uuidOf(filter.itemId, 'ci', ['filter', 'itemId']), (item) => `x.configuration_item_id = ${item}::uuid`)
  }
  if (filter?.unexplained) where.push(UNEXPLAINED)
  if (filter?.runId) add(uuidOf(filter.runId, 'rcr', ['filter', 'runId']), (run) => `x.run_id = ${run}::uuid`)
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
  if (scope) where.push(scope)
  return { where, values }
}

async function reconciliationResults(context: Context, uuids: string[]): Promise<Map<string, ReconciliationResult>> {
  const values: unknown[] = [uuids]
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
  const found = await rows<object>(
    context.em,
    `select x.* from ${RESULTS_AND_MATCHES} x where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
    values,
  )
  return byKey(lean(context.em, ReconciliationResult, found), (one) => one.uuid)
}

/** Open results about relationships of these items that promotion left out. */
export async function leftOutOf(context: Context, items: readonly { uuid: string }[]): Promise<ReconciliationResult[]> {
  const values: unknown[] = [items.map(({ uuid }) => uuid), NOT_RELATED]
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
  const found = await rows<object>(
    context.em,
    `select x.* from reconciliation_result x where x.configuration_item_id = any($1::uuid[]) and x.code = $2
       and x.state = 'OPEN'${scope ? ` and ${scope}` : ''} order by x.created_at, x.uuid limit 200`,
    values,
  )
  return lean(context.em, ReconciliationResult, found)
}

/** Of all scopes, in the order of scopes; once for a request. */
export const promotionMappings = async (context: Context): Promise<PromotionMapping[][]> =>
  (await batch(context, 'promotionMappings', 'all', async () => new Map([['all', await allMappings(context.em)]])))!

export async function promotionScopes(context: Context, uuids?: string[]): Promise<PromotionScope[]> {
  const found = await rows<object>(
    context.em,
    'select x.* from promotion_scope x where $1::uuid[] is null or x.uuid = any($1) order by x.created_at, x.uuid limit $2',
    [uuids ?? null, uuids ? null : 200],
  )
  return lean(context.em, PromotionScope, found)
}

export const promotionScopeOf = (context: Context, uuid: string): Promise<PromotionScope | null> =>
  batch(context, 'promotionScope', uuid, async (uuids) =>
    byKey(await promotionScopes(context, uuids), (one) => one.uuid),
  )

/** For node(id): by prefix, what of these UUIDs the caller may see. */
export const reconciliationNodeLoaders = {
  rcr: reconciliationRuns,
  rcn: reconciliationResults,
  psc: async (context: Context, uuids: string[]): Promise<Map<string, object>> =>
    reachAnywhere(viewerOf(context), 'estate.read') === 'estate'
      ? byKey(await promotionScopes(context, uuids), (one) => one.uuid)
      : new Map(),
}
