import { expect, it } from 'vitest'
import { makeFragmentData } from '../../dashboard/src/gql/fragment-masking.ts'
import { percentOf, sharesOf, SharesFragment } from '../../dashboard/src/features/deployment/shares.ts'

const none = {
  cancelled: 0,
  confirmed: 0,
  contradicted: 0,
  deferred: 0,
  excluded: 0,
  failed: 0,
  inDoubt: 0,
  pending: 0,
  reported: 0,
  running: 0,
  timedOut: 0,
  unconfirmed: 0,
}

const counts = (some: Partial<typeof none>) => makeFragmentData({ ...none, ...some }, SharesFragment)

it('counts each target once: what was seen afterwards is no longer only reported', () => {
  const shares = sharesOf(counts({ reported: 2, confirmed: 4, contradicted: 1, running: 2, failed: 1 }))
  expect(shares.find(({ label }) => label === 'reported')?.count).toBe(2)
  expect(shares.reduce((sum, { count }) => sum + count, 0)).toBe(10)
})

it('says how many are settled, rounded down so that 100 means all', () => {
  expect(percentOf(counts({ reported: 299, running: 1 }), 300)).toBe(99)
  expect(percentOf(counts({ reported: 300 }), 300)).toBe(100)
})
