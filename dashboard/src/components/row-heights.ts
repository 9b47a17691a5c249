/**
 * Where the rows of a long list stand, when how tall each is is known only once it was drawn. Rows are as tall as usual
 * until they were measured; a tree of partial sums holds what they are taller. A row more costs nothing, and every
 * question a few steps, also among a million rows.
 */
export interface RowHeights {
  /** Answers by how much the row grew. */
  set(index: number, height: number): number
  topOf(index: number): number
  /** The row at this distance from the top of the list. */
  indexAt(distance: number): number
  clear(): void
}

export function createRowHeights(usual: number): RowHeights {
  const extras = new Map<number, number>()
  // sums[n] holds the extras of the n & -n rows that end with row n - 1.
  let sums = new Float64Array(1_025)
  const add = (index: number, more: number) => {
    for (let n = index + 1; n < sums.length; n += n & -n) sums[n]! += more
  }
  const reach = (index: number) => {
    if (index + 1 < sums.length) return
    let size = sums.length - 1
    while (size <= index) size *= 2
    sums = new Float64Array(size + 1)
    for (const [at, extra] of extras) add(at, extra)
  }
  return {
    set(index, height) {
      const before = extras.get(index) ?? 0
      const more = height - usual - before
      if (more === 0) return 0
      reach(index)
      extras.set(index, before + more)
      add(index, more)
      return more
    },
    topOf(index) {
      let extra = 0
      for (let n = Math.min(index, sums.length - 1); n > 0; n -= n & -n) extra += sums[n]!
      return index * usual + extra
    },
    indexAt(distance) {
      let [index, top] = [0, 0]
      for (let size = sums.length - 1; size >= 1; size /= 2) {
        if (index + size >= sums.length) continue
        const next = top + size * usual + sums[index + size]!
        if (next > distance) continue
        index += size
        top = next
      }
      // What is left over lies inside this row, unless it is the first one that the tree knows nothing of.
      return index < sums.length - 1 ? index : index + Math.floor((distance - top) / usual)
    },
    clear() {
      extras.clear()
      sums.fill(0)
    },
  }
}
