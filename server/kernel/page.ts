import type { EntityManager } from '@mikro-orm/postgresql'
import { batch, groupedBy } from './batch.ts'
import { pageRequest, toPage, type Page, type PageArgs, type PageRequest } from './connection.ts'
import type { Context } from './context.ts'
import { BadInput } from './errors.ts'
import { row, rows } from './sql.ts'

/** One ordering column; the last one must be unique. `cast` is the SQL type that the cursor's text is read as. */
export interface OrderKey {
  column: string
  cast: string
  descending?: boolean
}

/** A list as SQL: `select` columns, `from` with joins, `where` conditions over `$1…` of `values`. */
export interface ListQuery {
  select: string
  from: string
  where?: string[]
  values?: unknown[]
  order: OrderKey[]
  /** What the caller calls this order, where there are several to choose from: a cursor goes on only in its own. */
  orderName?: string
}

/** One page of a list in one statement, and a second only when the total is asked for. */
export async function pageOf<T>(
  em: EntityManager,
  query: ListQuery,
  args: PageArgs,
  hydrate: (rows: object[]) => T[],
): Promise<Page<T>> {
  const request = pageRequest(args)
  const values = [...(query.values ?? [])]
  const conditions = [...(query.where ?? []), ...keyset(query, request, values)]
  const found = await rows<Row>(
    em,
    `select ${query.select}, ${cursorColumns(query)} from ${query.from}${whereOf(conditions)} order by ${orderOf(query.order, request)} limit ${request.limit + 1}`,
    values,
  )
  const total = async () => {
    const counted = await row<{ n: string }>(
      em,
      `select count(*) as n from ${query.from}${whereOf(query.where ?? [])}`,
      query.values,
    )
    return Number(counted!.n)
  }
  return hydratePage(found, request, total, hydrate)
}

/**
 * A page of children for every parent of a level, in one statement for all (a second when totals are asked for).
 * `parent` is the SQL expression of the parent's UUID in `query.from`; `name` must tell lists with other SQL apart.
 */
export async function childPage<T>(
  context: Context,
  name: string,
  parentId: string,
  parent: string,
  query: ListQuery,
  args: PageArgs,
  hydrate: (rows: object[]) => T[],
): Promise<Page<T>> {
  const request = pageRequest(args)
  const key = `${name}:${JSON.stringify([args, query.where, query.values])}`
  const found = await batch(context, key, parentId, async (parentIds) => {
    const values = [...(query.values ?? [])]
    const conditions = [`${parent} = p.id`, ...(query.where ?? []), ...keyset(query, request, values)]
    values.push(parentIds)
    const all = await rows<Row & { parent_key: string }>(
      context.em,
      `select c.*, p.id as parent_key from unnest($${values.length}::uuid[]) as p(id) cross join lateral (
         select ${query.select}, ${cursorColumns(query)} from ${query.from}${whereOf(conditions)}
         order by ${orderOf(query.order, request)} limit ${request.limit + 1}) c`,
      values,
    )
    return groupedBy(all, (one) => one.parent_key)
  })
  const total = async () => {
    const count = await batch(context, `${key}#total`, parentId, async (parentIds) => {
      const values = [...(query.values ?? []), parentIds]
      const conditions = [...(query.where ?? []), `${parent} = any($${values.length}::uuid[])`]
      const counted = await rows<{ id: string; n: string }>(
        context.em,
        `select ${parent} as id, count(*) as n from ${query.from}${whereOf(conditions)} group by 1`,
        values,
      )
      return new Map(counted.map(({ id, n }) => [id, Number(n)]))
    })
    return count ?? 0
  }
  return hydratePage(found ?? [], request, total, hydrate)
}

type Row = Record<string, unknown> & { cursor_key: string[] }

function hydratePage<T>(
  found: Row[],
  request: PageRequest,
  total: Page<T>['total'],
  hydrate: (rows: object[]) => T[],
): Page<T> {
  const page = toPage(found, request, (one) => one.cursor_key, total)
  return { ...page, nodes: hydrate(page.nodes) }
}

const whereOf = (conditions: string[]) => (conditions.length ? ` where ${conditions.join(' and ')}` : '')

/** The ordering values as text, whole: timestamps keep their microseconds. */
const cursorColumns = ({ order, orderName }: ListQuery) =>
  `array[${[...(orderName ? [`'${orderName}'`] : []), ...order.map(({ column }) => `${column}::text`)].join(', ')}] as cursor_key`

function orderOf(order: OrderKey[], request: PageRequest): string {
  return order
    .map(({ column, descending }) => `${column} ${!!descending === request.forward ? 'desc' : 'asc'}`)
    .join(', ')
}

/** `a > x or (a = x and (b > y …))`, with the direction of each column. */
function keyset(query: ListQuery, request: PageRequest, values: unknown[]): string[] {
  if (!request.from) return []
  const { order } = query
  const from = placeIn(query, request.from, request.forward)
  let condition = 'false'
  order.toReversed().forEach(({ column, cast, descending }, index) => {
    values.push(from[order.length - 1 - index])
    const value = `$${values.length}::${cast}`
    condition = `(${column} ${!!descending === request.forward ? '<' : '>'} ${value} or (${column} = ${value} and ${condition}))`
  })
  return [condition]
}

/** The ordering values of a cursor; refuses one that was given out for a list in another order. */
function placeIn({ order, orderName }: ListQuery, cursor: string[], forward: boolean): string[] {
  const named = orderName ? 1 : 0
  if (cursor.length === order.length + named && (!named || cursor[0] === orderName)) return cursor.slice(named)
  throw new BadInput(
    'The cursor belongs to a list in another order; a cursor goes on only in the order it was given out in. Begin again without it.',
    { field: [forward ? 'after' : 'before'], rule: 'order of the cursor', evidence: orderName ? { orderName } : {} },
  )
}
