import type { EntityManager } from '@mikro-orm/postgresql'
import type { EventLog } from '../../kernel/event-log.ts'
import { followLog } from '../../kernel/follow-log.ts'
import { rows } from '../../kernel/sql.ts'
import { waybill } from '../because.ts'
import { lockDeployment } from '../load.ts'
import { endHold, holdOf, isDone, nameOf, type Held } from './hold.service.ts'
import { possibleHolders } from './holders.ts'

/** Nothing stays in the hands of somebody who cannot hold it any more, nor when there is nothing left to hold. */
export function followHolders(
  em: EntityManager,
  events: EventLog,
  onFault: (fault: unknown) => void,
): { stop(): Promise<void> } {
  return followLog(events, {
    topics: ['account.changed', 'deployment.changed'],
    catchUp: () => follow(em, null),
    follow: (found) => follow(em, [...new Set(found.map(({ subject }) => subject))]),
    onFault,
  })
}

/** Of these deployments or accounts (UUIDs; null: of all). */
async function follow(em: EntityManager, subjects: string[] | null): Promise<void> {
  const found = await rows<{ uuid: string }>(
    em.fork(),
    `select uuid from deployment_hold where state <> 'FREE'
       and ($1::uuid[] is null or uuid = any($1) or holder_id = any($1) or successor_id = any($1)) order by uuid`,
    [subjects],
  )
  for (const { uuid } of found) await em.fork().transactional((own) => settle(own, uuid))
}

async function settle(em: EntityManager, deploymentId: string): Promise<void> {
  const deployment = (await lockDeployment(em, deploymentId))!
  const held: Held = { deployment, hold: await holdOf(em, deployment) }
  const { holderId, successorId } = held.hold
  if (!holderId) return
  if (isDone(deployment)) return endHold(em, held, 'end', waybill('It is over.'))
  const asked = [holderId, ...(successorId ? [successorId] : [])]
  const able = new Set((await possibleHolders(em, [deploymentId], asked)).map(({ uuid }) => uuid))
  const gone = async (id: string) => waybill(`${await nameOf(em, id)} cannot hold it any more.`)
  if (successorId && !able.has(successorId)) {
    await endHold(em, held, 'lapse', await gone(successorId))
  }
  // Whoever is gone may have handed it over before: then the other one still can acknowledge that.
  if (!able.has(holderId) && !held.hold.successorId) await endHold(em, held, 'end', await gone(holderId))
}
