import type { EntityManager } from '@mikro-orm/postgresql'
import type { Deployment } from '../deployment/deployment.entity.ts'
import type { StartGate } from '../deployment/deployment.gate.ts'
import type { Viewer } from '../kernel/context.ts'
import type { Refusal } from '../kernel/errors.ts'
import { row } from '../kernel/sql.ts'
import { currentValidation } from './approval.service.ts'
import { NotApproved, SeparationOfDuties } from './refusals.ts'

/** Lets a deployment start only when somebody else approved exactly what was validated, by a third person. */
export const approvalGate: StartGate = {
  id: 'approval',
  async check(em, deployment, viewer) {
    const refusal = await refusalOf(em, deployment, viewer)
    return refusal ? [refusal] : []
  },
}

interface Decision {
  decision: string
  digest: string
  by_id: string
  by: string
}

async function refusalOf(em: EntityManager, deployment: Deployment, viewer: Viewer): Promise<Refusal | null> {
  if (viewer.accountId === deployment.createdById) {
    return new SeparationOfDuties(deployment, viewer.name, 'planned', 'start')
  }
  const last = await row<Decision>(
    em,
    `select a.decision, a.digest, a.by_id, p.name as by from approval a join account p on p.uuid = a.by_id
     where a.deployment_id = $1 order by a.created_at desc, a.uuid desc limit 1`,
    [deployment.uuid],
  )
  if (!last) return new NotApproved(deployment, 'was approved by nobody yet.')
  if (last.decision === 'REJECTED') return new NotApproved(deployment, `was rejected by ${last.by}.`)
  const validation = await currentValidation(em, deployment.uuid)
  if (validation?.digest !== last.digest) {
    return new NotApproved(deployment, `has changed since ${last.by} approved it; it has to be approved again.`)
  }
  if (viewer.accountId === last.by_id) return new SeparationOfDuties(deployment, viewer.name, 'approved', 'start')
  return null
}
