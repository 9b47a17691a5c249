import type { EntityManager } from '@mikro-orm/postgresql'
import type { Deployment } from '../deployment/deployment.entity.ts'
import { expire, invalidate } from '../deployment/validation-moves.ts'
import { record } from '../kernel/events.ts'
import { move } from '../kernel/move.ts'
import { factsOf, inWords, untrueFacts, type Untrue } from './facts.ts'
import { planOf } from './plan.ts'
import type { World } from './predicates/predicate.ts'
import type { Fact } from './recorder.ts'
import type { Validation } from './validation.entity.ts'
import { validationLifecycle } from './validation.lifecycle.ts'

/** What is not as it was read (of everything, or of some facts). */
export async function untrueNow(
  em: EntityManager,
  topology: World['topology'],
  { uuid, deploymentId }: Validation,
  some?: readonly Fact[],
): Promise<Untrue[]> {
  const plan = await planOf(em, deploymentId)
  return untrueFacts({ em, topology, plan }, some ?? (await factsOf(em, uuid)))
}

/** Makes a PASSED validation and its deployment, both locked, INVALIDATED by a fact; both say which it was. */
export async function invalidateBy(
  em: EntityManager,
  deployment: Deployment,
  validation: Validation,
  untrue: Untrue,
): Promise<void> {
  const why = { by: null, reason: await inWords(em, untrue) }
  validation.invalidatedBy = why.reason
  await move(em, validation, validationLifecycle, 'invalidate', why)
  await invalidate(em, deployment, why)
  await tellPage(em, validation)
}

/** Makes a PASSED validation whose time is over and its deployment, both locked, EXPIRED. */
export async function expireNow(em: EntityManager, deployment: Deployment, validation: Validation): Promise<void> {
  const why = { by: null, reason: `It was valid until ${validation.validUntil!.toISOString()}; check again.` }
  await move(em, validation, validationLifecycle, 'expire', why)
  await expire(em, deployment, why)
  await tellPage(em, validation)
}

function tellPage(em: EntityManager, { deploymentId, scopeIds }: Validation): Promise<void> {
  return record(em, { topic: 'validation.findings', subject: deploymentId, scopeIds, payload: { findingIds: [] } })
}
