import { describe, expect, test } from 'vitest'
import {
  fit,
  hit,
  packer,
  pan,
  reveal,
  toScreen,
  towards,
  viewFromText,
  viewToText,
  zoom,
} from '../../dashboard/src/components/plane.ts'
import { classesOf, membersOf } from '../../dashboard/src/features/graph/cluster.ts'

const size = { width: 800, height: 600 }
const dot = (id: string, x: number, y: number, r = 10) => ({ id, x, y, r, label: id })
const dots = [dot('middle', 0, 0), dot('east', 500, 40), dot('north', 20, -300), dot('far east', 900, 0)]

describe('the view of a plane', () => {
  test('shows every circle whole', () => {
    const view = fit(dots, size)
    for (const each of dots) {
      const { x, y } = toScreen(view, size, each)
      const r = each.r * view.k
      expect([x - r >= 0, y - r >= 0, x + r <= size.width, y + r <= size.height]).toEqual([true, true, true, true])
    }
    expect(fit([], size)).toEqual({ x: 0, y: 0, k: 1 })
  })

  test('zooms around the point under the pointer', () => {
    const view = fit(dots, size)
    const before = toScreen(view, size, dots[1]!)
    const after = zoom(view, 2, { x: before.x - size.width / 2, y: before.y - size.height / 2 })
    expect(after.k).toBeCloseTo(view.k * 2)
    expect(toScreen(after, size, dots[1]!).x).toBeCloseTo(before.x)
    expect(toScreen(after, size, dots[1]!).y).toBeCloseTo(before.y)
  })

  test('follows the hand and draws in what has the focus, and leaves alone what is seen', () => {
    const view = { x: 0, y: 0, k: 1 }
    expect(toScreen(pan(view, 30, -20), size, dots[0]!)).toEqual({ x: 430, y: 280 })
    expect(reveal(view, size, dots[0]!)).toBe(view)
    const { x } = toScreen(reveal(view, size, dots[3]!), size, dots[3]!)
    expect(x).toBeLessThan(size.width)
  })

  test('is written into the address and read from it, and nonsense is no view', () => {
    expect(viewFromText(viewToText({ x: 12.4, y: -7, k: 0.51234 }))).toEqual({ x: 12, y: -7, k: 0.512 })
    for (const text of ['', '1,2', 'a,b,c', '0,0,0', '0,0,1e9']) expect(viewFromText(text)).toBeNull()
  })
})

test('a click means the nearest circle within reach, or none', () => {
  const view = { x: 0, y: 0, k: 0.1 }
  expect(hit(dots, view, size, { x: 405, y: 300 })).toBe(0)
  expect(hit(dots, view, size, { x: 700, y: 500 })).toBe(-1)
})

test('an arrow leads to the nearest circle in its direction', () => {
  expect(towards('ArrowRight', dots, 0)).toBe(1)
  expect(towards('ArrowRight', dots, 1)).toBe(3)
  expect(towards('ArrowUp', dots, 0)).toBe(2)
  expect(towards('ArrowLeft', dots, 0)).toBe(-1)
  expect(towards('Enter', dots, 0)).toBe(-1)
})

test('of labels that would cover each other the first one stays', () => {
  const finds = packer()
  const box = { x: 0, y: 0, width: 40, height: 10 }
  expect([finds(box), finds({ ...box, x: 20 }), finds({ ...box, x: 40 }), finds({ ...box, x: 20 }, true)]).toEqual([
    ...[true, false, true, true],
  ])
})

test('the columns of a cluster become items that know their neighbours, counted by class', () => {
  const members = membersOf(
    {
      ...{ seq: 7, isCurrent: true, title: 'db', total: 3, ids: ['1', '2', '3'], names: ['db', 'web', 'app'] },
      ...{ classNames: ['Host', 'Host', 'App'], x: [0, 1, 2], y: [0, 0, 0], degrees: [9, 1, 1] },
      ...{ sources: [1, 2], targets: [0, 0] },
    },
    new Map([['App', 'Application']]),
  )
  expect(members.map(({ neighbours }) => neighbours)).toEqual([['2', '3'], ['1'], ['1']])
  expect(classesOf(members)).toEqual([
    { name: 'Host', title: 'Host', count: 2 },
    { name: 'App', title: 'Application', count: 1 },
  ])
})
