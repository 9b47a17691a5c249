import { describe, expect, it } from 'vitest'
import { momentAfter, strokes } from '../../dashboard/src/components/time-rail.ts'
import { outcomes } from '../../dashboard/src/features/deployment/outcomes.ts'
import { createReplay, stepsOf } from '../../dashboard/src/features/deployment/replay.ts'

const page = (
  moves: [id: number, idx: number, at: number, state: string, confirmation?: string, percent?: number][],
) => ({
  id: moves.map(([id]) => id),
  idx: moves.map(([, idx]) => idx),
  at: moves.map(([, , at]) => at),
  state: moves.map(([, , , state]) => state),
  confirmation: moves.map(([, , , , confirmation = 'AWAITED']) => confirmation),
  percent: moves.map(([, , , , , percent = 0]) => percent),
})
const was = (replay: ReturnType<typeof createReplay>, at: number, size = 2) =>
  [...replay.foldTo(at, size).state].map((place) => outcomes[place])

describe('the moves of a deployment', () => {
  const replay = createReplay()
  replay.add(
    page([
      [1, 0, 10, 'RUNNING'],
      [2, 1, 12.25, 'RUNNING'],
      [3, 0, 20, 'FAILED', 'UNCONFIRMED', 40],
      [4, 1, 30, 'REPORTED_OK', 'AWAITED', 100],
      [5, 1, 40, 'REPORTED_OK', 'CONFIRMED', 100],
    ]),
  )

  it('show any moment: pending before the first, and what was seen after the last', () => {
    expect(was(replay, 9)).toEqual(['PENDING', 'PENDING'])
    expect(was(replay, 12.25)).toEqual(['RUNNING', 'RUNNING'])
    expect(was(replay, 25)).toEqual(['FAILED', 'RUNNING'])
    expect([...replay.foldTo(25, 2).percent]).toEqual([40, 0])
    expect(was(replay, 99)).toEqual(['FAILED', 'CONFIRMED'])
  })

  it('are taken once, and one that comes late goes to its place', () => {
    const other = createReplay()
    expect(other.add(page([[7, 0, 50, 'RUNNING']]))).toBe(true)
    expect(
      other.add(
        page([
          [7, 0, 50, 'RUNNING'],
          [6, 1, 45, 'EXCLUDED'],
        ]),
      ),
    ).toBe(true)
    expect(other.add(page([[6, 1, 45, 'EXCLUDED']]))).toBe(false)
    expect(other.moves.map(({ id }) => id)).toEqual([6, 7])
    expect(was(other, 47)).toEqual(['PENDING', 'EXCLUDED'])
  })

  it('are stepped by whole milliseconds that include what happened then', () => {
    expect(stepsOf(replay.moves, [20, 35])).toEqual([10, 13, 20, 30, 35, 40])
    expect(was(replay, 13)[1]).toBe('RUNNING')
  })

  it('of 20,000 targets are put together within a frame', () => {
    const large = createReplay()
    const all = Array.from({ length: 80_000 }, (_, i) => [i, i % 20_000, i, 'RUNNING'] as const)
    large.add(page(all.map((move) => [...move])))
    large.foldTo(80_000, 20_000)
    const begun = performance.now()
    for (let turn = 0; turn < 10; turn++) large.foldTo(80_000, 20_000)
    expect((performance.now() - begun) / 10).toBeLessThan(16)
  })
})

describe('the rail', () => {
  const rail = { from: 0, to: 1_000, steps: [100, 200, 900] }

  it('goes by arrows from change to change, and past the last one to live', () => {
    expect(momentAfter('ArrowLeft', null, rail)).toBe(900)
    expect(momentAfter('ArrowLeft', 200, rail)).toBe(100)
    expect(momentAfter('ArrowLeft', 100, rail)).toBe(0)
    expect(momentAfter('ArrowRight', 0, rail)).toBe(100)
    expect(momentAfter('ArrowRight', 150, rail)).toBe(200)
    expect(momentAfter('ArrowRight', 900, rail)).toBeNull()
    expect(momentAfter('ArrowRight', null, rail)).toBeNull()
  })

  it('goes home to the beginning, by End to live, by pages a tenth, and leaves other keys alone', () => {
    expect(momentAfter('Home', 500, rail)).toBe(0)
    expect(momentAfter('End', 500, rail)).toBeNull()
    expect(momentAfter('PageDown', null, rail)).toBe(900)
    expect(momentAfter('PageDown', 50, rail)).toBe(0)
    expect(momentAfter('PageUp', 300, rail)).toBe(400)
    expect(momentAfter('PageUp', 950, rail)).toBeNull()
    expect(momentAfter('Tab', 500, rail)).toBeUndefined()
  })

  it('draws thousands of marks as one path for each tone', () => {
    const marks = Array.from({ length: 5_000 }, (_, at) => ({ at, tone: 'failed' as const, label: '' }))
    const drawn = strokes(marks, 0, 5_000)
    expect(drawn).toHaveLength(1)
    expect(drawn[0]!.path.split('M').length - 1).toBeLessThanOrEqual(501)
    expect(strokes([{ at: -5, tone: 'failed', label: '' }], 0, 10)).toEqual([])
  })
})
