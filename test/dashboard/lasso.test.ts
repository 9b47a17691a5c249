import { describe, expect, it } from 'vitest'
import { layOut } from '../../dashboard/src/components/heat-grid.ts'
import { placesBetween, placesIn } from '../../dashboard/src/components/lasso.ts'

describe('a rectangle over the grid', () => {
  // 13 px cells, 15 px apart, 10 in a row.
  const layout = layOut(95, 148, false)
  const box = (left: number, top: number, right: number, bottom: number) => ({ left, top, right, bottom })

  it('chooses every cell that it touches', () => {
    expect(layout).toMatchObject({ columns: 10, pitch: 15 })
    expect(placesIn(box(2, 2, 3, 3), layout, 95)).toEqual([0])
    expect(placesIn(box(2, 2, 20, 20), layout, 95)).toEqual([0, 1, 10, 11])
  })

  it('ends at the edges of the grid and of its last row', () => {
    expect(placesIn(box(-50, -50, 20, 5), layout, 95)).toEqual([0, 1])
    expect(placesIn(box(100, 130, 900, 900), layout, 95)).toEqual([86, 87, 88, 89])
    expect(placesIn(box(-9_000, -9_000, 9_000, 9_000), layout, 95)).toHaveLength(95)
  })

  it('beside the grid chooses nothing', () => {
    expect(placesIn(box(500, 0, 600, 50), layout, 95)).toEqual([])
    expect(placesIn(box(0, 500, 50, 600), layout, 95)).toEqual([])
    expect(placesIn(box(0, 0, 50, 50), layout, 0)).toEqual([])
  })

  it('is spanned by shift and arrows between two cells, whichever way', () => {
    expect(placesBetween(11, 22, 10, 95)).toEqual([11, 12, 21, 22])
    expect(placesBetween(22, 11, 10, 95)).toEqual([11, 12, 21, 22])
    expect(placesBetween(12, 21, 10, 95)).toEqual([11, 12, 21, 22])
    expect(placesBetween(85, 94, 10, 95)).toEqual([84, 85, 94])
  })
})
