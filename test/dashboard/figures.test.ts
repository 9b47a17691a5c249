import fc from 'fast-check'
import { expect, it } from 'vitest'
import { grouped, spaced } from '../../dashboard/src/composables/figures.ts'

it('groups the digits of every count as the English do', () => {
  fc.assert(fc.property(fc.nat(), (count) => grouped(count) === count.toLocaleString('en')))
})

it('leaves gaps in a place of the log', () => {
  expect([7, 999, 1_000, 12_345_678].map(spaced)).toEqual(['7', '999', '1 000', '12 345 678'])
})
