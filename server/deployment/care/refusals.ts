import type { ErrorCode } from '../../kernel/error-codes.ts'
import { Refusal } from '../../kernel/errors.ts'
import type { Deployment } from '../deployment.entity.ts'

/** To take a deployment out of somebody's hands it must be said why. */
export class HeldByAnother extends Refusal {
  static override code: ErrorCode = 'HELD_BY_ANOTHER'
  constructor(deployment: Deployment, holder: string, since: Date) {
    super(
      `${holder} holds ${deployment.displayName} since ${since.toISOString()}. Say why you take it over; ${holder} reads it in the history.`,
      {
        field: ['reason'],
        itemId: deployment.id,
        rule: 'take over with a reason',
        evidence: { holder, since: since.toISOString() },
      },
    )
  }
}

/** Somebody does what is for the holder or the successor to do. */
export class NotInYourHands extends Refusal {
  static override code: ErrorCode = 'NOT_IN_YOUR_HANDS'
}

/** Two people acknowledge the same trouble. */
export class AlreadyAcknowledged extends Refusal {
  static override code: ErrorCode = 'ALREADY_ACKNOWLEDGED'
  constructor(deployment: Deployment, by: string, at: Date) {
    super(`${by} has acknowledged what went wrong in ${deployment.displayName} at ${at.toISOString()}.`, {
      itemId: deployment.id,
      rule: 'acknowledged once',
      evidence: { by, at: at.toISOString() },
    })
  }
}
