import { describe, expect, it } from 'vitest'
import { createCells } from '../../dashboard/src/live/cells.ts'

/** Frames happen when the test says so. */
function frames() {
  const waiting: (() => void)[] = []
  return {
    next: (run: () => void) => void waiting.push(run),
    draw: () => waiting.splice(0).forEach((run) => run()),
    waiting,
  }
}
const blank = (size: number) => ({
  state: Array<number>(size).fill(0),
  percent: Array<number>(size).fill(0),
  step: Array<number>(size).fill(0),
})

describe('the hot store', () => {
  it('moves its version once per frame however many batches came in', () => {
    const clock = frames()
    const cells = createCells(3, clock.next)
    cells.load(blank(5))
    clock.draw()
    for (let n = 0; n < 50; n++) cells.apply({ idx: [n % 5], state: [1], percent: [n], step: [0] })
    expect(clock.waiting).toHaveLength(1)
    clock.draw()
    expect(cells.version.value).toBe(2)
  })

  it('keeps the last of several changes to one cell and names the cell once', () => {
    const clock = frames()
    const cells = createCells(3, clock.next)
    cells.load(blank(4))
    cells.takeDirty()
    cells.apply({ idx: [2, 2, 0], state: [1, 2, 1], percent: [10, 100, 5], step: [1, 4, 0] })
    expect(cells.takeDirty()).toEqual([2, 0])
    expect([...cells.state]).toEqual([1, 0, 2, 0])
    expect(cells.percent[2]).toBe(100)
    expect(cells.takeDirty()).toEqual([])
  })

  it('counts the states as they change', () => {
    const cells = createCells(3, frames().next)
    cells.load(blank(4))
    cells.apply({ idx: [0, 1], state: [2, 2], percent: [0, 0], step: [0, 0] })
    cells.apply({ idx: [1], state: [1], percent: [0], step: [0] })
    expect([...cells.counts]).toEqual([2, 1, 1])
  })

  it('asks for everything to be drawn after a snapshot, and ignores places it does not have', () => {
    const cells = createCells(3, frames().next)
    cells.load(blank(2))
    cells.apply({ idx: [7], state: [1], percent: [0], step: [0] })
    expect([...cells.counts]).toEqual([2, 0, 0])
    expect(cells.takeDirty()).toBe('all')
  })
})
