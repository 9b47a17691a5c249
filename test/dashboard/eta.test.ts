import { describe, expect, it } from 'vitest'
import { inWords, leftOf } from '../../dashboard/src/live/eta.ts'

const minutes = (n: number) => n * 60_000

describe('the estimate of the time left', () => {
  it('gets less with the clock, and not while the work stands still', () => {
    const said = { lowSeconds: 60, highSeconds: 120, at: '2026-11-28T10:00:00.000Z' }
    const later = (seconds: number) => Date.parse(said.at) + seconds * 1_000
    expect(leftOf(said, later(30))).toEqual({ low: 30_000, high: 90_000 })
    expect(leftOf(said, later(30), true)).toEqual({ low: 60_000, high: 120_000 })
    expect(leftOf(said, later(-5))).toEqual({ low: 60_000, high: 120_000 })
    expect(leftOf(said, later(900))).toEqual({ low: 0, high: 1_000 })
  })

  it('is said the way a person would', () => {
    expect(inWords({ low: minutes(12.2), high: minutes(15.5) })).toBe('12–16 min')
    expect(inWords({ low: minutes(2), high: minutes(2) })).toBe('2 min')
    expect(inWords({ low: 20_000, high: 50_000 })).toBe('under a minute')
    expect(inWords({ low: minutes(150), high: minutes(200) })).toBe('2–4 h')
  })
})
