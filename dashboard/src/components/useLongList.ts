import { useElementSize, useEventListener } from '@vueuse/core'
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { createRowHeights } from './row-heights.ts'

interface Options<Row extends object> {
  /** What scrolls. */
  box: Readonly<Ref<HTMLElement | null>>
  /** What holds the drawn rows, each an element with its place as `data-index`. */
  list: Readonly<Ref<HTMLElement | null>>
  /** A row that is not there yet keeps its place. */
  rows: () => readonly (Row | undefined)[]
  /** Pixels of a row that takes one line. */
  usual: number
}

const beyond = 20 // rows above and below those in view, so that a turn of the wheel meets drawn ones

/**
 * The rows in view of a list that may be very long and grow at its end all the time. It follows the end until the reader
 * scrolls up; what is in view then stays where it is, whatever comes.
 */
export function useLongList<Row extends object>({
  box,
  list,
  rows,
  usual,
}: Options<Row>): {
  /** The places to draw, `to` not among them. */
  range: ComputedRef<{ from: number; to: number }>
  /** Pixels before the first drawn row, and of all rows. */
  before: ComputedRef<number>
  total: ComputedRef<number>
  pinned: Ref<boolean>
  /** How many rows there were when the reader let go of the end. */
  seen: Ref<number>
  toEnd(): void
  toRow(index: number): void
} {
  const heights = createRowHeights(usual)
  /** Moves with the heights, which are no refs. */
  const version = shallowRef(0)
  let measured = new WeakSet<Row>()
  const top = shallowRef(0)
  const pinned = ref(true)
  const seen = ref(0)
  const { width, height } = useElementSize(box)

  const count = computed(() => rows().length)
  const total = computed(() => (void version.value, heights.topOf(count.value)))
  const range = computed(() => {
    void version.value
    const begin = pinned.value ? total.value - height.value : top.value
    const from = Math.max(0, Math.min(heights.indexAt(begin), count.value) - beyond)
    const to = Math.min(count.value, heights.indexAt(begin + height.value) + 1 + beyond)
    return { from, to }
  })
  const before = computed(() => (void version.value, heights.topOf(range.value.from)))

  const goToEnd = () => {
    if (box.value) box.value.scrollTop = box.value.scrollHeight
  }
  const toEnd = () => {
    pinned.value = true
    goToEnd()
  }
  const letGo = () => {
    if (pinned.value) seen.value = count.value
    pinned.value = false
  }
  const toRow = (index: number) => {
    letGo()
    if (box.value) box.value.scrollTop = Math.max(0, heights.topOf(index) - (height.value - usual) / 2)
  }
  useEventListener(
    box,
    'scroll',
    () => {
      const { scrollTop, scrollHeight, clientHeight } = box.value!
      const atEnd = scrollHeight - scrollTop - clientHeight < usual * 1.5
      // Only who scrolls up lets go: what comes between a move and its event moves the end away, not the reader.
      if (atEnd) pinned.value = true
      else if (scrollTop < top.value - 1) letGo()
      top.value = scrollTop
    },
    { passive: true },
  )

  /** Of rows that were drawn for the first time. What grew above the view must not push what the reader looks at. */
  const measure = () => {
    let [above, changed] = [0, false]
    for (const element of list.value?.children ?? []) {
      const index = Number((element as HTMLElement).dataset.index)
      const row = rows()[index]
      if (!row || measured.has(row)) continue
      measured.add(row)
      const isAbove = heights.topOf(index) < top.value
      const more = heights.set(index, (element as HTMLElement).offsetHeight)
      if (more === 0) continue
      changed = true
      if (isAbove) above += more
    }
    if (changed) version.value++
    if (above !== 0 && !pinned.value && box.value) box.value.scrollTop += above
  }
  watch([range, rows], measure, { flush: 'post' })
  watch([total, height], () => pinned.value && goToEnd(), { flush: 'post', immediate: true })
  const anew = () => {
    heights.clear()
    measured = new WeakSet()
    version.value++
  }
  watch(width, anew)
  // Other rows than before, as when somebody chooses among them.
  watch(rows, (now, then) => {
    const last = Math.min(now.length, then.length) - 1
    if (now.length < then.length || (then[last] && now[last] !== then[last])) anew()
  })
  return { range, before, total, pinned, seen, toEnd, toRow }
}
