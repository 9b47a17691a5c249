import type { EntityManager } from '@mikro-orm/postgresql'
import { GraphQLError } from 'graphql'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import { BadInput, Forbidden } from '../kernel/errors.ts'
import { record } from '../kernel/events.ts'
import { changed, move } from '../kernel/move.ts'
import { row, rows } from '../kernel/sql.ts'
import { Account } from './account.entity.ts'
import type {
  InstallationSetUpInput,
  InvitationAcceptInput,
  PasswordChangeInput,
  SignInInput,
} from './account.inputs.ts'
import { accountLifecycle } from './account.lifecycle.ts'
import { requireFreeLogin, requireName } from './account.rules.ts'
import { Grant } from './grant.entity.ts'
import { takeLink } from './one-time-link.ts'
import { hashPassword, isPassword, requireGoodPassword } from './password.ts'
import { LinkNotValid, WrongCredentials } from './refusals.ts'
import { beginSession } from './session.ts'

/** The first account: an administrator of the whole estate. Works once, by the printed link. */
export async function setUpInstallation(context: Context, input: InstallationSetUpInput): Promise<void> {
  const { em } = context
  await takeLink(em, 'SET_UP', input.token)
  // Programs that started at once have a link each; the account that one of them made closes the door.
  await rows(em, `lock table account in share row exclusive mode`)
  if (await row(em, `select 1 from account limit 1`))
    throw new LinkNotValid('set-up', 'This Waybill is set up: sign in.')
  const login = await requireFreeLogin(em, input.login)
  const name = requireName(input.name)
  requireGoodPassword(input.password, login, 'password')
  const account = em.create(Account, { login, name, state: 'ACTIVE', passwordHash: await hashPassword(input.password) })
  em.create(Grant, { accountId: account.uuid, role: 'ADMIN', scopeId: null })
  await changed(
    em,
    account,
    'set up the installation',
    { by: account.uuid, reason: input.reason },
    { to: account.state },
  )
  await enter(context, account)
}

export async function acceptInvitation(context: Context, input: InvitationAcceptInput): Promise<void> {
  const { em } = context
  const account = await accountOfLink(em, 'INVITATION', input.token)
  requireGoodPassword(input.password, account.login, 'password')
  account.passwordHash = await hashPassword(input.password)
  await move(em, account, accountLifecycle, 'activate', { by: account.uuid, reason: input.reason })
  await enter(context, account)
}

/** @throws WrongCredentials alike for an unknown login, a wrong password and a disabled account, after equal time */
export async function signIn(context: Context, { login, password }: SignInInput): Promise<void> {
  const { em, services } = context
  const account = await services.accounts.signIns.guard(login, callerOf(context).address, async () => {
    const [found] = await em.find(Account, { login: login.trim().toLowerCase() }, { limit: 1 })
    const right = await isPassword(found?.passwordHash, password)
    if (!found || !right || found.state !== 'ACTIVE') throw new WrongCredentials('password')
    return found
  })
  await enter(context, account)
}

export async function signInWithLink(context: Context, token: string): Promise<void> {
  const account = await accountOfLink(context.em, 'SIGN_IN', token)
  await enter(context, account)
}

export async function signOut(context: Context): Promise<void> {
  const viewer = viewerOf(context)
  if (!viewer.sessionId) throw new Forbidden('Only a session can be signed out; a token is revoked instead.')
  await endSessions(context.em, viewer.accountId, [viewer.sessionId])
  context.caller?.clearSession()
}

/** Ends all other sessions of the account too. */
export async function changePassword(context: Context, input: PasswordChangeInput): Promise<Account> {
  const { em, services } = context
  const viewer = viewerOf(context)
  if (viewer.via !== 'session') throw new Forbidden('A password is changed by its owner in a session, not by a token.')
  const account = await em.findOneOrFail(Account, viewer.accountId)
  await services.accounts.signIns.guard(account.login, context.caller?.address ?? '', async () => {
    if (!(await isPassword(account.passwordHash, input.current))) throw new WrongCredentials('current')
  })
  requireGoodPassword(input.next, account.login, 'next')
  account.passwordHash = await hashPassword(input.next)
  await changed(em, account, 'change password', { by: account.uuid, reason: input.reason })
  const others = await rows<{ uuid: string }>(
    em,
    `select uuid from session where account_id = $1 and uuid is distinct from $2 and ended_at is null`,
    [account.uuid, viewer.sessionId ?? null],
  )
  await endSessions(
    em,
    account.uuid,
    others.map(({ uuid }) => uuid),
  )
  return account
}

/** Begins a session, for the rest of this request too. */
async function enter(context: Context, account: Account): Promise<void> {
  const caller = callerOf(context)
  const { secret, expiresAt, viewer } = await beginSession(context.em, account, context.services.accounts.sessionHours)
  caller.setSession(secret, expiresAt)
  context.viewer = viewer
}

function callerOf(context: Context) {
  if (context.caller) return context.caller
  throw new GraphQLError('Signing in and out goes over HTTP, where the session cookie can be set.', {
    extensions: { code: 'BAD_REQUEST' },
  })
}

async function accountOfLink(em: EntityManager, purpose: 'INVITATION' | 'SIGN_IN', token: string): Promise<Account> {
  const uuid = await takeLink(em, purpose, token)
  const account = await em.findOneOrFail(Account, uuid!)
  const wanted = purpose === 'INVITATION' ? 'INVITED' : 'ACTIVE'
  if (account.state !== wanted)
    throw new BadInput(`The account ${account.login} is ${account.state}.`, { field: ['token'] })
  return account
}

async function endSessions(em: EntityManager, accountId: string, sessionIds: string[]): Promise<void> {
  if (sessionIds.length === 0) return
  await rows(em, `update session set ended_at = now() where uuid = any($1::uuid[])`, [sessionIds])
  await record(em, {
    topic: 'account.revoked',
    subject: accountId,
    scopeIds: [],
    actor: accountId,
    payload: { sessionIds },
  })
}
