import type { EntityManager } from '@mikro-orm/postgresql'
import { uuidv7 } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import type { Account } from './account.entity.ts'
import { mintSecret } from './secret-text.ts'
import { makeViewer, rightsOf, type GrantedRole } from './viewer.ts'

/** Begins a session; the secret goes to the caller and nowhere else. */
export async function beginSession(em: EntityManager, account: Account, hours: number) {
  const uuid = uuidv7()
  const secret = mintSecret('ses', uuid)
  const expiresAt = new Date(Date.now() + hours * 3_600_000)
  await rows(em, `insert into session (uuid, account_id, secret_hash, expires_at) values ($1, $2, $3, $4)`, [
    uuid,
    account.uuid,
    secret.hash,
    expiresAt,
  ])
  await rows(em, `update account set last_seen_at = now() where uuid = $1`, [account.uuid])
  await rows(em, `delete from session where account_id = $1 and expires_at < now() - interval '30 days'`, [
    account.uuid,
  ])
  const grants = await rows<GrantedRole>(
    em,
    `select role, scope_id as "scopeId" from account_grant where account_id = $1`,
    [account.uuid],
  )
  const viewer = makeViewer(
    { accountId: account.uuid, name: account.name, via: 'session', sessionId: uuid, expiresAt },
    rightsOf(grants),
  )
  return { secret: secret.text, expiresAt, viewer }
}
