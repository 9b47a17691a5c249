import { describe, expect, it } from 'vitest'
import { secondsOf, slowness } from '../../dashboard/src/features/deployment/slow.ts'

const startedAt = '2026-11-27T10:00:00Z'
const at = (seconds: number) => Date.parse(startedAt) + seconds * 1000
const [copy, restart, health] = [
  { state: 'DONE', seconds: 4 },
  { state: 'RUNNING', seconds: null },
  { state: 'PENDING', seconds: null },
]
const attempt = { startedAt, steps: [copy!, restart!, health!] }
const usual = { runs: 40, seconds: 10 }

describe('what takes longer than usual', () => {
  it('counts a step that runs from where those before it ended, and one that has not begun not at all', () => {
    expect([copy!, restart!, health!].map((step) => secondsOf(step, attempt, at(9)))).toEqual([4, 5, null])
    expect(secondsOf(restart!, attempt, at(3)), 'a clock that is behind').toBe(0)
  })

  it('says so of a step while it still runs', () => {
    expect(slowness(secondsOf(restart!, attempt, at(14)), usual)).toBeNull()
    expect(slowness(secondsOf(restart!, attempt, at(15)), usual)).toBe('longer than 95 % of the last 40 runs')
  })
})
