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
import { itemsComingWhere, relationshipsComingWhere } from './comings.ts'
import { UnplannedDecision, type UnplannedKind } from './unplanned-decision.entity.ts'
import type {
  UnplannedChange,
  UnplannedChangeFilter,
  UnplannedChangeRef,
  UnplannedSubject,
} from './unplanned.inputs.ts'

const DAYS = 30
const DAY = 86_400_000 // ms

const COLUMNS = `x.actual, x.other, x.kind, x.at, x.attribute, x.value, x.before, u.uuid as decision, coalesce(u.state, 'OPEN') as state,
  u.comment, u.decided_by as "decidedBy", u.decided_at as "decidedAt", coalesce(c.scope_ids, '{}')::text[] as "scopeIds"`
/** What a rule of reconciliation ignores is not told here either. */
const IGNORED = `exists (select from reconciliation_ignore_rule i where i.active
  and coalesce(i.kind, '') in ('', case x.kind when 'APPEARED' then 'UNEXPECTED' when 'WENT_MISSING' then 'MISSING' else 'MISMATCH' end)
  and coalesce(i.class_name, x.class_name) = x.class_name and coalesce(i.attribute, x.attribute) = x.attribute
  and coalesce(i.actual_item_id, x.actual) = x.actual
  and (i.configuration_item_id is null or i.configuration_item_id = c.uuid))`
const UNEXPLAINED = ['x.deployment is null', 'x.origin is null', `not ${IGNORED}`]
const sourceOf = (changes: string) => `(${changes}) x
  left join unplanned_decision u on u.actual_item_id = x.actual and u.at = x.at and u.kind = x.kind and u.attribute = x.attribute
    and u.other_id is not distinct from x.other
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

/** SQL of the changes since `$1`. */
function changesOf(context: Context, { of, classNames }: UnplannedChangeFilter, values: unknown[]): string {
  const classes = classNames && context.services.catalogue.now.withSubclasses(classNames)
  const among = (column: string) => (classes ? ` and ${column} = any($${values.length}::text[])` : '')
  if (of === 'ITEMS' || of === 'RELATIONSHIPS') {
    if (classes) values.push(classes)
    return of === 'ITEMS'
      ? itemsComingWhere(`v.valid_from >= $1::timestamptz${among('v.class_name')}`)
      : relationshipsComingWhere((at) => `${at} >= $1::timestamptz${among('s.class_name')}`)
  }
  values.push(plannedAttributes(context, classNames))
  return changesWhere(`v.valid_from >= $1::timestamptz and ($2::jsonb->v.class_name) ? k.attribute`)
}

/** The newest first. */
export function unplannedPage(
  context: Context,
  filter: UnplannedChangeFilter,
  page: PageArgs,
): Promise<Page<UnplannedChange>> {
  const values: unknown[] = [filter.since ?? new Date(Date.now() - DAYS * DAY)]
  const changes = changesOf(context, filter, values)
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
      { column: 'x.kind', cast: 'text' },
      { column: `coalesce(x.other::text, '')`, cast: 'text' },
    ],
  }
  return pageOf(context.em, query, page, (found) => found as UnplannedChange[])
}

type Named = Pick<UnplannedChange, 'actual' | 'attribute' | 'kind' | 'other'> & { at: Date | string }

/** Plain rows have the instant as text. */
export const keyOf = ({ actual, at, attribute, kind, other }: Named) =>
  `${actual} ${new Date(at).getTime()} ${kind} ${attribute} ${other ?? ''}`

/** Which change a reference names. */
export const namedBy = ({ itemId, at, attribute, kind, otherId }: UnplannedChangeRef): Named => ({
  actual: uuidOf(itemId, 'act', ['itemId']),
  other: otherId ? uuidOf(otherId, 'act', ['otherId']) : null,
  at,
  attribute,
  kind,
})

/** Those of these changes that are unplanned and the caller sees, by `keyOf`. A statement for each subject among them. */
export async function unplannedOf(
  context: Context,
  refs: readonly UnplannedChangeRef[],
): Promise<Map<string, UnplannedChange>> {
  const found = new Map<string, UnplannedChange>()
  for (const [of, some] of Map.groupBy(refs.map(namedBy), ({ kind }) => subjectOf[kind])) {
    for (const change of await unplannedAmong(context, of, some)) found.set(keyOf(change), change)
  }
  return found
}

const subjectOf: Record<UnplannedKind, UnplannedSubject> = {
  VALUE: 'VALUES',
  APPEARED: 'ITEMS',
  WENT_MISSING: 'ITEMS',
  RELATIONSHIP_BEGAN: 'RELATIONSHIPS',
  RELATIONSHIP_ENDED: 'RELATIONSHIPS',
}

function unplannedAmong(context: Context, of: UnplannedSubject, named: readonly Named[]): Promise<UnplannedChange[]> {
  const values: unknown[] = [
    named.map(({ actual }) => actual),
    named.map(({ at }) => at),
    named.map(({ attribute }) => attribute),
    named.map(({ kind }) => kind),
    named.map(({ other }) => other),
  ]
  if (of === 'VALUES') values.push(plannedAttributes(context))
  const changes =
    of === 'VALUES'
      ? changesWhere(
          `v.uuid = any($1::uuid[]) and v.valid_from = any($2::timestamptz[]) and ($6::jsonb->v.class_name) ? k.attribute`,
        )
      : of === 'ITEMS'
        ? itemsComingWhere(`v.uuid = any($1::uuid[]) and v.valid_from = any($2::timestamptz[])`)
        : relationshipsComingWhere(
            (at) => `r.source_id = any($1::uuid[]) and date_trunc('milliseconds', ${at}) = any($2::timestamptz[])`,
          )
  const scope = scopeCondition(viewerOf(context), 'estate.read', 'c.scope_ids', values)
  const where = [...UNEXPLAINED, ...(scope ? [scope] : [])].join(' and ')
  return rows<UnplannedChange>(
    context.em,
    `select ${COLUMNS} from ${sourceOf(changes)} where ${where} and exists (
       select from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::uuid[]) as n(actual, at, attribute, kind, other)
       where n.actual = x.actual and n.at = x.at and n.attribute = x.attribute and n.kind = x.kind and n.other is not distinct from x.other)`,
    values,
  )
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
