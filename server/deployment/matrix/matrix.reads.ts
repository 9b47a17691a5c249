import type { Context } from '../../kernel/context.ts'
import { releasePage, unfinishedFirst } from '../../release/release.reads.ts'
import { cellsOf } from './cells.ts'
import { columnsOf } from './columns.ts'
import { releasesTouchedBy } from './touched.ts'
import { MatrixRow, type ReleaseMatrix, type ReleaseMatrixArgs } from './matrix.types.ts'

/** Releases against the places of their targets: a page of rows, the columns that these need, and what is in each cell. */
export async function matrixOf(
  context: Context,
  { axis, filter, touchedBy, columnIds, ...page }: ReleaseMatrixArgs,
): Promise<Omit<ReleaseMatrix, 'rows'> & { rows: object }> {
  const among = touchedBy ? await releasesTouchedBy(context, touchedBy) : null
  const releases = await releasePage(context, filter ?? {}, page, unfinishedFirst, among)
  const releaseIds = releases.nodes.map(({ uuid }) => uuid)
  const columns = await columnsOf(context, releaseIds, axis, columnIds)
  const cells = await cellsOf(context, releaseIds, columns.columns)
  const elsewhere = [...cells.values()].flat().some(({ columnId }) => columnId === null)
  return {
    ...columns,
    columns: [...columns.columns, ...(elsewhere ? [{ itemId: null, id: null, name: 'Elsewhere' }] : [])],
    rows: {
      ...releases,
      nodes: releaseIds.map((releaseId) =>
        Object.assign(new MatrixRow(), { releaseId, cells: cells.get(releaseId) ?? [] }),
      ),
    },
  }
}
