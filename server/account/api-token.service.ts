import { LockMode } from '@mikro-orm/core'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { BadInput, Forbidden, NotFound } from '../kernel/errors.ts'
import { record } from '../kernel/events.ts'
import type { IdInput } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { uuidv7 } from '../kernel/noun.ts'
import type { ApiTokenCreateInput } from './account.inputs.ts'
import { requireName } from './account.rules.ts'
import { ApiToken } from './api-token.entity.ts'
import { isPermission, permissions } from './permissions.ts'
import { NotYoursToGrant } from './refusals.ts'
import { mintSecret } from './secret-text.ts'

const LONGEST_LIFE = 3_650 // days
const MOST_TOKENS = 100 // of one account, not revoked

/** A token for the caller's own account, with some of the permissions that the caller has in this request. */
export async function createApiToken(
  em: EntityManager,
  input: ApiTokenCreateInput,
  viewer: Viewer,
): Promise<{ apiToken: ApiToken; secret: string }> {
  if (viewer.via === 'system') throw new Forbidden('Waybill itself needs no token.')
  const days = input.expiresInDays
  if (days != null && (days < 1 || days > LONGEST_LIFE)) {
    throw new BadInput(`A token lives 1 to ${LONGEST_LIFE} days.`, { field: ['expiresInDays'] })
  }
  if ((await em.count(ApiToken, { accountId: viewer.accountId, revokedAt: null })) >= MOST_TOKENS) {
    throw new BadInput(`An account has at most ${MOST_TOKENS} tokens. Revoke one that is not used.`, {
      rule: 'number of tokens',
    })
  }
  const uuid = uuidv7()
  const secret = mintSecret('api', uuid)
  const apiToken = em.create(ApiToken, {
    uuid,
    accountId: viewer.accountId,
    name: requireName(input.name),
    secretHash: secret.hash,
    permissions: scopesOf(input.permissions, viewer),
    // What a token makes does not outlive it.
    expiresAt: earliest(
      days == null ? null : new Date(Date.now() + days * 86_400_000),
      viewer.via === 'token' ? viewer.expiresAt : null,
    ),
  })
  await em.flush()
  return { apiToken, secret: secret.text }
}

function scopesOf(wanted: string[] | null | undefined, viewer: Viewer): string[] {
  const held = Object.keys(permissions).filter((permission) => viewer.reach(permission).length > 0)
  if (!wanted) return held
  const unknown = wanted.find((permission) => !isPermission(permission))
  if (unknown !== undefined)
    throw new BadInput(`"${unknown.slice(0, 80)}" is no permission.`, { field: ['permissions'] })
  const missing = wanted.filter((permission) => !held.includes(permission))
  if (missing.length > 0) {
    throw new NotYoursToGrant(`A token can do no more than its owner: ${viewer.name} has no ${missing.join(', ')}.`, {
      field: ['permissions'],
      rule: 'no escalation',
      evidence: { missing },
    })
  }
  if (wanted.length === 0) throw new BadInput('A token without permissions can do nothing.', { field: ['permissions'] })
  return [...new Set(wanted)]
}

function earliest(one: Date | null, other: Date | null | undefined): Date | null {
  if (!one || !other) return one ?? other ?? null
  return one < other ? one : other
}

/** Revokes a token of one's own, or, with the right to manage accounts of the whole estate, anybody's. */
export async function revokeApiToken(em: EntityManager, input: IdInput, viewer: Viewer): Promise<ApiToken> {
  const apiToken = await em.findOne(ApiToken, uuidOf(input.id, 'tok'), { lockMode: LockMode.PESSIMISTIC_WRITE })
  const mine = apiToken?.accountId === viewer.accountId
  if (!apiToken || !(mine || viewer.reach('account.manage') === 'estate')) throw new NotFound('API token', input.id)
  if (apiToken.revokedAt)
    throw new BadInput(`The token ${apiToken.name} is revoked already.`, { field: ['id'], itemId: apiToken.id })
  apiToken.revokedAt = new Date()
  await em.flush()
  await record(em, {
    topic: 'account.revoked',
    subject: apiToken.accountId,
    scopeIds: [],
    actor: viewer.accountId,
    payload: { tokenIds: [apiToken.uuid] },
  })
  return apiToken
}
