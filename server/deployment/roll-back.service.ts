import type { EntityManager } from '@mikro-orm/postgresql'
import { requireReach } from '../kernel/authorize.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import { changed, expectVersion } from '../kernel/move.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { nextNumber } from '../kernel/next-number.ts'
import { because } from './because.ts'
import { Deployment } from './deployment.entity.ts'
import { deploymentFor, holdTask } from './load.ts'
import { routeOf } from './plan.ts'
import { NoWayBack } from './refusals.ts'
import { DeploymentTarget } from './target.entity.ts'
import { mayTurnBack, touchedTargets } from './way-back.ts'

/**
 * A new deployment that brings back the last confirmed version to the targets that were touched: a draft, to be validated
 * and approved like any other. Where the targets had different versions it takes the one that most of them had, and says
 * which were left out.
 */
export async function rollBack(
  em: EntityManager,
  services: Pick<Services, 'integrations'>,
  viewer: Viewer,
  input: MoveInput,
): Promise<Deployment> {
  const failed = await deploymentFor(em, viewer, 'deployment.control', input.id)
  expectVersion(failed, input.expectedVersion)
  const all = await touchedTargets(em, [failed.uuid])
  if (!mayTurnBack(failed)) {
    throw new NoWayBack(`${failed.displayName} is ${failed.state}; roll back when it has ended.`, {
      itemId: failed.id,
      rule: 'ended',
      evidence: { state: failed.state },
    })
  }
  const to = all[0]
  if (!to) {
    throw new NoWayBack(`No target of ${failed.displayName} was changed that had a confirmed version before.`, {
      itemId: failed.id,
      rule: 'last confirmed version',
    })
  }
  const targets = all.filter(({ versionId }) => versionId === to.versionId)
  for (const target of targets) {
    requireReach(viewer, 'deployment.control', { scopeIds: target.scopeIds, displayName: 'a target of the roll-back' })
  }
  await holdTask(em, failed.taskId)
  const why = because(viewer, input.reason)
  const back = Object.assign(new Deployment(), {
    number: `DPL-${await nextNumber(em, 'deployment_number')}`,
    title: `Roll back ${failed.number} to ${to.number}`,
    taskId: failed.taskId,
    releaseId: failed.releaseId,
    sourceId: to.versionId,
    rollBackOfId: failed.uuid,
    createdById: viewer.accountId,
    ownScopeIds: failed.ownScopeIds,
    scopeIds: [...new Set([...failed.ownScopeIds, ...targets.flatMap(({ scopeIds }) => scopeIds)])],
    targetTotal: targets.length,
    maxInFlight: failed.maxInFlight,
    attemptSeconds: failed.attemptSeconds,
    ...(await routeOf(em, services.integrations, to.versionId)),
  })
  targets.forEach((target, idx) => {
    const { itemId, scopeIds } = target
    em.persist(Object.assign(new DeploymentTarget(), { deploymentId: back.uuid, itemId, idx, scopeIds }))
  })
  await changed(em, back, 'create', why, {
    changes: { rollBackOf: failed.number, leftOut: all.length - targets.length },
  })
  await changed(em, failed, 'rollBack', why, { changes: { rollBack: back.number } })
  return back
}
