import type { EntityManager } from '@mikro-orm/postgresql'
import type { Deployment } from '../deployment/deployment.entity.ts'
import type { StartGate } from '../deployment/deployment.gate.ts'
import type { Topology } from '../item/graph/topology.ts'
import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'
import { digestOf } from './digest.ts'
import { factsOf, inWords, untrueFacts } from './facts.ts'
import { planOf } from './plan.ts'
import { Validation } from './validation.entity.ts'
import { latestValidations } from './validation.service.ts'

/** The deployment has no validation that holds at this moment. */
export class NotValidated extends Refusal {
  static override code: ErrorCode = 'NOT_VALIDATED'
  constructor(deployment: Deployment, why: string, evidence: Record<string, unknown> = {}) {
    super(`${deployment.displayName} ${why} Validate it again.`, { itemId: deployment.id, rule: 'validated', evidence })
  }
}

/**
 * Lets a deployment start only on a validation that passed, whose time is not over, and of which everything it read is
 * still so, asked once more in the transaction of the start.
 */
export function validationGate(topology: Pick<Topology, 'dependantsOutside' | 'related'>): StartGate {
  return {
    id: 'validation',
    async check(em, deployment) {
      const refusal = await refusalOf(em, topology, deployment)
      return refusal ? [refusal] : []
    },
  }
}

async function refusalOf(
  em: EntityManager,
  topology: Pick<Topology, 'dependantsOutside' | 'related'>,
  deployment: Deployment,
): Promise<Refusal | null> {
  const uuid = (await latestValidations(em, [deployment.uuid])).get(deployment.uuid)
  const validation = uuid && (await em.findOne(Validation, { uuid }, { refresh: true }))
  if (!validation) return new NotValidated(deployment, 'was never validated.')
  if (validation.state === 'INVALIDATED') {
    return new NotValidated(deployment, `is not as it was validated: ${validation.invalidatedBy}`)
  }
  if (validation.state !== 'PASSED')
    return new NotValidated(deployment, `has a validation that is ${validation.state}.`)
  const until = validation.validUntil!
  if (until.getTime() <= Date.now()) return new NotValidated(deployment, `was valid until ${until.toISOString()}.`)

  const plan = await planOf(em, deployment.uuid)
  const facts = await factsOf(em, validation.uuid)
  const [untrue] = await untrueFacts({ em, topology, plan }, facts)
  if (untrue) {
    const evidence = { predicate: untrue.predicate, was: untrue.value, is: untrue.now }
    return new NotValidated(deployment, `is not as it was validated: ${await inWords(em, untrue)}`, evidence)
  }
  if (digestOf(plan, facts) !== validation.digest) {
    return new NotValidated(deployment, 'has another plan than the one that was validated.')
  }
  return null
}
