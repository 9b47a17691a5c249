import type { EntityManager } from '@mikro-orm/postgresql'
import { uuidv7 } from '../kernel/noun.ts'
import { row, rows } from '../kernel/sql.ts'
import { LinkNotValid } from './refusals.ts'
import { mintSecret, readSecret } from './secret-text.ts'

export type LinkPurpose = 'SET_UP' | 'INVITATION' | 'SIGN_IN'

const LASTS: Record<LinkPurpose, string | null> = { SET_UP: null, INVITATION: '7 days', SIGN_IN: '1 hour' }

const PAGES: Record<LinkPurpose, string> = { SET_UP: 'setup', INVITATION: 'invitation', SIGN_IN: 'sign-in' }

const WORDS: Record<LinkPurpose, [what: string, instead: string]> = {
  SET_UP: ['set-up', 'The server prints a fresh one each time it starts, until somebody has set it up.'],
  INVITATION: ['invitation', 'Ask an administrator for a new one.'],
  SIGN_IN: ['sign-in', 'Sign in with login and password, or ask for a new one.'],
}

/**
 * Makes a link that works once and takes back those for the same purpose that are older than these seconds. Only its hash
 * is kept.
 */
async function createLink(
  em: EntityManager,
  purpose: LinkPurpose,
  accountId: string | null,
  olderThan = 0,
): Promise<string> {
  const uuid = uuidv7()
  const secret = mintSecret('lnk', uuid)
  await rows(
    em,
    `delete from one_time_link where purpose = $1 and account_id is not distinct from $2 and used_at is null
       and created_at <= now() - make_interval(secs => $3)`,
    [purpose, accountId, olderThan],
  )
  await rows(
    em,
    `insert into one_time_link (uuid, purpose, account_id, secret_hash, expires_at)
     values ($1, $2, $3, $4, now() + $5::interval)`,
    [uuid, purpose, accountId, secret.hash, LASTS[purpose]],
  )
  return secret.text
}

/**
 * For the one who first opens a fresh installation; null when it is set up. Call it at each start, with the seconds since
 * the program began: what was made since then is the link of another program that starts beside it on the same database,
 * and stays. Whichever is opened first sets up; then none opens anything.
 */
export async function createSetUpLink(em: EntityManager, secondsSinceStart = 0): Promise<string | null> {
  return (await isSetUp(em)) ? null : createLink(em, 'SET_UP', null, secondsSinceStart)
}

export function createInvitation(em: EntityManager, accountId: string): Promise<string> {
  return createLink(em, 'INVITATION', accountId)
}

/** For whoever runs the server itself (the demo prints one); lasts an hour. */
export function createSignInLink(em: EntityManager, accountId: string): Promise<string> {
  return createLink(em, 'SIGN_IN', accountId)
}

/** The address of the page that takes the link. */
export function linkUrl(publicUrl: string, purpose: LinkPurpose, token: string): string {
  return `${publicUrl}/${PAGES[purpose]}?token=${token}`
}

/**
 * Uses a link up, in the caller's transaction, and answers the account that it is for.
 *
 * @throws LinkNotValid when it is unknown, used, too old, or for another purpose
 */
export async function takeLink(em: EntityManager, purpose: LinkPurpose, token: string): Promise<string | null> {
  const secret = readSecret(token.trim(), 'lnk')
  const found =
    secret &&
    (await row<{ account_id: string | null }>(
      em,
      `update one_time_link set used_at = now()
       where uuid = $1 and secret_hash = $2 and purpose = $3 and used_at is null and (expires_at is null or expires_at > now())
       returning account_id`,
      [secret.uuid, secret.hash, purpose],
    ))
  if (!found) throw new LinkNotValid(...WORDS[purpose])
  return found.account_id
}

/** Whether somebody has opened the set-up link: from then on there is an account. */
export async function isSetUp(em: EntityManager): Promise<boolean> {
  return (await row(em, `select 1 from account limit 1`)) !== null
}
