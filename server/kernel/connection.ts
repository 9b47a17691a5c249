import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql'
import { BadInput } from './errors.ts'

/** A page of a longer list may have at most this many rows. */
export const MAX_PAGE = 200

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many from the front, 1 to 200. One of first and last must be given.',
  })
  first?: number | null

  @Field(() => String, { nullable: true })
  after?: string | null

  @Field(() => Int, { nullable: true, description: 'How many from the back, 1 to 200.' })
  last?: number | null

  @Field(() => String, { nullable: true })
  before?: string | null
}

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean

  @Field(() => Boolean)
  hasPreviousPage!: boolean

  @Field(() => String, { nullable: true })
  startCursor!: string | null

  @Field(() => String, { nullable: true })
  endCursor!: string | null
}

export interface Page<T> {
  nodes: T[]
  pageInfo: PageInfo
  /** Counts them all; called only when the total is asked for. */
  total: () => number | Promise<number>
}

/** The object type `<name>Connection` of a list of `type`. */
export function connectionOf<T extends object>(name: string, type: () => ClassType<T>) {
  @ObjectType(`${name}Connection`)
  class Connection {
    @Field(() => [type()])
    nodes!: T[]

    @Field(() => PageInfo)
    pageInfo!: PageInfo

    total!: () => number | Promise<number>

    @Field(() => Int, { description: 'How many there are in all, for this caller and filter.' })
    totalCount(): number | Promise<number> {
      return this.total()
    }
  }
  return Connection
}

export interface PageRequest {
  limit: number
  forward: boolean
  /** The ordering values of the row to go on from. */
  from: string[] | null
}

/** Checks the arguments: exactly one of first and last, 1 to 200. */
export function pageRequest(args: PageArgs): PageRequest {
  const forward = args.first != null
  const limit = args.first ?? args.last
  if (limit == null || (args.first != null && args.last != null)) {
    throw new BadInput(`Say how many: give either first or last, from 1 to ${MAX_PAGE}.`, {
      field: ['first'],
      rule: 'list size',
    })
  }
  if (limit < 1 || limit > MAX_PAGE) {
    throw new BadInput(`A page holds 1 to ${MAX_PAGE} rows; ${limit} was asked for.`, {
      field: [forward ? 'first' : 'last'],
      rule: 'list size',
    })
  }
  const cursor = forward ? args.after : args.before
  return { limit, forward, from: cursor ? decodeCursor(cursor) : null }
}

/** Cursors hold the ordering values of their row, so they stay true when rows are inserted. */
export function encodeCursor(values: string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

function decodeCursor(cursor: string): string[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(values) && values.every((value) => typeof value === 'string')) return values
  } catch {
    // falls through to the refusal
  }
  throw new BadInput('The cursor is not one that this API gave out.', { field: ['after'] })
}

/**
 * Makes a page of rows fetched with `limit + 1`, in the order of the query (reversed for `last`).
 * `cursorOf` gives the ordering values of a row.
 */
export function toPage<T>(
  rows: T[],
  request: PageRequest,
  cursorOf: (row: T) => string[],
  total: Page<T>['total'],
): Page<T> {
  const more = rows.length > request.limit
  const nodes = more ? rows.slice(0, request.limit) : rows
  if (!request.forward) nodes.reverse()
  const first = nodes[0]
  const last = nodes.at(-1)
  const hasNextPage = request.forward ? more : request.from !== null
  const hasPreviousPage = request.forward ? request.from !== null : more
  const pageInfo = new LazyPageInfo(
    hasNextPage,
    hasPreviousPage,
    () => (first ? encodeCursor(cursorOf(first)) : null),
    () => (last ? encodeCursor(cursorOf(last)) : null),
  )
  return { nodes, pageInfo, total }
}

/**
 * Most pages are not gone on from, and nobody asks for their cursors. A class, because an object that is written down with
 * getters gets a shape of its own each time, which outlives it until the next full collection, and with it all of its request.
 */
class LazyPageInfo implements PageInfo {
  constructor(
    readonly hasNextPage: boolean,
    readonly hasPreviousPage: boolean,
    private readonly start: () => string | null,
    private readonly end: () => string | null,
  ) {}

  get startCursor(): string | null {
    return this.start()
  }

  get endCursor(): string | null {
    return this.end()
  }
}
