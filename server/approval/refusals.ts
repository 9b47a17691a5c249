import type { Deployment } from '../deployment/deployment.entity.ts'
import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'

/** Somebody would do two of the three things that three people have to do. */
export class SeparationOfDuties extends Refusal {
  static override code: ErrorCode = 'SEPARATION_OF_DUTIES'
  constructor(deployment: Deployment, who: string, did: string, wants: string) {
    super(
      `${who} ${did} ${deployment.displayName} and cannot ${wants} it: author, approver and deployer are three people.`,
      {
        itemId: deployment.id,
        rule: 'separation of duties',
      },
    )
  }
}

/** What the approver looked at is not what is planned now. */
export class DigestChanged extends Refusal {
  static override code: ErrorCode = 'DIGEST_CHANGED'
  constructor(deployment: Deployment, signed: string, now: string | null) {
    super(
      `${deployment.displayName} is not what you looked at any more: its validation was done again with another result. Look again, then decide.`,
      { field: ['digest'], itemId: deployment.id, rule: 'approval signs the digest', evidence: { signed, now } },
    )
  }
}

/** Nobody has approved exactly this. */
export class NotApproved extends Refusal {
  static override code: ErrorCode = 'NOT_APPROVED'
  constructor(deployment: Deployment, why: string) {
    super(`${deployment.displayName} ${why}`, { itemId: deployment.id, rule: 'approved' })
  }
}
