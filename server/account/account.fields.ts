import type { EntityManager } from '@mikro-orm/postgresql'
import { batch, byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { rows } from '../kernel/sql.ts'
import { Account } from './account.entity.ts'

/** Accounts by UUID, in one statement. Names of people are no secret from those who see their work. */
export async function accountsByUuid(em: EntityManager, uuids: readonly string[]): Promise<Map<string, Account>> {
  const found = await rows<object>(em, `select * from account where uuid = any($1::uuid[])`, [uuids])
  return byKey(lean(em, Account, found), (account) => account.uuid)
}

/**
 * For field resolvers that answer who did something (`owner`, `startedBy`): all of one level in one statement; null for
 * Waybill itself.
 */
export async function accountField(context: Context, uuid: string | null | undefined): Promise<Account | null> {
  return uuid ? batch(context, 'account', uuid, (uuids) => accountsByUuid(context.em, uuids)) : null
}
