/** A span of time left, in milliseconds. */
export interface Range {
  low: number
  high: number
}

export interface Progress {
  /** Share of the work that is done, 0 to 1. */
  fraction: number
  /** Milliseconds since the start, pauses left out. */
  elapsed: number
  /** Durations in milliseconds of earlier runs of the same kind; may be empty. */
  history: readonly number[]
}

/** Below this share of work the own rate says too little to be shown without a history. */
const earliest = 0.05

/**
 * Time left as a range, never a point. Early on the range comes from earlier runs, later from the rate of this one:
 * the weight of the own rate is the share of work done. Null while nothing honest can be said.
 */
export function estimate({ fraction, elapsed, history }: Progress): Range | null {
  if (fraction >= 1) return { low: 0, high: 0 }
  const left = 1 - fraction
  const byRate = fraction >= earliest ? (elapsed * left) / fraction : null
  if (history.length < 2) {
    // Without a history the spread shrinks from ±60 % at the start to ±10 % at the end.
    return byRate === null ? null : { low: byRate * (1 - spread(fraction)), high: byRate * (1 + spread(fraction)) }
  }
  const sorted = history.toSorted((a, b) => a - b)
  const byHistory = { low: quantile(sorted, 0.25) * left, high: quantile(sorted, 0.75) * left }
  if (byRate === null) return byHistory
  const mix = (past: number) => past * left + byRate * fraction
  return { low: mix(byHistory.low), high: mix(byHistory.high) }
}

/**
 * A range that does not jump: each new estimate may move what is shown by at most a tenth, unless `reason` says that
 * something happened (a retry, a resume, another wave) that explains a leap.
 */
export function steady(shown: Range | null, next: Range | null, reason = false): Range | null {
  if (!shown || !next || reason || next.high === 0) return next
  const near = (from: number, to: number) => Math.min(Math.max(to, from * 0.9), from * 1.1)
  return { low: near(shown.low, next.low), high: near(shown.high, next.high) }
}

/** "12–16 min", "under a minute"; rounded the way a person would say it. */
export function inWords({ low, high }: Range) {
  if (high < 60_000) return high < 10_000 ? 'a few seconds' : 'under a minute'
  const [unit, size] = high < 90 * 60_000 ? (['min', 60_000] as const) : (['h', 3_600_000] as const)
  const from = Math.max(1, Math.floor(low / size))
  const to = Math.max(from, Math.ceil(high / size))
  return from === to ? `${to} ${unit}` : `${from}–${to} ${unit}`
}

const spread = (fraction: number) => 0.6 - 0.5 * fraction

function quantile(sorted: readonly number[], q: number) {
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)] ?? 0
  const above = sorted[Math.ceil(at)] ?? below
  return below + (above - below) * (at - Math.floor(at))
}
