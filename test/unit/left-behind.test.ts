/**
 * What a request made is gone with the next cheap collection. An object that is written down with a getter has a shape of its
 * own each time, which lives until the next full one, and keeps alive whatever the getter can see.
 */
import 'reflect-metadata'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { makeViewer } from '../../server/account/viewer.ts'
import { toPage } from '../../server/kernel/connection.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (how?: { type: 'minor' }) => void

const TIMES = 2_000
const SIZE = 500 // numbers; 4 kB

/** Bytes that cheap collections leave of what `make` made so many times. */
function leftBehind(make: (payload: number[]) => unknown): number {
  const round = () => {
    for (let time = 0; time < TIMES; time++) {
      make(Array.from({ length: SIZE }, (_, at) => at + 0.5))
      if (time % 100 === 99) collect({ type: 'minor' })
    }
  }
  round()
  collect()
  const before = process.memoryUsage().heapUsed
  round()
  return process.memoryUsage().heapUsed - before
}

const MOST = (TIMES * SIZE * 8) / 10

test('a page leaves nothing behind', () => {
  const request = { limit: 10, forward: true, from: null }
  expect(
    leftBehind((rows) =>
      toPage(
        rows,
        request,
        (row) => [String(row)],
        () => rows.length,
      ),
    ),
  ).toBeLessThan(MOST)
})

test('a viewer leaves nothing behind', () => {
  const facts = { accountId: 'a', name: 'Somebody', via: 'session' } as const
  expect(leftBehind((payload) => makeViewer(facts, new Map([['estate.read', payload as never]])))).toBeLessThan(MOST)
})

test('an object with a getter does, or this test would prove nothing', () => {
  const held = (payload: number[]) => ({
    get size() {
      return payload.length
    },
  })
  expect(leftBehind(held)).toBeGreaterThan(MOST)
})
