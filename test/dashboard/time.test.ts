import { expect, it } from 'vitest'
import { absolute, duration, relative } from '../../dashboard/src/composables/time.ts'

const now = Date.parse('2026-11-23T22:00:00Z')

it('says when something was or will be, in the largest unit that fits', () => {
  expect(relative('2026-11-23T21:57:10Z', now)).toBe('2 min. ago')
  expect(relative('2026-11-24T21:00:00Z', now)).toBe('in 23 hr.')
  expect(relative('2026-11-23T22:00:01Z', now)).toBe('now')
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
