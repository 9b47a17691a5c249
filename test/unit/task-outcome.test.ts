import { describe, expect, test } from 'vitest'
import { outcomeOf, type TaskFacts } from '../../server/deployment/task-outcome.ts'

const none: TaskFacts = {
  forward: [],
  open: 0,
  ended: ['DPL-1'],
  targets: 3,
  confirmed: 0,
  leftOut: 0,
  bad: 0,
  awaited: 0,
}
const action = (state: Parameters<typeof outcomeOf>[0], facts: Partial<TaskFacts>) =>
  outcomeOf(state, { ...none, ...facts })?.action ?? null

describe('what deployments make of their task', () => {
  test.each([
    ['starts with the first deployment', 'READY', { forward: ['DPL-1'], open: 1 }, 'start'],
    ['starts again when a failed one is under way again', 'FAILED', { forward: ['DPL-1'], open: 1, bad: 1 }, 'start'],
    ['stays while one is under way', 'IN_PROGRESS', { forward: ['DPL-1'], open: 1, confirmed: 3 }, null],
    ['stays while another one is planned', 'IN_PROGRESS', { open: 1, confirmed: 3 }, null],
    ['is completed when every target is confirmed', 'IN_PROGRESS', { confirmed: 3 }, 'complete'],
    ['is completed when the others were left out by a person', 'IN_PROGRESS', { confirmed: 2, leftOut: 1 }, 'complete'],
    ['is completed after it had failed', 'FAILED', { confirmed: 3 }, 'complete'],
    ['begins before it ends', 'READY', { confirmed: 3 }, 'start'],
    ['begins before it fails', 'READY', { bad: 1 }, 'start'],
    ['is not completed by leaving everything out', 'IN_PROGRESS', { leftOut: 3 }, null],
    ['is not completed while a target had no deployment', 'IN_PROGRESS', { confirmed: 2 }, null],
    ['is not completed while nobody could look', 'IN_PROGRESS', { confirmed: 2 }, null],
    ['fails when a target failed or was contradicted', 'IN_PROGRESS', { confirmed: 2, bad: 1 }, 'fail'],
    ['waits for the looks before it fails', 'IN_PROGRESS', { confirmed: 1, bad: 1, awaited: 1 }, null],
    ['does not fail again after a person started it', 'IN_PROGRESS', { confirmed: 2, bad: 1, ended: [] }, null],
    ['stays failed', 'FAILED', { confirmed: 2, bad: 1 }, null],
  ] as const)('%s', (_what, state, facts, expected) =>
    expect(action(state, facts as Partial<TaskFacts>)).toBe(expected),
  )

  test('the reason names the deployments and counts the targets', () => {
    expect(outcomeOf('IN_PROGRESS', { ...none, ended: ['DPL-1', 'DPL-2'], confirmed: 2, leftOut: 1 })?.reason).toBe(
      'Ended: DPL-1, DPL-2. 2 of 3 targets confirmed, 1 left out.',
    )
    expect(outcomeOf('IN_PROGRESS', { ...none, confirmed: 2, bad: 1 })?.reason).toBe(
      'Ended: DPL-1. 1 of 3 targets failed or were contradicted.',
    )
  })
})
