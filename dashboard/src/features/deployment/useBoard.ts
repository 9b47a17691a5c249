import type { AnyVariables, CombinedError, OperationResult, TypedDocumentNode } from '@urql/core'
import { useClientHandle } from '@urql/vue'
import { onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import { makeFragmentData, unmask } from '../../gql/fragment-masking.ts'
import { graphql } from '../../gql/gql.ts'
import type { ReleaseBoardQuery, ReleaseBoardQueryVariables } from '../../gql/graphql.ts'
import type { Heard } from '../../live/activity.ts'
import { useLive } from '../../live/live.ts'
import { withRows } from './board-rows.ts'
import { ReleaseBoardFragment } from './board.ts'

export const BoardDocument = graphql(`
  query ReleaseBoard($axis: String, $filter: ReleaseFilter, $first: Int!, $after: String) {
    releaseMatrix(axis: $axis, filter: $filter, first: $first, after: $after) {
      axis
      axes {
        className
        columns
      }
      columns {
        id
      }
      columnsLeftOut
      rows {
        totalCount
        nodes {
          release {
            id
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
      ...ReleaseBoard_matrix
    }
  }
`)
const RowsDocument = graphql(`
  query ReleaseBoardRows($axis: String, $filter: ReleaseFilter, $first: Int!, $touchedBy: [ID!], $columnIds: [ID!]) {
    releaseMatrix(axis: $axis, filter: $filter, first: $first, touchedBy: $touchedBy, columnIds: $columnIds) {
      columnsLeftOut
      rows {
        pageInfo {
          endCursor
          hasNextPage
        }
      }
      ...ReleaseBoard_matrix
    }
  }
`)

type Matrix = ReleaseBoardQuery['releaseMatrix']
/** After these the rows of what they are about are asked again; after any other, and where that is not enough, the whole. */
const ROWS = ['release.', 'task.', 'deployment.changed']
/** A discovery may have seen other versions anywhere. */
const WHOLE = ['discovery.changed']

export interface LiveBoard {
  matrix: Readonly<ShallowRef<Matrix | undefined>>
  error: Readonly<ShallowRef<CombinedError | undefined>>
  refresh: () => void
}

/**
 * The board, kept true row by row: for thousands of targets the whole takes seconds. There is never more than one question
 * on its way; what is heard meanwhile is asked together afterwards.
 */
export function useBoard(variables: ComputedRef<ReleaseBoardQueryVariables>): LiveBoard {
  const { client } = useClientHandle()
  const matrix = shallowRef<Matrix>()
  const error = shallowRef<CombinedError>()
  let waiting: 'whole' | Map<string, string> | null = null
  let asking = false
  let leave = () => {}

  /** Null when it was given up. */
  const ask = <Data, Variables extends AnyVariables>(query: TypedDocumentNode<Data, Variables>, asked: Variables) =>
    new Promise<OperationResult<Data, Variables> | null>((done) => {
      const source = client.query(query, asked, { requestPolicy: 'network-only' })
      const { unsubscribe } = source.subscribe((answer) => !answer.stale && done(answer))
      leave = () => (unsubscribe(), done(null))
    })
  const readWhole = async () => {
    const answer = await ask(BoardDocument, variables.value)
    if (!answer) return
    error.value = answer.error
    if (answer.data) matrix.value = answer.data.releaseMatrix
  }
  /** Whether that was enough. */
  const readRows = async (heard: Map<string, string>): Promise<boolean> => {
    const now = matrix.value
    if (!now || error.value) return false
    const { filter, first } = variables.value
    const columnIds = now.columns.flatMap(({ id }) => id ?? [])
    const touchedBy = [...heard.keys()]
    const answer = await ask(RowsDocument, { axis: now.axis, filter, first, touchedBy, columnIds })
    if (!answer) return true
    const part = answer.data?.releaseMatrix
    if (!part) return false
    const named = new Set(touchedBy.filter((id) => heard.get(id)!.startsWith('release.')))
    const board = unmask(ReleaseBoardFragment, now)
    const fresh = unmask(ReleaseBoardFragment, part)
    const rows = { ...fresh.rows, pageInfo: part.rows.pageInfo }
    const merged = withRows(
      { ...board, columnsLeftOut: now.columnsLeftOut },
      { ...fresh, columnsLeftOut: part.columnsLeftOut, rows },
      named,
    )
    if (!merged) return false
    const { columns, nodes } = merged
    const shown = makeFragmentData(
      { ...board, columns: [...columns], rows: { ...board.rows, nodes: [...nodes] } },
      ReleaseBoardFragment,
    )
    matrix.value = { ...now, ...shown }
    return true
  }
  const goOn = async () => {
    if (asking) return
    asking = true
    while (waiting) {
      const now = waiting
      waiting = null
      if (now === 'whole') await readWhole()
      else if (!(await readRows(now))) waiting = 'whole'
    }
    asking = false
  }
  const want = (heard: Heard) => {
    if (
      !heard ||
      waiting === 'whole' ||
      [...heard.values()].some((topic) => WHOLE.some((one) => topic.startsWith(one)))
    )
      waiting = 'whole'
    else waiting = new Map([...(waiting ?? []), ...heard])
    void goOn()
  }
  const refresh = () => want(null)
  onScopeDispose(useLive().activity.on([...ROWS, ...WHOLE], want))
  onScopeDispose(() => ((waiting = null), leave()))
  watch(
    variables,
    () => {
      leave() // its answer would be of another board
      refresh()
    },
    { immediate: true },
  )
  return { matrix, error, refresh }
}
