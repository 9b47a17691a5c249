import type { EntityManager } from '@mikro-orm/postgresql'
import { because } from '../deployment/because.ts'
import type { Deployment } from '../deployment/deployment.entity.ts'
import { deploymentFor } from '../deployment/load.ts'
import { beginValidation } from '../deployment/validation-moves.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import { changed, expectVersion, move } from '../kernel/move.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { rows } from '../kernel/sql.ts'
import { allRules } from './rules/all-rules.ts'
import { Validation } from './validation.entity.ts'
import { validationLifecycle } from './validation.lifecycle.ts'

export const VALIDATION_QUEUE = 'validation'

/** Has a deployment checked. The check runs as a job; its findings come by the subscription as they are found. */
export async function validateDeployment(
  em: EntityManager,
  services: Pick<Services, 'jobs'>,
  viewer: Viewer,
  input: MoveInput,
): Promise<Deployment> {
  const deployment = await deploymentFor(em, viewer, 'deployment.validate', input.id)
  expectVersion(deployment, input.expectedVersion)
  const why = because(viewer, input.reason)
  await beginValidation(em, deployment, why)
  await endEarlier(em, deployment.uuid)
  const validation = Object.assign(new Validation(), {
    deploymentId: deployment.uuid,
    scopeIds: deployment.scopeIds,
    startedById: why.by,
    rules: allRules.map(({ id, title }) => ({ rule: id, title, state: 'PENDING' as const, findings: 0 })),
  })
  await changed(em, validation, 'start', why)
  await services.jobs.enqueue(em, VALIDATION_QUEUE, { validationId: validation.uuid })
  return deployment
}

/** Only the latest validation counts: an earlier one ends here, and one that was given up on the way as well. */
async function endEarlier(em: EntityManager, deploymentId: string): Promise<void> {
  const open = await em.find(Validation, { deploymentId, state: { $in: ['PASSED', 'RUNNING'] } })
  for (const validation of open) {
    if (validation.state === 'PASSED') {
      await move(em, validation, validationLifecycle, 'supersede', { by: null, reason: 'It is checked again.' })
    } else {
      validation.finishedAt = new Date()
      await move(em, validation, validationLifecycle, 'fail', { by: null, reason: 'It did not end in time.' })
    }
  }
}

/** UUID of the validation that counts for each deployment: the latest. */
export async function latestValidations(
  em: EntityManager,
  deploymentIds: readonly string[],
): Promise<Map<string, string>> {
  const found = await rows<{ deployment_id: string; uuid: string }>(
    em,
    `select distinct on (deployment_id) deployment_id, uuid from validation where deployment_id = any($1::uuid[])
     order by deployment_id, created_at desc, uuid desc`,
    [deploymentIds],
  )
  return new Map(found.map(({ deployment_id, uuid }) => [deployment_id, uuid]))
}
