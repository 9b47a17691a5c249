import { useEventListener } from '@vueuse/core'
import { computed, ref, type Ref } from 'vue'

/** A place on the board: `row` is the id of a release, '' the heads of the columns; `at` is a column, -1 the head of the row. */
interface Spot {
  row: string
  at: number
}

const steps: Record<string, [down: number, right: number]> = {
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
}
const cellOf = ({ target }: Event) =>
  target instanceof Element ? target.closest<HTMLTableCellElement>('td, th') : null
const rowIndexOf = (cell: HTMLTableCellElement) => (cell.parentElement as HTMLTableRowElement).rowIndex

/**
 * The board is one stop of the Tab key, and the arrows go from what leads somewhere to the next that does. `isThere` says
 * whether a spot still does; where it no longer does, the first release is the stop.
 */
export function useBoardWalk(
  table: Readonly<Ref<HTMLTableElement | null>>,
  releaseIds: () => readonly string[],
  isThere: (spot: Spot) => boolean,
) {
  const last = ref<Spot>()
  const stop = computed(() => (last.value && isThere(last.value) ? last.value : { row: releaseIds()[0] ?? '', at: -1 }))
  useEventListener(table, 'focusin', (event) => {
    const cell = cellOf(event)
    if (cell) last.value = { row: releaseIds()[rowIndexOf(cell) - 1] ?? '', at: cell.cellIndex - 1 }
  })
  useEventListener(table, 'keydown', (event) => {
    const step = steps[event.key]
    const from = cellOf(event)
    if (!step || !from || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const [down, right] = step
    let [row, column] = [rowIndexOf(from), from.cellIndex]
    for (;;) {
      row += down
      column += right
      const cell = table.value?.rows[row]?.cells[column]
      if (!cell) return
      const way = cell.querySelector<HTMLElement>('a, button')
      if (way) return way.focus()
    }
  })
  /** For the `tabindex` of what stands at a spot. */
  return (row: string, at: number) => (stop.value.row === row && stop.value.at === at ? 0 : -1)
}
