import type { EntityManager } from '@mikro-orm/postgresql'
import { lockDeployment } from '../deployment/load.ts'
import { restsOnValidation } from '../deployment/validation-moves.ts'
import { invalidateBy, untrueNow } from './lapse.ts'
import type { World } from './predicates/predicate.ts'
import type { Fact } from './recorder.ts'
import { Validation } from './validation.entity.ts'

export interface RecheckParts {
  em: EntityManager
  topology: World['topology']
}

/**
 * Asks again about what a validation read (all of it, or some facts); if one has another value now, the validation and the
 * deployment become INVALIDATED, and say which. Answers whether it came to that.
 */
export async function recheck({ em, topology }: RecheckParts, uuid: string, some?: readonly Fact[]): Promise<boolean> {
  const reader = em.fork()
  const suspects = await untrueNow(reader, topology, await reader.findOneOrFail(Validation, { uuid }), some)
  if (suspects.length === 0) return false
  return em.fork().transactional(async (em) => {
    const { deploymentId } = await em.findOneOrFail(Validation, { uuid })
    const deployment = await lockDeployment(em, deploymentId)
    const validation = await em.findOneOrFail(Validation, { uuid }, { refresh: true })
    if (!deployment || validation.state !== 'PASSED' || !(await restsOnValidation(em, deployment))) return false
    // Once more under the lock: it may be as it was again.
    const [untrue] = await untrueNow(em, topology, validation, suspects)
    if (untrue) await invalidateBy(em, deployment, validation, untrue)
    return untrue !== undefined
  })
}
