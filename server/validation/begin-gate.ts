import type { BeginGate } from '../deployment/deployment.gate.ts'
import { restsOnValidation } from '../deployment/validation-moves.ts'
import { expireNow, invalidateBy, untrueNow } from './lapse.ts'
import type { World } from './predicates/predicate.ts'
import { Validation } from './validation.entity.ts'

/**
 * Has nothing begin on a verdict that does not hold any more. The watcher sees a change as soon as the log has it; this
 * closes what is between, and the time in which no worker was there to watch.
 */
export function validationAtBegin(topology: World['topology']): BeginGate {
  return {
    id: 'validation',
    async mayBegin(em, deployment) {
      const [validation] = await em.find(
        Validation,
        { deploymentId: deployment.uuid },
        { orderBy: { createdAt: 'desc', uuid: 'desc' }, limit: 1, refresh: true },
      )
      if (validation?.state !== 'PASSED' || !(await restsOnValidation(em, deployment))) return true
      if (validation.validUntil!.getTime() <= Date.now()) {
        await expireNow(em, deployment, validation)
        return false
      }
      const [untrue] = await untrueNow(em, topology, validation)
      if (untrue) await invalidateBy(em, deployment, validation, untrue)
      return untrue === undefined
    },
  }
}
