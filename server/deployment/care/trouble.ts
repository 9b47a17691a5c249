import type { EntityManager } from '@mikro-orm/postgresql'
import { rows } from '../../kernel/sql.ts'
import { badStates } from '../target.lifecycle.ts'

const isBad = (alias: string) =>
  `(${alias}.state in (${badStates.map((state) => `'${state}'`).join(', ')})
    or (${alias}.state = 'REPORTED_OK' and ${alias}.confirmation = 'CONTRADICTED'))`

/** SQL for how often something went wrong at a target of a deployment so far; it only grows. */
export const failuresOf = (deploymentId: string) =>
  `(select count(*) from target_move m where m.deployment_id = ${deploymentId} and ${isBad('m')})`

const troubled = `(d.state in ('INTERVENTION', 'PARTIAL', 'FAILED')
  or exists (select from deployment_target t where t.deployment_id = d.uuid and ${isBad('t')}))`

/** Those of these deployments (UUIDs) in which something is wrong now. */
export async function inTrouble(em: EntityManager, uuids: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ uuid: string }>(
    em,
    `select d.uuid from deployment d where d.uuid = any($1::uuid[]) and ${troubled}`,
    [uuids],
  )
  return new Set(found.map(({ uuid }) => uuid))
}

export interface Acknowledged {
  byId: string
  at: Date
  comment: string | null
}

/** Who is on what is wrong in these deployments now; what was acknowledged before the last failure counts no more. */
export async function acknowledged(em: EntityManager, uuids: readonly string[]): Promise<Map<string, Acknowledged>> {
  const found = await rows<{ uuid: string; byId: string; at: string; comment: string | null }>(
    em,
    `select a.deployment_id as uuid, a.by_id as "byId", a.at, a.comment
     from deployment_acknowledgement a join deployment d on d.uuid = a.deployment_id
     where a.deployment_id = any($1::uuid[]) and a.failures = ${failuresOf('a.deployment_id')} and ${troubled}`,
    [uuids],
  )
  return new Map(found.map(({ uuid, at, ...said }) => [uuid, { ...said, at: new Date(at) }]))
}
