import type { EntityManager } from '@mikro-orm/postgresql'
import { reaches } from '../kernel/authorize.ts'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, Forbidden, NotFound, Refusals, type Refusal } from '../kernel/errors.ts'
import { IllegalTransition } from '../kernel/lifecycle.ts'
import type { Because } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import type { Confirmation } from './confirmation.ts'
import type { TargetsInput } from './deployment.inputs.ts'
import { lockDeployment } from './load.ts'
import { targetLifecycle, type TargetAction, type TargetState } from './target.lifecycle.ts'

/** So many targets one call may name. */
const MOST = 20_000
/** So many refusals are said one by one. */
const SAID = 50

/** One of many targets that a call names, as it is before the call. */
export interface Chosen {
  uuid: string
  name: string
  state: TargetState
  confirmation: Confirmation
  scope_ids: string[]
}

/** The deployment and the named targets of it, all locked, the deployment first (the order of all writers). */
export async function chosenFor(em: EntityManager, viewer: Viewer, permission: string, input: TargetsInput) {
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

/** Refuses all when one of them is in a state that the action does not start from; each of these is named. */
export function requirePossible(
  chosen: Chosen[],
  action: TargetAction,
  fits: (one: Chosen) => boolean = () => true,
): void {
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
export async function tell(
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
