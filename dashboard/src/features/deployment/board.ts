import type { Tone } from '../../components/tones.ts'
import { graphql } from '../../gql/gql.ts'
import type { BoardCell_CellFragment } from '../../gql/graphql.ts'
import { sharesOf } from './shares.ts'

export const BoardCellFragment = graphql(`
  fragment BoardCell_cell on MatrixCell {
    column
    targets
    notDeployed
    at
    replaced
    drifted
    replacedBy {
      id
      number
    }
    drift {
      itemId
      itemName
      packageName
      brought
      seen
    }
    counts {
      ...Shares_counts
    }
    deployments {
      id
      number
      source {
        id
        number
        package {
          id
          name
        }
      }
    }
  }
`)

export const ReleaseBoardFragment = graphql(`
  fragment ReleaseBoard_matrix on ReleaseMatrix {
    columns {
      id
      name
    }
    rows {
      totalCount
      nodes {
        release {
          id
          number
          title
          state
        }
        cells {
          column
          ...BoardCell_cell
        }
      }
    }
  }
`)

export type BoardCell = BoardCell_CellFragment

/** Trouble first: what a cell looks like is the worst that stands in it. */
const worst: readonly Tone[] = ['failed', 'contradicted', 'doubt', 'timedout', 'running', 'reported', 'pending']

/** Shape of a cell: the worst of its targets; done where a later release took over; open where nothing went yet. */
export function toneOfCell(cell: BoardCell): Tone {
  const shares = sharesOf(cell.counts).filter(({ count }) => count > 0)
  if (shares.length === 0) return 'pending'
  if (cell.replaced >= cell.targets - cell.notDeployed) return 'excluded'
  return worst.find((tone) => shares.some((share) => share.tone === tone)) ?? shares[0]!.tone
}

/** The same in words, for the tooltip and for those who hear the page. */
export function wordsOfCell(cell: BoardCell): string {
  const parts = sharesOf(cell.counts)
    .filter(({ count }) => count > 0)
    .map(({ count, label }) => `${count} ${label}`)
  if (cell.notDeployed > 0) parts.push(`${cell.notDeployed} not deployed`)
  if (cell.replaced > 0) parts.push(`${cell.replaced} replaced by ${numbersOf(cell) || 'a later release'}`)
  if (cell.drifted > 0) parts.push(`${cell.drifted} changed since`)
  return `${cell.targets === 1 ? '1 target' : `${cell.targets} targets`}: ${parts.join(', ')}`
}

const numbersOf = ({ replacedBy }: BoardCell) => replacedBy.map(({ number }) => number).join(', ')

/** The version that was carried there, the newest of each package. */
export function versionsOf({ deployments }: BoardCell): string[] {
  const newest = new Map<string, string>()
  for (const { source } of deployments)
    if (!newest.has(source.package.id)) newest.set(source.package.id, `${source.package.name} ${source.number}`)
  return [...newest.values()]
}
