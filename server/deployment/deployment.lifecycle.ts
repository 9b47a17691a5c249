import { lifecycle, type ActionOf, type StateOf } from '../kernel/lifecycle.ts'

/**
 * A deployment from plan to end (design §6). SCHEDULED is validated and approved, waiting for somebody to press Deploy.
 * QUEUED and PAUSED can still become INVALIDATED or EXPIRED while nothing at a target has begun; `requeue` is what resuming
 * such a one does. PARTIAL is an end with something bad in it and is never shown as success. What machines do: pass, block,
 * abandon, requestApproval, invalidate, expire, begin, requeue, intervene, succeed, endPartly, fail, settle.
 */
export const deploymentLifecycle = lifecycle('deployment', 'DRAFT', {
  DRAFT: { edit: 'DRAFT', validate: 'VALIDATING', cancel: 'CANCELLED', supersede: 'SUPERSEDED' },
  VALIDATING: { pass: 'VALIDATED', block: 'BLOCKED', abandon: 'DRAFT', cancel: 'CANCELLED' },
  BLOCKED: { edit: 'DRAFT', validate: 'VALIDATING', cancel: 'CANCELLED', supersede: 'SUPERSEDED' },
  VALIDATED: {
    requestApproval: 'AWAITING_APPROVAL',
    start: 'QUEUED',
    edit: 'DRAFT',
    validate: 'VALIDATING',
    invalidate: 'INVALIDATED',
    expire: 'EXPIRED',
    cancel: 'CANCELLED',
    supersede: 'SUPERSEDED',
  },
  AWAITING_APPROVAL: {
    approve: 'SCHEDULED',
    reject: 'BLOCKED',
    start: 'QUEUED',
    edit: 'DRAFT',
    validate: 'VALIDATING',
    invalidate: 'INVALIDATED',
    expire: 'EXPIRED',
    cancel: 'CANCELLED',
    supersede: 'SUPERSEDED',
  },
  SCHEDULED: {
    start: 'QUEUED',
    reject: 'BLOCKED',
    edit: 'DRAFT',
    validate: 'VALIDATING',
    invalidate: 'INVALIDATED',
    expire: 'EXPIRED',
    cancel: 'CANCELLED',
    supersede: 'SUPERSEDED',
  },
  INVALIDATED: { edit: 'DRAFT', validate: 'VALIDATING', cancel: 'CANCELLED', supersede: 'SUPERSEDED' },
  EXPIRED: { edit: 'DRAFT', validate: 'VALIDATING', cancel: 'CANCELLED', supersede: 'SUPERSEDED' },
  QUEUED: {
    begin: 'RUNNING',
    pause: 'PAUSED',
    cancel: 'CANCELLING',
    invalidate: 'INVALIDATED',
    expire: 'EXPIRED',
  },
  RUNNING: {
    pause: 'PAUSED',
    cancel: 'CANCELLING',
    intervene: 'INTERVENTION',
    succeed: 'SUCCEEDED',
    endPartly: 'PARTIAL',
    fail: 'FAILED',
  },
  PAUSED: {
    resume: 'RUNNING',
    requeue: 'QUEUED',
    invalidate: 'INVALIDATED',
    expire: 'EXPIRED',
    cancel: 'CANCELLING',
    intervene: 'INTERVENTION',
    succeed: 'SUCCEEDED',
    endPartly: 'PARTIAL',
    fail: 'FAILED',
  },
  CANCELLING: { settle: 'CANCELLED', succeed: 'SUCCEEDED', intervene: 'INTERVENTION' },
  INTERVENTION: {
    retryFailed: 'QUEUED',
    cancel: 'CANCELLING',
    settle: 'CANCELLED',
    succeed: 'SUCCEEDED',
    endPartly: 'PARTIAL',
    fail: 'FAILED',
  },
  SUCCEEDED: { retryFailed: 'QUEUED' },
  PARTIAL: { retryFailed: 'QUEUED' },
  FAILED: { retryFailed: 'QUEUED' },
  CANCELLED: {},
  SUPERSEDED: {},
})

export type DeploymentState = StateOf<typeof deploymentLifecycle>
export type DeploymentAction = ActionOf<typeof deploymentLifecycle>

/** What a person may ask for, and the permission it takes; the other actions are Waybill's own. */
export const deploymentPermissions: Partial<Record<DeploymentAction, string>> = {
  edit: 'deployment.create',
  validate: 'deployment.validate',
  approve: 'deployment.approve',
  reject: 'deployment.approve',
  start: 'deployment.start',
  pause: 'deployment.control',
  resume: 'deployment.control',
  cancel: 'deployment.control',
  retryFailed: 'deployment.control',
}

/** Nothing moves in it any more unless somebody starts it again. */
export const overStates = ['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED', 'SUPERSEDED', 'EXPIRED'] as const
/** From Deploy to the end. */
export const activeStates = ['QUEUED', 'RUNNING', 'PAUSED', 'CANCELLING', 'INTERVENTION'] as const

export const isOver = (state: DeploymentState) => (overStates as readonly string[]).includes(state)
