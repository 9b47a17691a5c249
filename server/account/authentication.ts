/** Who asks: looked up for each request, and with one statement for those who come at the same time. */
import { timingSafeEqual } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import { GraphQLError } from 'graphql'
import { byKey } from '../kernel/batch.ts'
import { BoundedMap } from '../kernel/bounded-map.ts'
import type { Viewer } from '../kernel/context.ts'
import { LOG_STATE, type LogState } from '../kernel/event-log.ts'
import { prepared } from '../kernel/prepared.ts'
import { sharedLooks } from '../kernel/shared-looks.ts'
import { rows } from '../kernel/sql.ts'
import { readSecret } from './secret-text.ts'
import { makeViewer, rightsOf, type GrantedRole, type Rights, type ViewerFacts } from './viewer.ts'

/** What a request brings along. */
export interface Credentials {
  /** Secret of a session, from the cookie. */
  session?: string | null
  /** API token, from `Authorization: Bearer …`. */
  bearer?: string | null
}

/**
 * Who asks. Nothing is cached: what answers a request was read after it came, so a right that was taken back is gone with
 * the next one, in every process. A cookie that is no good any more makes an anonymous caller (who sees the sign-in page).
 *
 * @throws GraphQLError UNAUTHENTICATED for an API token that is no good: a program should hear it at once
 */
export type Authenticate = (credentials: Credentials) => Promise<Authenticated | null>

export interface Authenticated {
  viewer: Viewer
  /** The log when that was looked up: after the request came. */
  log: LogState
}

const RIGHTS = 1_000 // different sets of grants that are kept

const GRANTS = `coalesce((select jsonb_agg(jsonb_build_object('role', g.role, 'scopeId', g.scope_id) order by g.uuid)::text
  from account_grant g where g.account_id = a.uuid), '[]') as grants`

const SESSIONS =
  prepared(`select s.uuid, s.secret_hash, s.expires_at, a.uuid as account_id, a.name, ${GRANTS}, null as permissions,
    s.last_seen_at < now() - interval '1 minute' as not_seen_lately, log.head, log.waiting
  from session s join account a on a.uuid = s.account_id cross join (${LOG_STATE}) log
  where s.uuid = any($1::uuid[]) and s.ended_at is null and s.expires_at > now() and a.state = 'ACTIVE'`)

const TOKENS =
  prepared(`select t.uuid, t.secret_hash, t.expires_at, a.uuid as account_id, a.name, ${GRANTS}, t.permissions,
    coalesce(t.last_used_at < now() - interval '1 minute', true) as not_seen_lately,
    log.head, log.waiting
  from api_token t join account a on a.uuid = t.account_id cross join (${LOG_STATE}) log
  where t.uuid = any($1::uuid[]) and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())
    and a.state = 'ACTIVE'`)

interface Found {
  uuid: string
  secret_hash: Buffer
  expires_at: Date | string | null
  account_id: string
  name: string
  /** `GrantedRole[]` as JSON. */
  grants: string
  permissions: string[] | null
  not_seen_lately: boolean
  head: string
  waiting: boolean
}

export function createAuthentication(em: EntityManager): Authenticate {
  // Statements alone: no entity comes into it, so one does for all.
  const own = em.fork()
  const looks = (text: string) =>
    sharedLooks(async (uuids) => byKey(await rows<Found>(own, text, [uuids]), ({ uuid }) => uuid))
  const ways = {
    ses: { found: looks(SESSIONS), table: 'session', column: 'last_seen_at' },
    api: { found: looks(TOKENS), table: 'api_token', column: 'last_used_at' },
  }
  // What grants add up to depends on nothing else, so equal ones are not added up again.
  const known = new BoundedMap<string, Rights>(RIGHTS)

  function rightsFor({ grants, permissions }: Found): Rights {
    const key = `${grants} ${permissions?.join() ?? 'all'}`
    const before = known.get(key)
    if (before) return before
    const rights = rightsOf(JSON.parse(grants) as GrantedRole[], permissions ?? undefined)
    known.set(key, rights)
    return rights
  }

  function authenticated(found: Found, way: Pick<ViewerFacts, 'via' | 'sessionId' | 'tokenId'>): Authenticated {
    const expiresAt = found.expires_at === null ? null : new Date(found.expires_at)
    return {
      viewer: makeViewer({ accountId: found.account_id, name: found.name, expiresAt, ...way }, rightsFor(found)),
      log: { head: Number(found.head), waiting: found.waiting },
    }
  }

  async function find(kind: 'ses' | 'api', text: string): Promise<Found | null> {
    const { found: lookUp, table, column } = ways[kind]
    const secret = readSecret(text, kind)
    const found = secret && (await lookUp(secret.uuid))
    if (!found || !timingSafeEqual(secret.hash, found.secret_hash)) return null
    if (found.not_seen_lately) {
      await rows(
        own,
        `with used as (update ${table} set ${column} = now() where uuid = $1) update account set last_seen_at = now() where uuid = $2`,
        [secret.uuid, found.account_id],
      )
    }
    return found
  }

  return async ({ bearer, session }) => {
    if (bearer) {
      const found = await find('api', bearer)
      if (found) return authenticated(found, { via: 'token', tokenId: found.uuid })
      throw new GraphQLError('The API token is unknown, revoked or expired. Take a valid one.', {
        extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } },
      })
    }
    const found = session ? await find('ses', session) : null
    return found && authenticated(found, { via: 'session', sessionId: found.uuid })
  }
}
