import { describe, expect, test } from 'vitest'
import type { Evidence, Receipt } from '../../server/integrations/integration.ts'
import { attemptLifecycle } from '../../server/deployment/attempt.lifecycle.ts'
import { deploymentLifecycle } from '../../server/deployment/deployment.lifecycle.ts'
import { ending } from '../../server/deployment/engine/conclude.ts'
import { verdictOf } from '../../server/deployment/engine/confirm.ts'
import { byEvidence, byReceipt, LEAVE, REPEAT, type Trouble } from '../../server/deployment/engine/decide.ts'
import { folded } from '../../server/deployment/progress.subscription.ts'
import { targetLifecycle } from '../../server/deployment/target.lifecycle.ts'

const intended = { version: '1.1.0', digest: 'sha256:a' }
const running = { name: 'storefront', ...intended }
const seen = (more: Partial<Evidence>): Evidence => ({
  itemId: 'i',
  reachable: true,
  method: 'm',
  at: '',
  detail: 'Seen.',
  ...more,
})
const receipt = (outcome: Receipt['outcome'], effect: Receipt['effect']): Receipt => ({
  attemptId: 'a',
  outcome,
  effect,
  steps: [],
})
const became = (effect: 'none' | 'begun' | 'made' | 'unknown', trouble: Trouble, more: Partial<Evidence> = {}) =>
  byEvidence(seen({ attempt: { attemptId: 'a', effect }, ...more }), trouble, intended, 'Lost.')

describe.each([deploymentLifecycle, targetLifecycle, attemptLifecycle])('the lifecycle of a $noun', (lifecycle) => {
  test('reaches every state from its first one', () => {
    const reached = new Set<string>([lifecycle.initial])
    for (const state of reached)
      for (const next of Object.values(lifecycle.table[state as never] as object)) reached.add(next as string)
    expect([...reached].sort()).toEqual([...lifecycle.states].sort())
  })
})

describe('after a lost process', () => {
  test('what was never begun is tried anew, what was begun is repeated, what was made is not done again', () => {
    expect(became('none', 'lost')).toMatchObject({ target: 'requeue', touched: false })
    expect(became('begun', 'lost')).toBe(REPEAT)
    expect(became('made', 'lost', { running })).toMatchObject({ attempt: 'pass', target: 'report' })
    expect(became('made', 'lost', { running, healthy: false })).toMatchObject({ target: 'fail' })
  })

  test('what nobody can tell is in doubt, whatever the trouble was', () => {
    for (const trouble of ['lost', 'lost while cancelling', 'timeout ignored', 'cancel ignored', 'broken'] as const) {
      expect(became('unknown', trouble)).toMatchObject({ attempt: 'lose', target: 'lose' })
    }
  })

  test('a module that may still act is never taken for cancelled', () => {
    expect(became('none', 'cancel ignored')).toMatchObject({ target: 'lose' })
    expect(became('none', 'lost while cancelling')).toMatchObject({ target: 'cancel' })
  })
})

test('a stopped module counts as what it was stopped for', () => {
  expect(byReceipt(receipt('stopped', 'none'), 'timeout', 5)).toMatchObject({ target: 'expire' })
  expect(byReceipt(receipt('stopped', 'begun'), 'cancel', 5)).toMatchObject({ target: 'cancel', touched: true })
  expect(byReceipt(receipt('stopped', 'none'), 'stop', 5)).toMatchObject({ target: 'requeue' })
  expect(byReceipt(receipt('stopped', 'begun'), 'stop', 5)).toBe(LEAVE)
  expect(byReceipt(receipt('ok', 'made'), 'cancel', 5)).toMatchObject({ target: 'report' })
})

test('a deployment ends as its targets did, and in doubt it does not end', () => {
  const tally = { open: 0, good: 0, bad: 0, doubt: 0, cancelled: 0 }
  expect(ending('RUNNING', false, { ...tally, good: 2 })).toBe('succeed')
  expect(ending('RUNNING', false, { ...tally, good: 2, bad: 1 })).toBe('endPartly')
  expect(ending('RUNNING', false, { ...tally, bad: 1 })).toBe('fail')
  expect(ending('RUNNING', false, { ...tally, good: 9, doubt: 1 })).toBe('intervene')
  expect(ending('INTERVENTION', false, { ...tally, good: 9, doubt: 1 })).toBeNull()
  expect(ending('CANCELLING', true, { ...tally, good: 1, cancelled: 1 })).toBe('settle')
  expect(ending('CANCELLING', true, { ...tally, good: 2 })).toBe('succeed')
  expect(ending('RUNNING', false, { ...tally, good: 2, open: 1 })).toBeNull()
})

test('only the running service itself confirms', () => {
  expect(verdictOf(seen({ running, installed: running, healthy: true }), intended)).toBe('CONFIRMED')
  expect(verdictOf(seen({ running: { ...running, version: '1.0.0' } }), intended)).toBe('CONTRADICTED')
  expect(verdictOf(seen({ running: { ...running, digest: 'sha256:b' } }), intended)).toBe('CONTRADICTED')
  expect(verdictOf(seen({ running, installed: { ...running, version: '1.0.0' } }), intended)).toBe('CONTRADICTED')
  expect(verdictOf(seen({ installed: running }), intended)).toBe('UNCONFIRMED')
  expect(verdictOf(seen({ reachable: false, running }), intended)).toBe('UNCONFIRMED')
  expect(verdictOf(undefined, intended)).toBe('UNCONFIRMED')
})

test('progress of many events becomes the last value of each place', () => {
  const event = (idx: number[], percent: number[]) => ({
    idx,
    percent,
    state: idx.map(() => 'RUNNING'),
    confirmation: idx.map(() => 'AWAITED'),
    step: idx.map(() => 1),
  })
  expect(folded([event([0, 1], [10, 20]), event([1, 2], [30, 40])])).toMatchObject({
    idx: [0, 1, 2],
    percent: [10, 30, 40],
  })
})
