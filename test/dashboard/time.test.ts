import fc from 'fast-check'
import { expect, it } from 'vitest'
import { absolute, duration, relative } from '../../dashboard/src/composables/time.ts'

const now = Date.parse('2026-11-23T22:00:00Z')

it('says when something was or will be, in the largest unit that fits', () => {
  expect(relative('2026-11-23T21:57:10Z', now)).toBe('2 min. ago')
  expect(relative('2026-11-24T21:00:00Z', now)).toBe('in 23 hr.')
  expect(relative('2026-11-23T22:00:01Z', now)).toBe('now')
})

it('says a time and how long ago it is as the browser itself would, in whatever zone', () => {
  const said = {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  } as const
  const own = new Intl.DateTimeFormat('en-GB', said)
  const utc = new Intl.DateTimeFormat('en-GB', { ...said, timeZone: 'UTC', timeZoneName: 'short' })
  const times = fc.date({ min: new Date('1971-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(times, (time) => {
      expect(absolute(time.toISOString(), false)).toBe(own.format(time))
      expect(absolute(time.toISOString(), true)).toBe(utc.format(time))
    }),
  )
  const ago = new Intl.RelativeTimeFormat('en', { style: 'short' })
  for (const [count, unit, seconds] of [
    [-2, 'second', 1],
    [-1, 'minute', 60],
    [3, 'hour', 3_600],
    [-1, 'day', 86_400],
    [5, 'day', 86_400],
    [-2, 'month', 2_592_000],
    [1, 'year', 31_536_000],
  ] as const)
    // prettier-ignore
    expect(relative(new Date(now + count * seconds * 1_000).toISOString(), now)).toBe(ago.format(count, unit))
})

it('says the zone when it is UTC', () => {
  expect(absolute('2026-11-23T21:57:10Z', true)).toBe('23 Nov 2026, 21:57:10 UTC')
})

it('says a length of time with as much detail as a reader wants', () => {
  expect([24, 400, 8_420, 185_000, 7_800_000].map(duration)).toEqual([
    '24 ms',
    '0.4 s',
    '8.4 s',
    '3 min 05 s',
    '2 h 10 min',
  ])
})
