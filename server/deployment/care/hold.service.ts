/** Who holds a deployment: coordination among people, not a right; nobody needs it to steer. */
import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../../kernel/context.ts'
import { BadInput } from '../../kernel/errors.ts'
import { IllegalTransition } from '../../kernel/lifecycle.ts'
import { expectVersion, move, type Because } from '../../kernel/move.ts'
import type { MoveInput } from '../../kernel/mutation.ts'
import { uuidOf } from '../../kernel/node-id.ts'
import { row, rows } from '../../kernel/sql.ts'
import { because } from '../because.ts'
import type { Deployment } from '../deployment.entity.ts'
import { deploymentFor } from '../load.ts'
import type { DeploymentHandOverInput } from './care.inputs.ts'
import { DeploymentHold } from './hold.entity.ts'
import { doneBy, holdLifecycle, type HoldAction } from './hold.lifecycle.ts'
import { HOLD, possibleHolders } from './holders.ts'
import { HeldByAnother, NotInYourHands } from './refusals.ts'
import { textOf } from './text.ts'

export interface Held {
  deployment: Deployment
  hold: DeploymentHold
}

/** Takes hold of a deployment; out of somebody's hands only with a reason. */
export async function holdDeployment(em: EntityManager, viewer: Viewer, input: MoveInput): Promise<Deployment> {
  const held = await heldFor(em, viewer, input)
  const { deployment, hold } = held
  if (isDone(deployment)) {
    throw new BadInput(`${deployment.displayName} is over, so there is nothing to hold.`, {
      itemId: deployment.id,
      rule: 'hold what goes on',
      evidence: { state: deployment.state, confirmation: deployment.confirmation },
    })
  }
  if (hold.holderId === viewer.accountId) throw new NotInYourHands(`You hold ${deployment.displayName} already.`)
  if (hold.successorId === viewer.accountId) {
    throw new NotInYourHands(`${deployment.displayName} is handed over to you: acknowledge or decline that.`)
  }
  const reason = textOf(input.reason, 'reason')
  const before = hold.holderId && (await nameOf(em, hold.holderId))
  if (before && !reason) throw new HeldByAnother(deployment, before, hold.since!)
  inHandsOf(hold, viewer.accountId)
  const changes = before ? { holder: { from: before, to: viewer.name } } : undefined
  return done(em, held, before ? 'takeOver' : 'hold', because(viewer, reason), changes)
}

export async function letGo(em: EntityManager, viewer: Viewer, input: MoveInput): Promise<Deployment> {
  const held = await heldFor(em, viewer, input)
  await requireHands(em, held, 'letGo', viewer)
  inHandsOf(held.hold, null)
  return done(em, held, 'letGo', because(viewer, textOf(input.reason, 'reason')))
}

/** Hands it over to somebody who could hold it; until they acknowledge that, it is not theirs. */
export async function handOver(em: EntityManager, viewer: Viewer, input: DeploymentHandOverInput): Promise<Deployment> {
  const to = uuidOf(input.toId, 'acc', ['toId'])
  const held = await heldFor(em, viewer, input)
  const { deployment, hold } = held
  await requireHands(em, held, 'handOver', viewer)
  if (to === viewer.accountId) throw new BadInput('You hold it yourself.', { field: ['toId'] })
  const [successor] = await possibleHolders(em, [deployment.uuid], [to])
  if (!successor) {
    throw new BadInput(
      `That account could not hold ${deployment.displayName}: it takes an active account with the permission ${HOLD} for all of its targets.`,
      { field: ['toId'], itemId: input.toId, rule: HOLD },
    )
  }
  const note = textOf(input.note, 'note')
  Object.assign(hold, { successorId: to, note, handedOverAt: new Date() })
  const changes = { handedOverTo: successor.name, ...(note && { note }) }
  return done(em, held, 'handOver', because(viewer, textOf(input.reason, 'reason')), changes)
}

/** What answers a hand-over, or takes it back. */
export async function answerHandOver(
  em: EntityManager,
  viewer: Viewer,
  input: MoveInput,
  action: 'acknowledgeHandOver' | 'declineHandOver' | 'withdrawHandOver',
): Promise<Deployment> {
  const held = await heldFor(em, viewer, input)
  const { hold } = held
  await requireHands(em, held, action, viewer)
  const before = await nameOf(em, hold.holderId!)
  if (action === 'acknowledgeHandOver') inHandsOf(hold, viewer.accountId)
  else nobodyNext(hold)
  const changes = action === 'acknowledgeHandOver' ? { holder: { from: before, to: viewer.name } } : undefined
  return done(em, held, action, because(viewer, textOf(input.reason, 'reason')), changes)
}

/** Takes it out of the hands of somebody who is not there any more, or ends what nobody has to hold. */
export async function endHold(em: EntityManager, held: Held, action: 'end' | 'lapse', why: Because): Promise<void> {
  if (action === 'end') inHandsOf(held.hold, null)
  else nobodyNext(held.hold)
  await done(em, held, action, why)
}

/** Whether nothing of it needs anybody any more: it was stopped for good, or arrived and was seen. */
export const isDone = ({ state, confirmation }: Pick<Deployment, 'state' | 'confirmation'>) =>
  state === 'CANCELLED' || state === 'SUPERSEDED' || (state === 'SUCCEEDED' && confirmation === 'CONFIRMED')

/** The hold of a locked deployment, made where there was none. Two who want it at once take turns at the deployment's row. */
export async function holdOf(em: EntityManager, deployment: Deployment): Promise<DeploymentHold> {
  await rows(em, `insert into deployment_hold (uuid) values ($1) on conflict (uuid) do nothing`, [deployment.uuid])
  const hold = await em.findOneOrFail(
    DeploymentHold,
    { uuid: deployment.uuid },
    { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true },
  )
  return Object.assign(hold, { displayName: deployment.displayName, scopeIds: deployment.scopeIds })
}

async function heldFor(em: EntityManager, viewer: Viewer, input: MoveInput): Promise<Held> {
  const deployment = await deploymentFor(em, viewer, HOLD, input.id)
  const hold = await holdOf(em, deployment)
  expectVersion(hold, input.expectedVersion)
  return { deployment, hold }
}

async function requireHands(em: EntityManager, held: Held, action: HoldAction, viewer: Viewer): Promise<void> {
  const { hold, deployment } = held
  if (!holdLifecycle.next(hold.state, action)) {
    throw new IllegalTransition(holdLifecycle, `The hold of ${deployment.displayName}`, hold.state, action)
  }
  const who = doneBy[action] === 'successor' ? hold.successorId! : hold.holderId!
  if (who === viewer.accountId) return
  const name = await nameOf(em, who)
  const says = doneBy[action] === 'successor' ? 'is handed over to' : 'is held by'
  throw new NotInYourHands(`${deployment.displayName} ${says} ${name}; only ${name} can do this.`, {
    itemId: deployment.id,
    rule: `by the ${doneBy[action]}`,
    evidence: { state: hold.state, [doneBy[action]]: name },
  })
}

async function done(
  em: EntityManager,
  { deployment, hold }: Held,
  action: HoldAction,
  why: Because,
  changes?: Record<string, unknown>,
): Promise<Deployment> {
  await move(em, hold, holdLifecycle, action, why, changes)
  return deployment
}

function inHandsOf(hold: DeploymentHold, accountId: string | null): void {
  Object.assign(hold, { holderId: accountId, since: accountId && new Date() })
  nobodyNext(hold)
}

const nobodyNext = (hold: DeploymentHold) => Object.assign(hold, { successorId: null, note: null, handedOverAt: null })

export async function nameOf(em: EntityManager, accountId: string): Promise<string> {
  return (await row<{ name: string }>(em, `select name from account where uuid = $1`, [accountId]))!.name
}
