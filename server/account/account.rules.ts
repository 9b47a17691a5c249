import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { reaches } from '../kernel/authorize.ts'
import { BadInput } from '../kernel/errors.ts'
import { row, rows } from '../kernel/sql.ts'
import type { Account } from './account.entity.ts'
import { roles, type Role } from './permissions.ts'
import { LastAdmin, LoginTaken, NotYoursToGrant } from './refusals.ts'

const LOGIN = /^[\p{L}\p{N}._@+-]{2,64}$/u

/** The login as it is kept: lower case. */
export async function requireFreeLogin(em: EntityManager, text: string): Promise<string> {
  const login = text.trim().toLowerCase()
  if (!LOGIN.test(login)) {
    throw new BadInput('A login has 2 to 64 letters, digits or . _ @ + -, and no spaces.', { field: ['login'] })
  }
  // Two at once for one login: the second waits here, then sees the first.
  await rows(em, `select pg_advisory_xact_lock(hashtextextended($1, 7296003))`, [login])
  if (await row(em, `select 1 from account where lower(login) = $1`, [login])) throw new LoginTaken(login)
  return login
}

export function requireName(text: string): string {
  const name = text.trim()
  if (name.length < 1 || name.length > 120) {
    throw new BadInput('A name has 1 to 120 characters.', { field: ['name'] })
  }
  return name
}

/**
 * Escalation is impossible: who gives or takes back a role needs the right to manage accounts there, and every permission
 * of the role there.
 */
export function requireGrantable(viewer: Viewer, role: Role, scopeId: string | null): void {
  const where = scopeId ? [scopeId] : []
  const missing = ['account.manage', ...roles[role].permissions].filter(
    (permission) => !reaches(viewer, permission, where),
  )
  if (missing.length === 0) return
  throw new NotYoursToGrant(
    `${viewer.name} may not give or take back the role ${roles[role].title} ${scopeId ? 'in this scope' : 'in the whole estate'}: ` +
      `nobody gives away what they do not hold (${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ', …' : ''}).`,
    { rule: 'no escalation', field: ['role'], evidence: { role, missing } },
  )
}

/** Refuses when nobody else could manage the installation afterwards. Holds other such changes off until the commit. */
export async function requireOtherAdmin(em: EntityManager, account: Account): Promise<void> {
  await rows(em, `select pg_advisory_xact_lock(7296020)`)
  const admins = await rows<{ account_id: string }>(
    em,
    `select distinct g.account_id from account_grant g join account a on a.uuid = g.account_id
     where g.role = 'ADMIN' and g.scope_id is null and a.state = 'ACTIVE'`,
  )
  const ids = admins.map(({ account_id }) => account_id)
  if (ids.includes(account.uuid) && ids.length === 1) throw new LastAdmin(account.name)
}
