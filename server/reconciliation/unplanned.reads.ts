/** Changes of what is seen that no deployment explains, whether or not a task compares the item, with what people said of them. */
import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { byKey } from '../kernel/batch.ts'
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { pageOf } from '../kernel/page.ts'
import { rows } from '../kernel/sql.ts'
import { changesWhere } from './drift.ts'
import { UnplannedDecision } from './unplanned-decision.entity.ts'
import type { UnplannedChange, UnplannedChangeFilter, UnplannedChangeRef } from './unplanned.inputs.ts'

const DAYS = 30
const DAY = 86_400_000 // ms

const COLUMNS = `x.actual, x.at, x.attribute, x.value, x.before, u.uuid as decision, coalesce(u.state, 'OPEN') as state, u.comment,
  u.decided_by as "decidedBy", u.decided_at as "decidedAt", coalesce(c.scope_ids, '{}')::text[] as "scopeIds"`
const UNEXPLAINED = ['x.deployment is null', 'x.origin is null']
const sourceOf = (changes: string) => `(${changes}) x
  left join unplanned_decision u on u.actual_item_id = x.actual and u.at = x.at and u.attribute = x.attribute
  left join configuration_item c on c.actual_item_id = x.actual`

/** Class → the attributes that people plan with: what only tells how a thing is doing changes all the time. */
function plannedAttributes(context: Context, classNames?: string[] | null): string {
  const catalogue = context.services.catalogue.now
  const wanted = classNames ? new Set(catalogue.withSubclasses(classNames)) : null
  const planned = catalogue.classes
    .filter(({ name }) => !wanted || wanted.has(name))
    .map(({ name }) => [name, catalogue.attributesOf(name).flatMap((one) => (one.copied ? [one.name] : []))])
  return JSON.stringify(Object.fromEntries(planned))
}

/** The newest first. */
export function unplannedPage(
  context: Context,
  filter: UnplannedChangeFilter,
  page: PageArgs,
): Promise<Page<UnplannedChange>> {
  const values: unknown[] = [
    filter.since ?? new Date(Date.now() - DAYS * DAY),
    plannedAttributes(context, filter.classNames),
  ]
  const changes = changesWhere(`v.valid_from >= $1::timestamptz and ($2::jsonb->v.class_name) ? k.attribute`)
  const where = [...UNEXPLAINED]
  if (filter.linked != null) where.push(`(c.uuid is not null) = ${filter.linked}`)
  if (filter.search) {
    values.push(filter.search)
    where.push(`strpos(lower(x.name), lower($${values.length}::text)) > 0`)
  }
  if (filter.states) {
    values.push(filter.states)
    where.push(`coalesce(u.state, 'OPEN') = any($${values.length}::text[])`)
  }
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'c.scope_ids', values)
  if (scope) where.push(scope)
  const query = {
    select: COLUMNS,
    from: sourceOf(changes),
    where,
    values,
    order: [
      { column: 'x.at', cast: 'timestamptz', descending: true },
      { column: 'x.actual', cast: 'uuid', descending: true },
      { column: 'x.attribute', cast: 'text' },
    ],
  }
  return pageOf(context.em, query, page, (found) => found as UnplannedChange[])
}

/** Plain rows have the instant as text. */
export const keyOf = ({ actual, at, attribute }: { actual: string; at: Date | string; attribute: string }) =>
  `${actual} ${new Date(at).getTime()} ${attribute}`

/** Those of these changes that are unplanned and the caller sees, by `keyOf`. One statement. */
export async function unplannedOf(
  context: Context,
  refs: readonly UnplannedChangeRef[],
): Promise<Map<string, UnplannedChange>> {
  const values: unknown[] = [
    refs.map(({ itemId }) => uuidOf(itemId, 'act', ['itemId'])),
    refs.map(({ at }) => at),
    refs.map(({ attribute }) => attribute),
    plannedAttributes(context),
  ]
  const asked = 'select * from unnest($1::uuid[], $2::timestamptz[], $3::text[])'
  const changes = changesWhere(
    `(v.uuid, v.valid_from, k.attribute) in (${asked}) and v.uuid = any($1::uuid[]) and ($4::jsonb->v.class_name) ? k.attribute`,
  )
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'c.scope_ids', values)
  const where = [...UNEXPLAINED, ...(scope ? [scope] : [])].join(' and ')
  const found = await rows<UnplannedChange>(
    context.em,
    `select ${COLUMNS} from ${sourceOf(changes)} where ${where}`,
    values,
  )
  return byKey(found, keyOf)
}

/** For node(id): by prefix, what of these UUIDs the caller may see. */
export const unplannedNodeLoaders = {
  unp: async (context: Context, uuids: string[]): Promise<Map<string, object>> => {
    const values: unknown[] = [uuids]
    const scope = scopeCondition(viewerOf(context), 'estate.read', 'x.scope_ids', values)
    const found = await rows<object>(
      context.em,
      `select x.* from unplanned_decision x where x.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`,
      values,
    )
    return byKey(lean(context.em, UnplannedDecision, found), ({ uuid }) => uuid)
  },
}
