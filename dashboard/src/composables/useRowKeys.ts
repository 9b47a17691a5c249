import { nextTick, ref } from 'vue'

const PAGE = 10 // rows

/**
 * Walks rows by key, one of them in the tab order: arrows, j and k, Page, Home and End; Enter opens, Space ticks.
 * `show` brings a row into the document, `find` gives its element, `opens` and `ticks` say whether rows do.
 */
export function useRowKeys(rows: {
  count: () => number
  show: (at: number) => void
  find: (at: number) => HTMLElement | null | undefined
  opens: () => boolean | undefined
  open: (at: number) => void
  ticks: () => boolean
  tick: (at: number, range: boolean) => void
}) {
  const focused = ref(0)
  const move = async (to: number) => {
    focused.value = Math.min(Math.max(to, 0), rows.count() - 1)
    rows.show(focused.value)
    await nextTick()
    rows.find(focused.value)?.focus()
  }
  const stepOf = (key: string, at: number): number | undefined => {
    const steps: Record<string, number> = {
      ArrowDown: at + 1,
      j: at + 1,
      ArrowUp: at - 1,
      k: at - 1,
      PageDown: at + PAGE,
      PageUp: at - PAGE,
      Home: 0,
      End: rows.count() - 1,
    }
    return steps[key]
  }
  const onKey = (event: KeyboardEvent, at: number) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === ' ' && rows.ticks()) {
      event.preventDefault()
      return rows.tick(at, event.shiftKey)
    }
    const to = stepOf(event.key, at)
    if (to === undefined && (event.key !== 'Enter' || !rows.opens())) return
    event.preventDefault()
    event.stopPropagation()
    if (to === undefined) rows.open(at)
    else void move(to)
  }
  return { focused, onKey }
}
