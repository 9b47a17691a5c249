import type { EntityClass } from '@mikro-orm/postgresql'
import { Account } from './account/account.entity.ts'
import { ApiToken } from './account/api-token.entity.ts'
import { Grant } from './account/grant.entity.ts'
import { AuditEntry } from './audit/audit-entry.entity.ts'

/** Every class that is a table. */
export const entities: EntityClass<object>[] = [Account, ApiToken, Grant, AuditEntry]
