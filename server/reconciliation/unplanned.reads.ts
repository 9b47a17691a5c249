/** Changes of what is seen that no deployment explains, whether or not a task compares the item. */
import type { Page, PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { pageOf } from '../kernel/page.ts'
import { visibleActual } from '../discovery/actual.reads.ts'
import { changesWhere } from './drift.ts'

export interface UnplannedFilter {
  since?: Date | null
  classNames?: string[] | null
  linked?: boolean | null
  search?: string | null
}

export interface FoundUnplanned {
  /** UUID of the actual item. */
  actual: string
  at: Date
  attribute: string
  value: unknown
  before: unknown
}

const DAYS = 30
const DAY = 86_400_000 // ms

/**
 * The newest first, of the attributes that people plan with: what only tells how a thing is doing, such as the time of its
 * start, changes all the time.
 */
export function unplannedPage(
  context: Context,
  filter: UnplannedFilter,
  page: PageArgs,
): Promise<Page<FoundUnplanned>> {
  const catalogue = context.services.catalogue.now
  const wanted = filter.classNames ? new Set(catalogue.withSubclasses(filter.classNames)) : null
  const planned = catalogue.classes
    .filter(({ name }) => !wanted || wanted.has(name))
    .map(({ name }) => [name, catalogue.attributesOf(name).flatMap((one) => (one.copied ? [one.name] : []))])
  const values: unknown[] = [
    filter.since ?? new Date(Date.now() - DAYS * DAY),
    JSON.stringify(Object.fromEntries(planned)),
  ]
  const changes = changesWhere(`v.valid_from >= $1::timestamptz and ($2::jsonb->v.class_name) ? k.attribute`)
  const where = ['x.deployment is null', 'x.origin is null']
  if (filter.linked != null) {
    where.push(`exists (select from configuration_item l where l.actual_item_id = x.actual) = ${filter.linked}`)
  }
  if (filter.search) {
    values.push(filter.search)
    where.push(`strpos(lower(x.name), lower($${values.length}::text)) > 0`)
  }
  const scope = visibleActual(context, 'x.actual', values)
  if (scope) where.push(scope)
  const query = {
    select: 'x.actual, x.at, x.attribute, x.value, x.before',
    from: `(${changes}) x`,
    where,
    values,
    order: [
      { column: 'x.at', cast: 'timestamptz', descending: true },
      { column: 'x.actual', cast: 'uuid', descending: true },
      { column: 'x.attribute', cast: 'text' },
    ],
  }
  return pageOf(context.em, query, page, (found) => found as FoundUnplanned[])
}
