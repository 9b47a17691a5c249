import { LockMode } from '@mikro-orm/core'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Services, Viewer } from '../kernel/context.ts'
import { BadInput, Forbidden, NotFound } from '../kernel/errors.ts'
import { record } from '../kernel/events.ts'
import type { IdInput, MoveInput } from '../kernel/mutation.ts'
import { changed, expectVersion, move } from '../kernel/move.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { rows } from '../kernel/sql.ts'
import { Account } from './account.entity.ts'
import type { AccountCreateInput, GrantCreateInput } from './account.inputs.ts'
import { accountLifecycle } from './account.lifecycle.ts'
import { requireFreeLogin, requireGrantable, requireName, requireOtherAdmin } from './account.rules.ts'
import { Grant } from './grant.entity.ts'
import { createInvitation, linkUrl } from './one-time-link.ts'
import type { Role } from './permissions.ts'

const MOST_GRANTS = 50

/** Prepares an account; the person takes it over by the invitation. */
export async function createAccount(
  em: EntityManager,
  services: Services,
  input: AccountCreateInput,
  viewer: Viewer,
): Promise<{ account: Account; invitationUrl: string }> {
  const wanted = input.grants ?? []
  if (wanted.length > MOST_GRANTS)
    throw new BadInput(`An account begins with at most ${MOST_GRANTS} grants.`, { field: ['grants'] })
  const account = em.create(Account, { login: await requireFreeLogin(em, input.login), name: requireName(input.name) })
  for (const { role, scopeId } of wanted) {
    await give(em, services, account, { role, scopeId: scopeOf(scopeId, ['grants', 'scopeId']) }, viewer)
  }
  if (wanted.length === 0 && viewer.reach('account.manage') !== 'estate') {
    throw new BadInput('Give a role within your scope: without one the account would be out of your sight.', {
      field: ['grants'],
    })
  }
  await updateScopes(em, account)
  await changed(em, account, 'invite', { by: viewer.accountId, reason: input.reason }, { to: account.state })
  const token = await createInvitation(em, account.uuid)
  return { account, invitationUrl: linkUrl(services.accounts.publicUrl(), 'INVITATION', token) }
}

/** Ends everything that the account could still do: sessions, tokens, links. */
export async function disableAccount(em: EntityManager, input: MoveInput, viewer: Viewer): Promise<Account> {
  const account = await visibleAccount(em, uuidOf(input.id, 'acc'), viewer, LockMode.PESSIMISTIC_WRITE)
  expectVersion(account, input.expectedVersion)
  if (viewer.reach('account.manage') !== 'estate') {
    throw new Forbidden(`${viewer.name} may not disable ${account.name}: accounts are disabled for the whole estate.`, {
      rule: 'account.manage',
      itemId: account.id,
    })
  }
  await requireOtherAdmin(em, account)
  await move(em, account, accountLifecycle, 'disable', { by: viewer.accountId, reason: input.reason })
  await rows(em, `update session set ended_at = now() where account_id = $1 and ended_at is null`, [account.uuid])
  await rows(em, `update api_token set revoked_at = now() where account_id = $1 and revoked_at is null`, [account.uuid])
  await rows(em, `delete from one_time_link where account_id = $1 and used_at is null`, [account.uuid])
  await revoked(em, account, viewer)
  return account
}

export async function grantRole(
  em: EntityManager,
  services: Services,
  input: GrantCreateInput,
  viewer: Viewer,
): Promise<Account> {
  // Whoever may give a role may name anybody: the account is not in sight of a scoped administrator before the grant.
  const uuid = uuidOf(input.accountId, 'acc', ['accountId'])
  const account = await em.findOne(Account, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE })
  if (!account) throw new NotFound('account', input.accountId, ['accountId'])
  if (account.state === 'DISABLED')
    throw new BadInput(`${account.name} is disabled.`, { field: ['accountId'], itemId: account.id })
  const scopeId = scopeOf(input.scopeId, ['scopeId'])
  await give(em, services, account, { role: input.role, scopeId }, viewer)
  await updateScopes(em, account)
  await changed(
    em,
    account,
    `grant ${input.role}`,
    { by: viewer.accountId, reason: input.reason },
    {
      changes: { role: input.role, scopeId: input.scopeId ?? null },
    },
  )
  return account
}

export async function revokeGrant(em: EntityManager, input: IdInput, viewer: Viewer): Promise<Account> {
  const grant = await em.findOne(Grant, uuidOf(input.id, 'grt'))
  const account = grant && (await em.findOne(Account, grant.accountId, { lockMode: LockMode.PESSIMISTIC_WRITE }))
  if (!grant || !account) throw new NotFound('grant', input.id)
  requireGrantable(viewer, grant.role, grant.scopeId)
  if (grant.role === 'ADMIN' && grant.scopeId === null) await requireOtherAdmin(em, account)
  em.remove(grant)
  await updateScopes(em, account)
  await changed(
    em,
    account,
    `revoke ${grant.role}`,
    { by: viewer.accountId, reason: input.reason },
    {
      changes: { role: grant.role, scopeId: grant.scopeId && toNodeId('ci', grant.scopeId) },
    },
  )
  await revoked(em, account, viewer)
  return account
}

/** Whether the viewer sees an account in lists: it is their own, or a grant of it lies within their reach. */
export async function visibleAccount(
  em: EntityManager,
  uuid: string,
  viewer: Viewer,
  lockMode: LockMode = LockMode.NONE,
): Promise<Account> {
  const account = await em.findOne(Account, uuid, { lockMode })
  const reach = viewer.reach('account.read')
  const seen =
    account && (reach === 'estate' || uuid === viewer.accountId || account.scopeIds.some((id) => reach.includes(id)))
  if (!seen) throw new NotFound('account', toNodeId('acc', uuid))
  return account
}

async function give(
  em: EntityManager,
  services: Services,
  account: Account,
  { role, scopeId }: { role: Role; scopeId: string | null },
  viewer: Viewer,
): Promise<void> {
  requireGrantable(viewer, role, scopeId)
  if (scopeId && !(await services.accounts.knownScopes(em, [scopeId])).includes(scopeId)) {
    throw new NotFound('item', toNodeId('ci', scopeId), ['scopeId'])
  }
  const same = { accountId: account.uuid, role, scopeId }
  if (await em.findOne(Grant, same)) {
    throw new BadInput(`${account.name} has this role ${scopeId ? 'in this scope' : 'in the whole estate'} already.`, {
      field: ['role'],
    })
  }
  em.create(Grant, { ...same, grantedById: viewer.via === 'system' ? null : viewer.accountId })
  await em.flush()
}

/** An account is seen through the scopes of its grants; with a grant on the whole estate, by those who have one too. */
async function updateScopes(em: EntityManager, account: Account): Promise<void> {
  await em.flush()
  const grants = await em.find(Grant, { accountId: account.uuid })
  const scopes = grants.map(({ scopeId }) => scopeId)
  account.scopeIds = scopes.includes(null) ? [] : [...new Set(scopes as string[])].toSorted()
  account.updatedAt = new Date()
}

function scopeOf(id: string | null | undefined, field: string[]): string | null {
  return id ? uuidOf(id, 'ci', field) : null
}

/** Closes the sockets of the account; they come back with the rights that are left. */
async function revoked(em: EntityManager, account: Account, viewer: Viewer): Promise<void> {
  await record(em, {
    topic: 'account.revoked',
    subject: account.uuid,
    scopeIds: [],
    actor: viewer.accountId,
    payload: {},
  })
}
