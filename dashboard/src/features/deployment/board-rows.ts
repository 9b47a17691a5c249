interface Row {
  release: { id: string; state: string }
}
interface Column {
  id?: string | null
}
/** What of a board is needed to put changed rows into it. */
export interface Board<R extends Row, C extends Column> {
  columns: readonly C[]
  columnsLeftOut: number
  rows: { nodes: readonly R[] }
}

/**
 * Rows that were asked again, in the places of the old ones. They were asked for the columns of the board in their order, so a
 * cell's column is the same in both; at most the one for whatever lies elsewhere is new. `named` are the releases that changed
 * themselves. Null when rows or columns have come, gone or moved: then the whole board is another.
 */
export function withRows<R extends Row, C extends Column>(
  board: Board<R, C>,
  part: Board<R, C> & { rows: { pageInfo: { hasNextPage: boolean } } },
  named: ReadonlySet<string>,
): { columns: readonly C[]; nodes: readonly R[] } | null {
  if (part.rows.pageInfo.hasNextPage || (part.columnsLeftOut > 0 && board.columnsLeftOut === 0)) return null
  const shown = new Map(board.rows.nodes.map((row) => [row.release.id, row]))
  const fresh = new Map(part.rows.nodes.map((row) => [row.release.id, row]))
  for (const id of named) if (shown.has(id) !== fresh.has(id)) return null
  // The unfinished come first, and a filter may ask for a state.
  for (const [id, { release }] of fresh)
    if ((shown.get(id)?.release.state ?? release.state) !== release.state) return null
  return {
    columns: part.columns.length > board.columns.length ? part.columns : board.columns,
    nodes: board.rows.nodes.map((row) => fresh.get(row.release.id) ?? row),
  }
}
