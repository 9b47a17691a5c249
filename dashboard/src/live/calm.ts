/** A page of a list as the API answers it. */
export interface ListPage<Row> {
  /** Missing where to count takes too long. */
  totalCount?: number
  nodes: readonly Row[]
  pageInfo: { hasNextPage: boolean; endCursor?: string | null }
}

/** Rows in the order that the reader looks at, beside what the list is by now. */
export interface Calm<Row> {
  rows: Row[]
  /** Rows of the list that wait: they would move others. */
  waiting: number
  /** Keys of rows that are not in the list any more. */
  left: ReadonlySet<string>
  /** Rows at the end that newer ones have pushed out of the pages that were read; how they are now is not known. */
  behind: number
  /** Whether the list has its rows in another order by now. */
  moved: boolean
}

/**
 * The rows of `before` where they were, each as it is in `now`. New ones that stand behind all of them follow, as the next
 * page does; others wait.
 */
export function settle<Row>(
  before: readonly Row[],
  { nodes, pageInfo }: Pick<ListPage<Row>, 'nodes' | 'pageInfo'>,
  keyOf: (row: Row) => string,
): Calm<Row> {
  const places = new Map(before.map((row, place) => [keyOf(row), place]))
  const now = new Map(nodes.map((row) => [keyOf(row), row]))
  /** Where the known rows of the list were, in its order of now. */
  const known = nodes.flatMap((row, index) => {
    const place = places.get(keyOf(row))
    return place === undefined ? [] : [{ place, index }]
  })
  const last = lastInOrder(known)
  const fresh = (row: Row) => !places.has(keyOf(row))
  const end = last ? last.index + 1 : nodes.length
  const after = nodes.slice(end).filter(fresh)
  const waiting = nodes.slice(0, end).filter(fresh).length
  const missing = before.filter((row) => !now.has(keyOf(row)))
  // What follows the last row that is still read may stand on a later page.
  const isGone = (row: Row) => !pageInfo.hasNextPage || (last !== undefined && places.get(keyOf(row))! < last.place)
  const left = new Set(missing.filter(isGone).map(keyOf))
  return {
    rows: [...before.map((row) => now.get(keyOf(row)) ?? row), ...after],
    waiting,
    left,
    behind: missing.length - left.size,
    moved: known.some(({ place }, at) => at > 0 && place < known[at - 1]!.place),
  }
}

interface Kept {
  place: number
  index: number
}

/** The last one of the longest run of rows that kept their order: single rows that moved do not say where the list ends. */
function lastInOrder(known: readonly Kept[]): Kept | undefined {
  const ends: Kept[] = [] // the smallest end of a run of each length
  for (const row of known) {
    let [from, to] = [0, ends.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (ends[middle]!.place < row.place) from = middle + 1
      else to = middle
    }
    ends[from] = row
  }
  return ends.at(-1)
}
