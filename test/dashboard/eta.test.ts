import { describe, expect, it } from 'vitest'
import { estimate, inWords, steady } from '../../dashboard/src/live/eta.ts'

const minutes = (n: number) => n * 60_000

describe('the estimate of the time left', () => {
  it('says nothing while there is neither a history nor a rate', () => {
    expect(estimate({ fraction: 0.01, elapsed: minutes(1), history: [] })).toBeNull()
  })

  it('comes from earlier runs at the start, as the middle half of them', () => {
    const history = [10, 20, 30, 40, 50].map(minutes)
    expect(estimate({ fraction: 0, elapsed: 0, history })).toEqual({ low: minutes(20), high: minutes(40) })
  })

  it('leans on the own rate the further the work is', () => {
    const history = [minutes(10), minutes(10)]
    // Three quarters done after an hour: the rate says 20 min are left, the history 2.5 min.
    expect(estimate({ fraction: 0.75, elapsed: minutes(60), history })?.high).toBeCloseTo(
      minutes(2.5 * 0.25 + 20 * 0.75),
      -3,
    )
  })

  it('narrows towards the end without a history', () => {
    const wide = estimate({ fraction: 0.1, elapsed: minutes(1), history: [] })!
    const narrow = estimate({ fraction: 0.9, elapsed: minutes(9), history: [] })!
    expect(wide.high / wide.low).toBeGreaterThan(narrow.high / narrow.low)
  })

  it('never moves by more than a tenth at once, unless there is a reason', () => {
    const shown = { low: minutes(10), high: minutes(20) }
    const leap = { low: minutes(30), high: minutes(60) }
    expect(steady(shown, leap)).toEqual({ low: minutes(11), high: minutes(22) })
    expect(steady(shown, leap, true)).toEqual(leap)
    expect(steady(shown, { low: 0, high: 0 })).toEqual({ low: 0, high: 0 })
  })

  it('is said the way a person would', () => {
    expect(inWords({ low: minutes(12.2), high: minutes(15.5) })).toBe('12–16 min')
    expect(inWords({ low: minutes(2), high: minutes(2) })).toBe('2 min')
    expect(inWords({ low: 20_000, high: 50_000 })).toBe('under a minute')
    expect(inWords({ low: minutes(150), high: minutes(200) })).toBe('2–4 h')
  })
})
