import { shallowRef, type ShallowRef } from 'vue'

/** What changed, one array per column: `idx[i]` has now `state[i]`, `percent[i]` and `step[i]`. */
export interface Batch {
  idx: readonly number[]
  state: readonly number[]
  percent: readonly number[]
  step: readonly number[]
}

/**
 * The hot store: thousands of cells that change thousands of times a second. Typed arrays, no proxies; whoever draws
 * watches `version`, which moves once per animation frame however many batches came in, and asks for the dirty cells.
 */
export interface Cells {
  readonly version: Readonly<ShallowRef<number>>
  readonly size: number
  readonly state: Uint8Array
  readonly percent: Uint8Array
  readonly step: Uint16Array
  /** Number of cells per state. */
  readonly counts: Uint32Array
  /** Replaces everything, as after a snapshot. */
  load(columns: Omit<Batch, 'idx'>): void
  apply(batch: Batch): void
  /** Indexes changed since the last call, or 'all' after load(). */
  takeDirty(): readonly number[] | 'all'
}

/** `states` is the number of different states; `nextFrame` is exchanged in tests. */
export function createCells(states: number, nextFrame: (run: () => void) => void = requestAnimationFrame): Cells {
  const version = shallowRef(0)
  const counts = new Uint32Array(states)
  let state = new Uint8Array(0)
  let percent = new Uint8Array(0)
  let step = new Uint16Array(0)
  let dirty = new Set<number>()
  let allDirty = true
  let waiting = false

  const touch = () => {
    if (waiting) return
    waiting = true
    nextFrame(() => {
      waiting = false
      version.value++
    })
  }

  return {
    version,
    counts,
    get size() {
      return state.length
    },
    get state() {
      return state
    },
    get percent() {
      return percent
    },
    get step() {
      return step
    },
    load(columns) {
      state = Uint8Array.from(columns.state)
      percent = Uint8Array.from(columns.percent)
      step = Uint16Array.from(columns.step)
      counts.fill(0)
      for (const value of state) counts[value]!++
      dirty = new Set()
      allDirty = true
      touch()
    },
    apply(batch) {
      batch.idx.forEach((at, i) => {
        if (at >= state.length) return
        counts[state[at]!]!--
        counts[batch.state[i]!]!++
        state[at] = batch.state[i]!
        percent[at] = batch.percent[i]!
        step[at] = batch.step[i]!
        if (!allDirty) dirty.add(at)
      })
      if (batch.idx.length > 0) touch()
    },
    takeDirty() {
      const taken = allDirty ? ('all' as const) : [...dirty]
      allDirty = false
      dirty = new Set()
      return taken
    },
  }
}
