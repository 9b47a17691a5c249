import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'
import type { Deployment } from './deployment.entity.ts'

/** Somebody else pressed Deploy first. */
export class AlreadyStarted extends Refusal {
  static override code: ErrorCode = 'DEPLOYMENT_ALREADY_STARTED'
  constructor(deployment: Deployment, by: string) {
    const at = deployment.startedAt!.toISOString()
    super(`${deployment.displayName} was started by ${by} at ${at} and is ${deployment.state}.`, {
      itemId: deployment.id,
      rule: 'started once',
      evidence: { startedBy: by, startedAt: at, state: deployment.state },
    })
  }
}

/** A target is no longer what was planned with. */
export class TargetNotUsable extends Refusal {
  static override code: ErrorCode = 'TARGET_NOT_USABLE'
}

/** Several gates, or one gate several times, refuse the start. */
export class StartRefused extends Refusal {
  static override code: ErrorCode = 'START_REFUSED'
  constructor(deployment: Deployment, refusals: Refusal[]) {
    super(`${deployment.displayName} cannot start: ${refusals.map(({ message }) => message).join(' ')}`, {
      itemId: deployment.id,
      evidence: { refusals: refusals.map(({ code, message, facts }) => ({ code, message, ...facts })) },
    })
  }
}

/** The plan lacks something that a deployment needs. */
export class NotDeployable extends Refusal {
  static override code: ErrorCode = 'NOT_DEPLOYABLE'
}

/** There is no earlier version to go back to, or the deployment has not ended. */
export class NoWayBack extends Refusal {
  static override code: ErrorCode = 'NO_WAY_BACK'
}

/** Confirming by hand what a module does, or the other way round. */
export class WrongDistribution extends Refusal {
  static override code: ErrorCode = 'WRONG_DISTRIBUTION'
}
