import type { EntityClass } from '@mikro-orm/postgresql'
import { reaches, viewerOf } from '../kernel/authorize.ts'
import { byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import type { Noun } from '../kernel/noun.ts'
import { rows } from '../kernel/sql.ts'
import { type Account } from './account.entity.ts'
import { accountsByUuid } from './account.fields.ts'
import { ApiToken } from './api-token.entity.ts'
import { defaultViewsByUuid } from './default-view.reads.ts'
import { Grant } from './grant.entity.ts'
import { SavedView } from './saved-view.entity.ts'

/** What `node(id)` answers for accounts, grants, API tokens, saved views and what lists open with: as much as the lists show. */
export const accountNodeLoaders = { acc: accounts, grt: grants, tok: tokens, sav: savedViews, dfv: defaultViewsByUuid }

async function accounts(context: Context, uuids: string[]): Promise<Map<string, Account>> {
  const found = await accountsByUuid(context.em, uuids)
  return new Map([...found].filter(([, account]) => isSeen(context, account)))
}

async function grants(context: Context, uuids: string[]): Promise<Map<string, Grant>> {
  const found = await byUuid(context, Grant, 'account_grant', uuids)
  const owners = await accountsByUuid(
    context.em,
    [...found.values()].map(({ accountId }) => accountId),
  )
  return new Map([...found].filter(([, { accountId }]) => isSeen(context, owners.get(accountId)!)))
}

async function tokens(context: Context, uuids: string[]): Promise<Map<string, ApiToken>> {
  const viewer = viewerOf(context)
  const found = await byUuid(context, ApiToken, 'api_token', uuids)
  const own = viewer.reach('token.own').length > 0
  return new Map([...found].filter(([, { accountId }]) => own && accountId === viewer.accountId))
}

async function savedViews(context: Context, uuids: string[]): Promise<Map<string, SavedView>> {
  const viewer = viewerOf(context)
  const found = await byUuid(context, SavedView, 'saved_view', uuids)
  const may = viewer.reach('view.own').length > 0
  return new Map([...found].filter(([, { accountId, shared }]) => may && (shared || accountId === viewer.accountId)))
}

function isSeen(context: Context, account: Account): boolean {
  const viewer = viewerOf(context)
  return account.uuid === viewer.accountId || reaches(viewer, 'account.read', account.scopeIds)
}

async function byUuid<T extends Noun>({ em }: Context, entity: EntityClass<T>, table: string, uuids: string[]) {
  const found = await rows<object>(em, `select * from ${table} where uuid = any($1::uuid[])`, [uuids])
  return byKey(lean(em, entity, found), ({ uuid }) => uuid)
}
