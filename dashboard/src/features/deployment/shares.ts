import type { Share } from '../../components/StateBar.vue'
import { unmask, type FragmentType } from '../../gql/fragment-masking.ts'
import { graphql } from '../../gql/gql.ts'

/** How many targets are how far, the same wherever it is shown. */
export const SharesFragment = graphql(`
  fragment Shares_counts on TargetCounts {
    confirmed
    reported
    running
    failed
    contradicted
    timedOut
    inDoubt
    unconfirmed
    pending
    deferred
    excluded
    cancelled
  }
`)
type Masked = FragmentType<typeof SharesFragment>

/** The figures of a deployment in the order they are read: done, on the way, trouble, open, left out. */
export function sharesOf(masked: Masked): Share[] {
  const counts = unmask(SharesFragment, masked)
  return [
    { tone: 'confirmed', count: counts.confirmed, label: 'confirmed' },
    { tone: 'reported', count: counts.reported, label: 'reported' },
    { tone: 'running', count: counts.running, label: 'running' },
    { tone: 'failed', count: counts.failed, label: 'failed' },
    { tone: 'contradicted', count: counts.contradicted, label: 'contradicted' },
    { tone: 'timedout', count: counts.timedOut, label: 'timed out' },
    { tone: 'doubt', count: counts.inDoubt, label: 'in doubt' },
    { tone: 'timedout', count: counts.unconfirmed, label: 'unconfirmed' },
    { tone: 'pending', count: counts.pending + counts.deferred, label: 'pending' },
    { tone: 'excluded', count: counts.excluded + counts.cancelled, label: 'left out' },
  ]
}

/** Share of the targets that are settled, in whole percent. */
export function percentOf(masked: Masked, total: number) {
  const counts = unmask(SharesFragment, masked)
  const open = counts.pending + counts.deferred + counts.running
  return total === 0 ? 0 : Math.floor((100 * (total - open)) / total)
}
