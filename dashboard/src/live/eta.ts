/** A span of time left, in milliseconds. */
export interface Range {
  low: number
  high: number
}

interface Said {
  lowSeconds: number
  highSeconds: number
  /** When it was said. */
  at: string
}

/** What is left of an estimate at `now`: it gets less with the clock, and not while the work stands still. */
export function leftOf({ lowSeconds, highSeconds, at }: Said, now: number, stands = false): Range {
  const passed = stands ? 0 : Math.max(0, now - Date.parse(at))
  return { low: Math.max(0, lowSeconds * 1_000 - passed), high: Math.max(1_000, highSeconds * 1_000 - passed) }
}

/** "12–16 min", "under a minute"; rounded the way a person would say it. */
export function inWords({ low, high }: Range) {
  if (high < 60_000) return high < 10_000 ? 'a few seconds' : 'under a minute'
  const [unit, size] = high < 90 * 60_000 ? (['min', 60_000] as const) : (['h', 3_600_000] as const)
  const from = Math.max(1, Math.floor(low / size))
  const to = Math.max(from, Math.ceil(high / size))
  return from === to ? `${to} ${unit}` : `${from}–${to} ${unit}`
}
