import type { Layout } from './heat-grid.ts'

/** A rectangle in the pixels of what it is drawn over. */
export interface Box {
  left: number
  top: number
  right: number
  bottom: number
}
/** How a choice goes together with the one before. */
export type Choice = 'only' | 'add' | 'toggle'

/** The places of the cells that a rectangle touches. */
export function placesIn(box: Box, { columns, pitch }: Layout, cells: number): number[] {
  const bounded = (px: number, most: number) => Math.max(0, Math.min(most, Math.floor((px - 1) / pitch)))
  const lastRow = Math.ceil(cells / columns) - 1
  if (cells === 0 || box.right < 0 || box.bottom < 0 || box.left > columns * pitch || box.top > (lastRow + 1) * pitch) {
    return []
  }
  const [left, right] = [bounded(box.left, columns - 1), bounded(box.right, columns - 1)]
  const [top, bottom] = [bounded(box.top, lastRow), bounded(box.bottom, lastRow)]
  const places: number[] = []
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++)
      if (row * columns + column < cells) places.push(row * columns + column)
  return places
}

/** The places of the rectangle between two cells, as shift and an arrow spans it. */
export function placesBetween(one: number, other: number, columns: number, cells: number): number[] {
  const span = (a: number, b: number) => [Math.min(a, b), Math.max(a, b)] as const
  const [left, right] = span(one % columns, other % columns)
  const [top, bottom] = span(Math.floor(one / columns), Math.floor(other / columns))
  const places: number[] = []
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++)
      if (row * columns + column < cells) places.push(row * columns + column)
  return places
}
