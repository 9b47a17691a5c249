import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRowHeights } from '../../dashboard/src/components/row-heights.ts'

const usual = 19

test('places of rows are the sums of the heights before them, whatever was measured in which order', () => {
  const measured = fc.array(fc.tuple(fc.nat(3_000), fc.integer({ min: 1, max: 400 })), { maxLength: 60 })
  fc.assert(
    fc.property(measured, fc.nat(3_200), (pairs, row) => {
      const heights = createRowHeights(usual)
      const plain = new Array<number>(3_300).fill(usual)
      for (const [index, height] of pairs) {
        expect(heights.set(index, height)).toBe(height - plain[index]!)
        plain[index] = height
      }
      const top = plain.slice(0, row).reduce((sum, each) => sum + each, 0)
      expect(heights.topOf(row)).toBe(top)
      expect(heights.indexAt(top)).toBe(row)
      expect(heights.indexAt(top + plain[row]! - 0.5)).toBe(row)
    }),
  )
})

test('the lower part of a row that is taller than usual is not taken for the next row', () => {
  const heights = createRowHeights(usual)
  heights.set(3, 57)
  expect(heights.indexAt(3 * usual + 56)).toBe(3)
  expect(heights.indexAt(3 * usual + 57)).toBe(4)
})

test('rows beyond all that were measured are as tall as usual, also among a million', () => {
  const heights = createRowHeights(usual)
  heights.set(2, 38)
  expect(heights.topOf(1_000_000)).toBe(1_000_001 * usual)
  expect(heights.indexAt(1_000_001 * usual)).toBe(1_000_000)
  heights.set(999_999, 57)
  expect(heights.topOf(1_000_000)).toBe(1_000_003 * usual)
  heights.clear()
  expect(heights.topOf(1_000_000)).toBe(1_000_000 * usual)
})
