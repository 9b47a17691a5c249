import { batch, byKey, groupedBy } from '../../kernel/batch.ts'
import { scopeCondition, viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { lean } from '../../kernel/lean.ts'
import { rows } from '../../kernel/sql.ts'
import { Deployment } from '../deployment.entity.ts'
import { Acknowledgement, DeploymentHold, ShiftNote } from './care.types.ts'
import { holdLifecycle } from './hold.lifecycle.ts'
import { possibleHolders, type PossibleHolder } from './holders.ts'
import { acknowledged, inTrouble } from './trouble.ts'

/** Of what nobody ever held; the row that is made for it says the same. */
const NEVER_HELD = {
  state: holdLifecycle.initial,
  holderId: null,
  since: null,
  successorId: null,
  note: null,
  handedOverAt: null,
  version: 1,
}

export async function holdField(context: Context, deploymentId: string): Promise<DeploymentHold> {
  const hold = await batch(context, 'hold', deploymentId, async (uuids) => {
    const found = await rows<DeploymentHold & { uuid: string }>(
      context.em,
      `select uuid, state, holder_id as "holderId", since, successor_id as "successorId", note,
         handed_over_at as "handedOverAt", version
       from deployment_hold where uuid = any($1::uuid[])`,
      [uuids],
    )
    return byKey(found, ({ uuid }) => uuid)
  })
  return Object.assign(new DeploymentHold(), hold ?? NEVER_HELD)
}

export async function noteField(context: Context, deploymentId: string): Promise<ShiftNote | null> {
  const note = await batch(context, 'shiftNote', deploymentId, async (uuids) => {
    const found = await rows<{ id: string; byId: string; text: string; at: Date }>(
      context.em,
      `select deployment_id as id, by_id as "byId", text, at from shift_note where deployment_id = any($1::uuid[])`,
      [uuids],
    )
    return byKey(found, ({ id }) => id)
  })
  return note && Object.assign(new ShiftNote(), note)
}

export async function acknowledgementField(context: Context, deploymentId: string): Promise<Acknowledgement | null> {
  const found = await batch(context, 'acknowledgement', deploymentId, (uuids) => acknowledged(context.em, uuids))
  return found && Object.assign(new Acknowledgement(), found)
}

export async function needsAttention(context: Context, deploymentId: string): Promise<boolean> {
  const found = await batch(context, 'inTrouble', deploymentId, async (uuids) => {
    const troubled = await inTrouble(context.em, uuids)
    return new Map(uuids.map((uuid) => [uuid, troubled.has(uuid)]))
  })
  return found ?? false
}

export async function possibleHoldersOf(context: Context, deploymentId: string): Promise<PossibleHolder[]> {
  const found = await batch(context, 'possibleHolders', deploymentId, async (uuids) => {
    const all = await possibleHolders(context.em, uuids, null)
    return groupedBy(all, (holder) => holder.deploymentId)
  })
  return found ?? []
}

const MOST = 20

/** What the caller holds, or what is handed over to them: at most 20, the latest first. */
export async function inHandsOfCaller(context: Context, as: 'holder' | 'successor'): Promise<Deployment[]> {
  const viewer = viewerOf(context)
  const values: unknown[] = [viewer.accountId]
  const scope = scopeCondition(viewer, 'deployment.read', 'd.scope_ids', values)
  const found = await rows<object>(
    context.em,
    `select d.* from deployment_hold h join deployment d on d.uuid = h.uuid
     where h.${as}_id = $1 ${scope ? `and ${scope}` : ''} order by h.updated_at desc limit ${MOST}`,
    values,
  )
  return lean(context.em, Deployment, found)
}
