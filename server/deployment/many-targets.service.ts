import type { EntityManager } from '@mikro-orm/postgresql'
import { reaches } from '../kernel/authorize.ts'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, Forbidden, NotFound, Refusals, type Refusal } from '../kernel/errors.ts'
import { IllegalTransition } from '../kernel/lifecycle.ts'
import { changed, type Because } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import { because, withReason } from './because.ts'
import type { Confirmation } from './confirmation.ts'
import type { Deployment } from './deployment.entity.ts'
import type { TargetsInput } from './deployment.inputs.ts'
import { recordProgress, type ProgressRow } from './engine/progress.ts'
import { lockDeployment } from './load.ts'
import { targetLifecycle, type TargetAction, type TargetState } from './target.lifecycle.ts'
import { goOn, settleDeployment } from './target.service.ts'

/** So many targets one call may name. */
const MOST = 20_000
/** So many refusals are said one by one. */
const SAID = 50

interface Chosen {
  uuid: string
  name: string
  state: TargetState
  confirmation: Confirmation
  scope_ids: string[]
}

/** Tries exactly these targets of a deployment again, all or none of them. */
export async function retryTargets(
  em: EntityManager,
  services: Pick<Services, 'jobs' | 'integrations'>,
  viewer: Viewer,
  input: TargetsInput,
): Promise<Deployment> {
  const { deployment, chosen } = await chosenFor(em, viewer, input)
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
  const { deployment, chosen } = await chosenFor(em, viewer, input)
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

/** The deployment and the named targets of it, all locked, the deployment first (the order of all writers). */
async function chosenFor(em: EntityManager, viewer: Viewer, input: TargetsInput) {
  const uuids = [...new Set(input.targetIds.map((id) => uuidOf(id, 'tgt')))]
  if (uuids.length === 0 || uuids.length > MOST) {
    throw new BadInput(`1 to 20,000 targets are changed at once; ${uuids.length} were named.`, { field: ['targetIds'] })
  }
  const deployment = await lockDeployment(em, uuidOf(input.id, 'dpl'))
  if (!deployment || !reaches(viewer, 'deployment.read', deployment.scopeIds)) {
    throw new NotFound('deployment', input.id)
  }
  const found = await rows<Chosen>(
    em,
    `select t.uuid, i.name, t.state, t.confirmation, t.scope_ids
     from deployment_target t join configuration_item i on i.uuid = t.item_id
     where t.deployment_id = $1 and t.uuid = any($2::uuid[]) order by t.idx for update of t`,
    [deployment.uuid, uuids],
  )
  const chosen = found.filter(({ scope_ids }) => reaches(viewer, 'deployment.read', scope_ids))
  const seen = new Set(chosen.map(({ uuid }) => uuid))
  refuse(
    uuids
      .filter((uuid) => !seen.has(uuid))
      .map((uuid) => new NotFound(`target of ${deployment.number}`, toNodeId('tgt', uuid), ['targetIds'])),
  )
  const permission = 'deployment.control'
  refuse(
    chosen
      .filter(({ scope_ids }) => !reaches(viewer, permission, scope_ids))
      .map(({ name }) => {
        const words = `${viewer.name} may not do this to ${name}: the permission ${permission} does not reach it.`
        return new Forbidden(words, { rule: permission, field: ['targetIds'] })
      }),
  )
  return { deployment, chosen }
}

function requirePossible(chosen: Chosen[], action: TargetAction, fits: (one: Chosen) => boolean = () => true): void {
  refuse(
    chosen
      .filter((one) => targetLifecycle.next(one.state, action) === null || !fits(one))
      .map(({ name, state }) => new IllegalTransition(targetLifecycle, name, state, action)),
  )
}

function refuse(refusals: Refusal[]): void {
  const [first, ...more] = refusals
  if (first) throw new Refusals([first, ...more.slice(0, SAID - 1)])
}

/** The history of each target, in one statement. */
async function tell(
  em: EntityManager,
  chosen: Chosen[],
  action: TargetAction,
  to: TargetState,
  { by, reason }: Because,
): Promise<void> {
  await rows(
    em,
    `insert into history (uuid, subject, action, from_state, to_state, actor, reason)
     select id, subject, $3, from_state, $4, $5, $6 from unnest($1::uuid[], $2::uuid[], $7::text[]) as h(id, subject, from_state)`,
    [
      chosen.map(() => uuidv7()),
      chosen.map(({ uuid }) => uuid),
      action,
      to,
      by,
      reason ?? null,
      chosen.map(({ state }) => state),
    ],
  )
}
