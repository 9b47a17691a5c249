import type { Tone } from '../components/tones.ts'

/**
 * What every state of the API looks like and is called. The one place where names of lifecycles become shapes; whether
 * something may be done in a state is never decided here (allowedActions says it).
 */
export const looks: Readonly<Record<string, readonly [Tone, string]>> = {
  // Targets, attempts and confirmations.
  PENDING: ['pending', 'pending'],
  DEFERRED: ['pending', 'deferred'],
  CLAIMED: ['pending', 'claimed'],
  STARTING: ['running', 'starting'],
  RUNNING: ['running', 'running'],
  VERIFYING: ['running', 'verifying'],
  REPORTED_OK: ['reported', 'reported'],
  OK: ['reported', 'ok'],
  DONE: ['confirmed', 'done'],
  FAILED: ['failed', 'failed'],
  TIMED_OUT: ['timedout', 'timed out'],
  IN_DOUBT: ['doubt', 'in doubt'],
  EXCLUDED: ['excluded', 'excluded'],
  CANCELLED: ['excluded', 'cancelled'],
  AWAITED: ['reported', 'awaiting confirmation'],
  CONFIRMED: ['confirmed', 'confirmed'],
  CONTRADICTED: ['contradicted', 'contradicted'],
  UNCONFIRMED: ['timedout', 'unconfirmed'],
  // Deployments and validations.
  DRAFT: ['pending', 'draft'],
  VALIDATING: ['running', 'validating'],
  VALIDATED: ['reported', 'validated'],
  BLOCKED: ['failed', 'blocked'],
  AWAITING_APPROVAL: ['timedout', 'awaiting approval'],
  SCHEDULED: ['pending', 'scheduled'],
  QUEUED: ['pending', 'queued'],
  PAUSED: ['timedout', 'paused'],
  CANCELLING: ['running', 'cancelling'],
  INTERVENTION: ['timedout', 'needs a decision'],
  SUCCEEDED: ['reported', 'succeeded'],
  FINISHED: ['reported', 'finished'],
  STOPPED: ['excluded', 'stopped'],
  PARTIAL: ['timedout', 'partial'],
  SUPERSEDED: ['excluded', 'superseded'],
  EXPIRED: ['timedout', 'expired'],
  INVALIDATED: ['timedout', 'invalidated'],
  PASSED: ['confirmed', 'holds'],
  PASS: ['confirmed', 'holds'],
  WARNING: ['timedout', 'warning'],
  BLOCK: ['failed', 'blocks'],
  APPROVED: ['confirmed', 'approved'],
  REJECTED: ['failed', 'rejected'],
  // Releases and tasks.
  PLANNED: ['pending', 'planned'],
  IN_PROGRESS: ['running', 'in progress'],
  COMPLETED: ['confirmed', 'completed'],
  CLOSED: ['excluded', 'closed'],
  WAITING: ['pending', 'waiting'],
  READY: ['reported', 'ready'],
  // Items, observations, reconciliation, library, products, accounts, audit.
  READING: ['running', 'reading'],
  AWAITING_REVIEW: ['timedout', 'awaiting review'],
  APPLYING: ['running', 'being applied'],
  DISCARDED: ['excluded', 'discarded'],
  LOADED: ['confirmed', 'loaded'],
  NOT_LOADED: ['timedout', 'not loaded'],
  PRESENT: ['confirmed', 'present'],
  MISSING: ['failed', 'missing'],
  RETIRED: ['excluded', 'retired'],
  PRODUCTION: ['confirmed', 'production'],
  TEST: ['reported', 'test'],
  BUILD: ['reported', 'build'],
  INVENTORY: ['pending', 'inventory'],
  NOT_READY: ['pending', 'not ready'],
  DECOMMISSIONED: ['excluded', 'decommissioned'],
  MATCH: ['confirmed', 'match'],
  MISMATCH: ['timedout', 'mismatch'],
  UNEXPECTED: ['doubt', 'unexpected'],
  LINK: ['reported', 'link'],
  LINK_FAILURE: ['failed', 'link failure'],
  OPEN: ['timedout', 'open'],
  IGNORED: ['excluded', 'ignored'],
  RESOLVED: ['confirmed', 'resolved'],
  FREE: ['pending', 'in nobody’s hands'],
  HELD: ['reported', 'in hands'],
  HANDING_OVER: ['timedout', 'being handed over'],
  ACKNOWLEDGED: ['reported', 'known'],
  EXPLAINED: ['confirmed', 'explained'],
  AVAILABLE: ['confirmed', 'available'],
  ALERT: ['failed', 'alert'],
  WITHDRAWN: ['excluded', 'withdrawn'],
  ACTIVE: ['confirmed', 'active'],
  DISABLED: ['excluded', 'disabled'],
  INVITED: ['pending', 'invited'],
  ACCEPTED: ['confirmed', 'accepted'],
  REFUSED: ['failed', 'refused'],
  CREATED: ['reported', 'new'],
  CHANGED: ['timedout', 'changed'],
  RETURNED: ['confirmed', 'back again'],
  RELATIONSHIP_NEW: ['reported', 'new relationship'],
  RELATIONSHIP_GONE: ['failed', 'relationship gone'],
  QUESTION: ['timedout', 'would ask'],
  MERGED: ['confirmed', 'merged'],
  KEPT_APART: ['confirmed', 'kept apart'],
  RECLASSIFIED: ['confirmed', 'of another class'],
  DISMISSED: ['excluded', 'left as it is'],
  SETTLED: ['excluded', 'settled by another answer'],
}

export const toneOf = (state: string): Tone => looks[state]?.[0] ?? 'pending'

/** "REPORTED_OK" → "reported". */
export const wordsOf = (state: string): string => looks[state]?.[1] ?? state.toLowerCase().replaceAll('_', ' ')

/** A deployment or a target is more than its state: what was confirmed afterwards wins over what was reported. */
export function outcomeOf({ state, confirmation }: { state: string; confirmation: string }): string {
  const reported = state === 'REPORTED_OK' || state === 'SUCCEEDED'
  return (reported && confirmation !== 'AWAITED') || confirmation === 'CONTRADICTED' ? confirmation : state
}
