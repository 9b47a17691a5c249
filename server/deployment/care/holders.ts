import type { EntityManager } from '@mikro-orm/postgresql'
import { roles } from '../../account/permissions.ts'
import { rows } from '../../kernel/sql.ts'
import { deploymentTargetScopes } from '../load.ts'

/** What it takes to hold a deployment: to be able to steer it. */
export const HOLD = 'deployment.control'
const MOST = 200

const steering = Object.entries(roles)
  .filter(([, { permissions }]) => (permissions as readonly string[]).includes(HOLD))
  .map(([role]) => role)

export interface PossibleHolder {
  deploymentId: string
  uuid: string
  name: string
}

/**
 * Active accounts that may steer all of a deployment (the rule of `kernel/whole-reach.ts`), by name; of these accounts
 * only, if some are given. The first 200 of each deployment.
 */
export function possibleHolders(
  em: EntityManager,
  deploymentIds: readonly string[],
  accounts: readonly string[] | null,
): Promise<PossibleHolder[]> {
  return rows(
    em,
    `select d.uuid as "deploymentId", h.uuid, h.name from deployment d cross join lateral (
       select a.uuid, a.name from account a
         cross join lateral (select bool_or(g.scope_id is null) as everywhere, array_agg(g.scope_id) as reach
           from account_grant g where g.account_id = a.uuid and g.role = any($2::text[])) r
       where a.state = 'ACTIVE' and ($3::uuid[] is null or a.uuid = any($3::uuid[]))
         and (r.everywhere or (d.scope_ids && r.reach and not exists (
           select from (${deploymentTargetScopes}) t where t.owner = d.uuid and not t.scope_ids && r.reach)))
       order by lower(a.name), a.uuid limit ${MOST}) h
     where d.uuid = any($1::uuid[]) order by lower(h.name), h.uuid`,
    [deploymentIds, steering, accounts],
  )
}
