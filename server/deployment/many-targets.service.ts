import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services, Viewer } from '../kernel/context.ts'
import { changed } from '../kernel/move.ts'
import { rows } from '../kernel/sql.ts'
import { attemptLifecycle } from './attempt.lifecycle.ts'
import { because, withReason } from './because.ts'
import { chosenFor, requirePossible, tell, type Chosen } from './chosen-targets.ts'
import type { Deployment } from './deployment.entity.ts'
import type { TargetsInput, TargetsResolveInput } from './deployment.inputs.ts'
import { recordProgress, type ProgressRow } from './engine/progress.ts'
import { wakeConfirmation } from './engine/wake.ts'
import { foundIt, goOn, settleDeployment } from './target.service.ts'

/** Tries exactly these targets of a deployment again, all or none of them. */
export async function retryTargets(
  em: EntityManager,
  services: Pick<Services, 'jobs' | 'integrations'>,
  viewer: Viewer,
  input: TargetsInput,
): Promise<Deployment> {
  const { deployment, chosen } = await chosenFor(em, viewer, 'deployment.control', input)
  const fits = ({ state, confirmation }: Chosen) => state !== 'REPORTED_OK' || confirmation === 'CONTRADICTED'
  requirePossible(chosen, 'retry', fits)
  const why = because(viewer, input.reason)
  const again = await rows<ProgressRow>(
    em,
    `update deployment_target set state = 'PENDING', confirmation = 'AWAITED', percent = 0, step_index = 0, cause = null,
       confirm_at = null, version = version + 1, updated_at = now()
     where uuid = any($1::uuid[]) returning idx, state, confirmation, percent, step_index`,
    [chosen.map(({ uuid }) => uuid)],
  )
  await tell(em, chosen, 'retry', 'PENDING', why)
  await recordProgress(em, deployment, again)
  await goOn(em, services, deployment, why)
  return deployment
}

/** Leaves exactly these targets out of the plan, all or none of them; a reason must be given. */
export async function excludeTargets(em: EntityManager, viewer: Viewer, input: TargetsInput): Promise<Deployment> {
  const { deployment, chosen } = await chosenFor(em, viewer, 'deployment.control', input)
  requirePossible(chosen, 'exclude')
  const why = withReason(viewer, input.reason)
  const left = await rows<ProgressRow>(
    em,
    `update deployment_target set state = 'EXCLUDED', version = version + 1, updated_at = now()
     where uuid = any($1::uuid[]) returning idx, state, confirmation, percent, step_index`,
    [chosen.map(({ uuid }) => uuid)],
  )
  await tell(em, chosen, 'exclude', 'EXCLUDED', why)
  await recordProgress(em, deployment, left)
  await changed(em, deployment, 'excludeTargets', why, { changes: { targets: chosen.length } })
  await settleDeployment(em, deployment, why)
  return deployment
}

/** A person has looked at exactly these targets in doubt and says what became of them, the same of all of them. */
export async function resolveTargets(
  em: EntityManager,
  services: Pick<Services, 'jobs'>,
  viewer: Viewer,
  input: TargetsResolveInput,
): Promise<Deployment> {
  const { deployment, chosen } = await chosenFor(em, viewer, 'deployment.control', input)
  const ok = input.outcome === 'OK'
  const action = ok ? 'resolveOk' : 'resolveFailed'
  requirePossible(chosen, action)
  const why = withReason(viewer, input.reason)
  const verdict = foundIt(viewer, ok, why.reason)
  const to = ok ? 'REPORTED_OK' : 'FAILED'
  const found = await rows<ProgressRow>(
    em,
    `update deployment_target set state = $2, cause = case when $3 then null else $4 end,
       percent = case when $3 then 100 else percent end, confirmation = case when $3 then 'AWAITED' else 'UNCONFIRMED' end,
       confirm_at = case when $3 then now() end, confirm_tries = 0, settled_at = now(), version = version + 1, updated_at = now()
     where uuid = any($1::uuid[]) returning idx, state, confirmation, percent, step_index`,
    [chosen.map(({ uuid }) => uuid), to, ok, verdict],
  )
  await settleAttempts(em, chosen, ok, verdict)
  await tell(em, chosen, action, to, why)
  await recordProgress(em, deployment, found)
  await changed(em, deployment, 'resolveTargets', why, { changes: { targets: chosen.length, outcome: input.outcome } })
  await settleDeployment(em, deployment, why)
  if (ok) await wakeConfirmation(em, services.jobs, deployment.uuid)
  return deployment
}

/** A target in doubt has its latest attempt in doubt, which holds its item until here. */
async function settleAttempts(em: EntityManager, chosen: readonly Chosen[], ok: boolean, verdict: string) {
  const settled = await rows(
    em,
    `update attempt set state = $2, finished_at = now(), process_id = null, deadline_at = null, cause = $3
     where state = 'IN_DOUBT' and uuid in (select attempt_id from deployment_target where uuid = any($1::uuid[]))
     returning uuid`,
    [chosen.map(({ uuid }) => uuid), attemptLifecycle.next('IN_DOUBT', ok ? 'pass' : 'fail'), verdict],
  )
  if (settled.length !== chosen.length)
    throw new Error(`Of ${chosen.length} targets in doubt, ${settled.length} have an attempt in doubt.`)
}
