import { expect, test } from 'vitest'
import { createLogLines, page, type StoredLine } from '../../dashboard/src/features/deployment/log-lines.ts'

const line = (number: number): StoredLine => ({
  number,
  at: new Date(1_000 + number).toISOString(),
  level: 'INFO',
  text: `line ${number}`,
})
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => line(from + n))

test('each line has its place by its number, and times count from the first', () => {
  const log = createLogLines()
  log.add(lines(1, 3))
  log.add([line(5)])
  expect(log.places.map((each) => each?.number)).toEqual([1, 2, 3, undefined, 5])
  expect(log.places[4]).toMatchObject({ at: '0.004', level: 'info', text: 'line 5' })
})

test('the page that fills the last hole in view is asked for, and asked once', () => {
  const log = createLogLines()
  log.add(lines(1, page))
  log.reach(3 * page + 50)
  expect(log.hole(1, page)).toBeNull()
  expect(log.hole(page - 10, page + 10)).toBe(page)
  expect(log.hole(1, log.places.length)).toBe(3 * page)
  log.asked(3 * page)
  expect(log.hole(1, log.places.length)).toBe(2 * page)
  log.asked(2 * page)
  log.asked(page)
  expect(log.hole(1, log.places.length)).toBeNull()
  log.forget()
  expect(log.hole(1, log.places.length)).toBe(3 * page)
})

test('what was read twice, or came before the page that holds it, stands once', () => {
  const log = createLogLines()
  log.add(lines(1, 2))
  log.add(lines(4, 5))
  log.add(lines(1, 5))
  expect(log.places.map((each) => each?.number)).toEqual([1, 2, 3, 4, 5])
  expect(log.hole(1, 5)).toBeNull()
})
