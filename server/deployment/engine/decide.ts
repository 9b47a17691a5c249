import type { Evidence, Receipt } from '../../integrations/integration.ts'
import type { AttemptAction } from '../attempt.lifecycle.ts'
import type { TargetAction } from '../target.lifecycle.ts'

/** Why an attempt is stopped or asked about. */
export type Trouble =
  /** Its process died; nobody works on it. */
  | 'lost'
  /** Its process died, and the deployment is being cancelled. */
  | 'lost while cancelling'
  /** Its time was up and the module does not obey: it may still act. */
  | 'timeout ignored'
  /** It was cancelled and the module does not obey: it may still act. */
  | 'cancel ignored'
  /** The module broke without a word about the target. */
  | 'broken'

/** Why the signal of an attempt was aborted. */
export type Abort = 'cancel' | 'timeout' | 'stop'

/** How an attempt and its target go on. */
export interface Verdict {
  attempt: AttemptAction
  target: TargetAction
  cause: string | null
  /** Whether the attempt may have changed the target. */
  touched: boolean
}

/** The same attempt is to be delivered again: its changes are begun, and a repetition completes them. */
export const REPEAT = 'repeat'
/** Nothing is written: the program stops, and the next one asks the target. */
export const LEAVE = 'leave'

const ok: Verdict = { attempt: 'pass', target: 'report', cause: null, touched: true }

/** What follows from what the module says. */
export function byReceipt(receipt: Receipt, abort: Abort | null, seconds: number): Verdict | typeof LEAVE {
  const touched = receipt.effect !== 'none'
  const cause = receipt.cause ?? 'The module gave no reason.'
  if (receipt.outcome === 'ok') return { ...ok, touched }
  if (receipt.outcome !== 'stopped') return { attempt: 'fail', target: 'fail', cause, touched }
  if (abort === 'timeout') {
    const late = `Not done within ${seconds} s, and stopped${lastStep(receipt)}.`
    return { attempt: 'expire', target: 'expire', cause: late, touched }
  }
  if (abort === 'cancel') return { attempt: 'cancel', target: 'cancel', cause: 'Cancelled.', touched }
  if (abort === 'stop') {
    return touched ? LEAVE : { attempt: 'cancel', target: 'requeue', cause: 'Waybill stopped.', touched }
  }
  return { attempt: 'fail', target: 'fail', cause, touched }
}

/** What follows from what the target shows, where the module cannot say. */
export function byEvidence(
  seen: Evidence,
  trouble: Trouble,
  intended: { version: string; digest: string },
  said: string,
): Verdict | typeof REPEAT {
  const effect = seen.attempt?.effect ?? 'unknown'
  const receipt = seen.attempt?.receipt
  if (receipt && receipt.outcome !== 'stopped') return byReceipt(receipt, null, 0) as Verdict
  const doubt = (why: string): Verdict => ({
    attempt: 'lose',
    target: 'lose',
    cause: `${why} ${seen.detail}`.trim(),
    touched: true,
  })
  switch (effect) {
    case 'made':
      if (shows(seen, intended)) return ok
      return { attempt: 'fail', target: 'fail', cause: `${said} ${seen.detail}`.trim(), touched: true }
    case 'begun':
      if (trouble === 'lost') return REPEAT
      return doubt(`${said} Changes were begun and are not complete.`)
    case 'none':
      if (trouble === 'lost') return { attempt: 'fail', target: 'requeue', cause: said, touched: false }
      if (trouble === 'lost while cancelling')
        return { attempt: 'cancel', target: 'cancel', cause: said, touched: false }
      if (trouble === 'broken') return { attempt: 'fail', target: 'fail', cause: said, touched: false }
      if (trouble === 'timeout ignored') return { attempt: 'expire', target: 'expire', cause: said, touched: false }
      return doubt(`${said} The module was asked to stop and did not answer.`)
    case 'unknown':
      return doubt(`${said} What became of it cannot be seen.`)
  }
}

/** Whether what was seen is what was intended, and well. */
export function shows(seen: Evidence, intended: { version: string; digest: string }): boolean {
  const observed = seen.running ?? seen.installed
  if (!observed || seen.healthy === false) return false
  return [seen.running, seen.installed].every(
    (one) => !one || (one.version === intended.version && (!one.digest || one.digest === intended.digest)),
  )
}

function lastStep(receipt: Receipt): string {
  const last = receipt.steps.at(-1)
  return last ? ` in the step ${last.step}` : ''
}
