import type { EntityManager } from '@mikro-orm/postgresql'
import { lockDeployment } from '../deployment/load.ts'
import { canBeInvalidated, invalidate } from '../deployment/validation-moves.ts'
import type { Topology } from '../item/topology.ts'
import { record } from '../kernel/events.ts'
import { move } from '../kernel/move.ts'
import { factsOf, inWords, untrueFacts, type Untrue } from './facts.ts'
import { planOf } from './plan.ts'
import type { Fact } from './recorder.ts'
import { Validation } from './validation.entity.ts'
import { validationLifecycle } from './validation.lifecycle.ts'

export interface RecheckParts {
  em: EntityManager
  topology: Pick<Topology, 'dependantsOutside' | 'related'>
}

/**
 * Asks again about what a validation read (all of it, or some facts); if one has another value now, the validation and the
 * deployment become INVALIDATED, and say which. Answers whether it came to that.
 */
export async function recheck(parts: RecheckParts, validationId: string, some?: readonly Fact[]): Promise<boolean> {
  const suspects = await untrueNow(parts.em.fork(), parts, validationId, some)
  if (suspects.length === 0) return false
  return parts.em.fork().transactional(async (em) => {
    const { deploymentId } = await em.findOneOrFail(Validation, { uuid: validationId })
    const deployment = await lockDeployment(em, deploymentId)
    const validation = await em.findOneOrFail(Validation, { uuid: validationId }, { refresh: true })
    if (!deployment || validation.state !== 'PASSED' || !canBeInvalidated(deployment)) return false
    // Once more under the lock: it may be as it was again.
    const [untrue] = await untrueNow(em, parts, validationId, suspects)
    if (!untrue) return false
    const why = await inWords(em, untrue)
    validation.invalidatedBy = why
    await move(em, validation, validationLifecycle, 'invalidate', { by: null, reason: why })
    await invalidate(em, deployment, { by: null, reason: why })
    const { scopeIds } = validation
    await record(em, { topic: 'validation.findings', subject: deploymentId, scopeIds, payload: { findingIds: [] } })
    return true
  })
}

async function untrueNow(
  em: EntityManager,
  { topology }: RecheckParts,
  validationId: string,
  some?: readonly Fact[],
): Promise<Untrue[]> {
  const { deploymentId } = await em.findOneOrFail(Validation, { uuid: validationId })
  const plan = await planOf(em, deploymentId)
  return untrueFacts({ em, topology, plan }, some ?? (await factsOf(em, validationId)))
}
