import { timingSafeEqual } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import { GraphQLError } from 'graphql'
import type { Viewer } from '../kernel/context.ts'
import { uuidv7 } from '../kernel/noun.ts'
import { row, rows } from '../kernel/sql.ts'
import type { Account } from './account.entity.ts'
import { mintSecret, readSecret } from './secret-text.ts'
import { makeViewer, rightsOf, type GrantedRole, type ViewerFacts } from './viewer.ts'

/** What a request brings along. */
export interface Credentials {
  /** Secret of a session, from the cookie. */
  session?: string | null
  /** API token, from `Authorization: Bearer …`. */
  bearer?: string | null
}

const GRANTS = `coalesce((select jsonb_agg(jsonb_build_object('role', g.role, 'scopeId', g.scope_id))
  from account_grant g where g.account_id = a.uuid), '[]') as grants`

interface Found {
  secret_hash: Buffer
  expires_at: Date | string | null
  account_id: string
  name: string
  grants: GrantedRole[]
  permissions: string[] | null
  not_seen_lately: boolean
}

/**
 * Who asks, in one statement by primary key. Nothing is cached, so a right that was taken back is gone with the next
 * request, in every process. A cookie that is no good any more makes an anonymous caller (who sees the sign-in page).
 *
 * @throws GraphQLError UNAUTHENTICATED for an API token that is no good: a program should hear it at once
 */
export async function authenticate(em: EntityManager, credentials: Credentials): Promise<Viewer | null> {
  if (credentials.bearer) return byToken(em, credentials.bearer)
  return credentials.session ? bySession(em, credentials.session) : null
}

async function bySession(em: EntityManager, text: string): Promise<Viewer | null> {
  const secret = readSecret(text, 'ses')
  const found =
    secret &&
    (await row<Found>(
      em,
      `select s.secret_hash, s.expires_at, a.uuid as account_id, a.name, ${GRANTS}, null as permissions,
         s.last_seen_at < now() - interval '1 minute' as not_seen_lately
       from session s join account a on a.uuid = s.account_id
       where s.uuid = $1 and s.ended_at is null and s.expires_at > now() and a.state = 'ACTIVE'`,
      [secret.uuid],
    ))
  if (!found || !timingSafeEqual(secret.hash, found.secret_hash)) return null
  if (found.not_seen_lately) await seen(em, 'session', 'last_seen_at', secret.uuid, found.account_id)
  return viewerFrom(found, { via: 'session', sessionId: secret.uuid })
}

async function byToken(em: EntityManager, text: string): Promise<Viewer> {
  const secret = readSecret(text, 'api')
  const found =
    secret &&
    (await row<Found>(
      em,
      `select t.secret_hash, t.expires_at, a.uuid as account_id, a.name, ${GRANTS}, t.permissions,
         coalesce(t.last_used_at < now() - interval '1 minute', true) as not_seen_lately
       from api_token t join account a on a.uuid = t.account_id
       where t.uuid = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > now()) and a.state = 'ACTIVE'`,
      [secret.uuid],
    ))
  if (!found || !timingSafeEqual(secret.hash, found.secret_hash)) {
    throw new GraphQLError('The API token is unknown, revoked or expired. Take a valid one.', {
      extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
    })
  }
  if (found.not_seen_lately) await seen(em, 'api_token', 'last_used_at', secret.uuid, found.account_id)
  return viewerFrom(found, { via: 'token', tokenId: secret.uuid })
}

function viewerFrom(found: Found, way: Pick<ViewerFacts, 'via' | 'sessionId' | 'tokenId'>): Viewer {
  const rights = rightsOf(found.grants, found.permissions ?? undefined)
  const expiresAt = found.expires_at === null ? null : new Date(found.expires_at)
  return makeViewer({ accountId: found.account_id, name: found.name, expiresAt, ...way }, rights)
}

async function seen(
  em: EntityManager,
  table: 'session' | 'api_token',
  column: string,
  uuid: string,
  accountId: string,
) {
  await rows(
    em,
    `with used as (update ${table} set ${column} = now() where uuid = $1) update account set last_seen_at = now() where uuid = $2`,
    [uuid, accountId],
  )
}

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
