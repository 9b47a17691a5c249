import { describe, expect, test } from 'vitest'
import { NameOrder } from '../../server/item/graph/name-order.ts'

/** Random but the same at every run. */
function dice(seed: number) {
  return (most: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % most
  }
}

const uuidOf = (ordinal: number) =>
  `00000000-0000-0000-0000-${((ordinal * 7_919) % 100_000).toString().padStart(12, '0')}`
const NAMES = ['a', 'B', 'b', 'ä', 'web 1', 'web 10', 'web 2', '\u{1f600}', '\uffee', '']

function estate(count: number, roll: (most: number) => number) {
  const names: (string | undefined)[] = Array.from({ length: count }, () => NAMES[roll(NAMES.length)]! + roll(50))
  const order = new NameOrder({ names, uuid: uuidOf })
  const bytes = (ordinal: number) => Buffer.from(`${names[ordinal]}\0${uuidOf(ordinal)}`)
  const expected = () =>
    [...names.keys()].filter((one) => names[one] !== undefined).sort((a, b) => Buffer.compare(bytes(a), bytes(b)))
  for (const ordinal of expected()) order.append(ordinal)
  return { names, order, expected }
}

describe('the order of items by name', () => {
  test('is the order of the bytes after any mix of arrivals, renamings and departures', () => {
    const roll = dice(7)
    const { names, order, expected } = estate(3_000, roll)
    for (let step = 0; step < 6_000; step++) {
      const ordinal = roll(names.length + 1)
      const before = names[ordinal]
      if (ordinal < names.length && roll(4) === 0) {
        names[ordinal] = undefined
        if (before !== undefined) order.remove(ordinal, before)
      } else {
        names[ordinal] = NAMES[roll(NAMES.length)]! + roll(50)
        order.place(ordinal, before)
      }
      if (step % 500 === 0) expect([...order.walk(null, true)]).toEqual(expected())
    }
    expect([...order.walk(null, true)]).toEqual(expected())
    expect([...order.walk(null, false)]).toEqual(expected().reverse())
  })

  test('goes on behind any item, and before any, also one that has left its place', () => {
    const roll = dice(11)
    const { names, order, expected } = estate(500, roll)
    for (let step = 0; step < 200; step++) {
      const ordinal = roll(500)
      const was = names[ordinal]!
      names[ordinal] = `${was}'`
      order.place(ordinal, was)
      const before = (one: number) =>
        Buffer.compare(Buffer.from(`${names[one]}\0${uuidOf(one)}`), Buffer.from(`${was}\0${uuidOf(ordinal)}`))
      expect([...order.walk([was, uuidOf(ordinal)], true)]).toEqual(expected().filter((one) => before(one) > 0))
      expect([...order.walk([was, uuidOf(ordinal)], false)]).toEqual(
        expected()
          .filter((one) => before(one) < 0)
          .reverse(),
      )
    }
  })
})
