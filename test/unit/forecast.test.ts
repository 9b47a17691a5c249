import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foretold, reckon, type Facts, type Times } from '../../server/deployment/forecast/reckon.ts'
import { sayNext, type Present, type Said } from '../../server/deployment/forecast/said.ts'

const steps = [
  { step: 'copy', seconds: 8 },
  { step: 'restart', seconds: 2 },
]
const times: Times = { runs: 40, quick: 9, median: 10, slow: 12, steps }
const facts: Facts = { waiting: 0, settled: 0, running: [], atOnce: 4, own: { runs: 0, median: null } }
const at = (step: string, spent: number) => ({ step, percent: 50, spent })

describe('what is left', () => {
  it('is not said without earlier runs, and percent is then what modules say', () => {
    expect(reckon(null, { ...facts, settled: 1, running: [at('copy', 3)] })).toMatchObject({ range: null, percent: 75 })
    expect(foretold(null, 4, 4)).toBeNull()
  })

  it('follows the weights of the steps, and so does the percent', () => {
    const early = reckon(times, { ...facts, running: [at('copy', 2)] })
    const late = reckon(times, { ...facts, running: [at('restart', 9)] })
    expect(early.percent).toBeCloseTo(20)
    expect(late.percent).toBeCloseTo(90)
    expect(early.range!.low).toBeCloseTo(8 * 0.9)
    expect(early.range!.high).toBeCloseTo(8 * 1.2)
    expect(late.range!.high).toBeCloseTo(1 * 1.2)
  })

  it('keeps what comes after a step that hangs, however long it hangs', () => {
    const hanging = reckon(times, { ...facts, running: [at('copy', 500)] })
    expect(hanging.range!.low).toBeGreaterThan(2 * 0.9)
    expect(hanging.range!.low).toBeLessThan(10)
    expect(hanging.range!.high).toBeGreaterThan(500 - times.slow)
    expect(hanging.percent).toBeLessThan(75)
    expect(hanging.overdue).toEqual({ step: 'copy', targets: 1 })
  })

  it('counts rounds: five targets, four at once, take twice as long as one', () => {
    const one = foretold(times, 4, 4)!
    const two = foretold(times, 5, 4)!
    expect(one.low).toBeCloseTo(9)
    expect(one.high).toBeCloseTo(12)
    expect(two.low).toBeCloseTo(18)
    expect(two.high).toBeCloseTo(24)
  })

  it('is at least as wide as earlier estimates were off', () => {
    const { low, high } = foretold(times, 4, 4, 0.5)!
    expect(low).toBeCloseTo(5)
    expect(high).toBeCloseTo(15)
  })

  it('leans on the pace of this deployment the more of its runs are over', () => {
    const paced = (runs: number) => reckon(times, { ...facts, waiting: 4, own: { runs, median: 30 } }).range!
    expect(paced(1).high).toBeLessThan(paced(5).high)
    expect(paced(500).high).toBeGreaterThan(28)
    expect(paced(500).high / paced(500).low).toBeLessThan(paced(1).high / paced(1).low)
  })

  it('is a range that holds nothing negative, and a percent from 0 to 100, whatever is so', () => {
    const amount = fc.double({ min: 0.001, max: 1e5, noNaN: true })
    const underWay = fc.record({
      step: fc.constantFrom('copy', 'restart', 'other', null),
      percent: fc.integer({ min: 0, max: 100 }),
      spent: fc.double({ min: 0, max: 1e6, noNaN: true }),
    })
    fc.assert(
      fc.property(
        fc.record({
          waiting: fc.nat(3_000),
          settled: fc.nat(3_000),
          running: fc.array(underWay, { maxLength: 40 }),
          atOnce: fc.integer({ min: 1, max: 1_000 }),
          own: fc.record({ runs: fc.nat(200), median: fc.option(amount) }),
        }),
        fc.tuple(amount, amount, amount),
        fc.double({ min: 0, max: 30, noNaN: true }),
        (facts, sorted, off) => {
          const [quick, median, slow] = sorted.sort((a, b) => a - b) as [number, number, number]
          const { range, percent } = reckon({ runs: 3, quick, median, slow, steps }, facts, off)
          expect(percent).toBeGreaterThanOrEqual(0)
          expect(percent).toBeLessThanOrEqual(100)
          if (facts.waiting + facts.running.length === 0) return void expect(range).toBeNull()
          expect(range!.low).toBeGreaterThanOrEqual(0)
          expect(range!.high).toBeGreaterThanOrEqual(range!.low)
          expect(range!.high).toBeLessThan(Infinity)
        },
      ),
    )
  })
})

const present: Present = {
  at: 0,
  range: { low: 80, high: 100 },
  percent: 0,
  pace: 1,
  overdue: null,
  paused: false,
  again: 0,
  deferred: 0,
  usual: 10,
  own: null,
}
const end = ({ at, high }: Said) => at + high!

describe('what is said', () => {
  it('slips a little without a word, and names what takes longer when it slips by more', () => {
    const first = sayNext(null, present)
    const little = sayNext(first, { ...present, at: 10, range: { low: 80, high: 95 } })
    expect(little.reason).toBeNull()
    const far = { ...present, at: 20, range: { low: 100, high: 130 } }
    expect(sayNext(little, far).reason).toBe('It takes longer than earlier runs.')
    expect(sayNext(little, { ...far, own: 17 }).reason).toBe(
      'Targets take 17 s instead of 10 s in earlier runs, at the median.',
    )
    expect(sayNext(little, { ...far, own: 17, overdue: { step: 'restart', targets: 2 } }).reason).toBe(
      'The step "restart" takes longer than usual at 2 targets.',
    )
  })

  it('does not let small slips add up in silence', () => {
    let said = sayNext(null, present)
    let silent = 0
    for (let at = 10; said.reason === null && at < 1_000; at += 10) {
      said = sayNext(said, { ...present, at, range: { low: 80, high: 95 } })
      if (said.reason === null) silent = end(said)
    }
    expect(said.reason).not.toBeNull()
    expect(silent).toBeLessThanOrEqual(111)
  })

  it('says what somebody did', () => {
    const first = sayNext(null, { ...present, percent: 50 })
    const tried = sayNext(first, { ...present, at: 5, percent: 20, again: 4 })
    expect(tried).toMatchObject({ percent: 20, reason: '4 targets are tried again.' })
    expect(sayNext(first, { ...present, at: 5, deferred: 1 }).reason).toBe('1 target waits for another deployment.')
    const paused = sayNext(first, { ...present, at: 5, paused: true })
    expect(paused.reason).toBe('It is paused.')
    expect(sayNext(paused, { ...present, at: 500 }).reason).toBe('It was paused.')
  })

  it('never jumps back by more than a tenth without a reason, whatever happens', () => {
    const moment = fc.record({
      passes: fc.double({ min: 0.5, max: 300, noNaN: true }),
      range: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true }), { freq: 8 }),
      percent: fc.double({ min: 0, max: 100, noNaN: true }),
      paused: fc.boolean(),
      again: fc.nat(3),
      deferred: fc.nat(3),
      own: fc.option(fc.double({ min: 1, max: 100, noNaN: true })),
    })
    fc.assert(
      fc.property(fc.array(moment, { minLength: 2, maxLength: 40 }), (moments) => {
        let said: Said | null = null
        let at = 0
        /** The soonest end held out since the last reason, and when. */
        let held: { at: number; end: number } | null = null
        for (const { passes, range, ...more } of moments) {
          at += passes
          const before: Said | null = said
          const high = range
          said = sayNext(before, { ...present, ...more, at, range: high === null ? null : { low: high / 2, high } })
          const told = said.reason !== null && (said.reasonAt === at || (said.paused && before?.paused))
          if (told) held = null
          if (before && said.percent < before.percent) expect(told).toBe(true)
          if (said.high === null) continue
          if (held && !told) expect(end(said)).toBeLessThanOrEqual(held.end + (held.end - held.at) * 0.1 + 1 + 1e-6)
          if (!held || end(said) < held.end) held = { at, end: end(said) }
        }
      }),
      { numRuns: 500 },
    )
  })
})
