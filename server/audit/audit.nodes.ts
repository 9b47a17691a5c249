import { scopeCondition, viewerOf } from '../kernel/authorize.ts'
import { byKey } from '../kernel/batch.ts'
import type { Context } from '../kernel/context.ts'
import { lean } from '../kernel/lean.ts'
import { rows } from '../kernel/sql.ts'
import { AuditEntry } from './audit-entry.entity.ts'

/** What `node(id)` answers for audit entries: as much as the list shows. */
export const auditNodeLoaders = { aud: entries }

async function entries(context: Context, uuids: string[]): Promise<Map<string, AuditEntry>> {
  const values: unknown[] = [uuids]
  const scope = scopeCondition(viewerOf(context), 'audit.read', 'e.scope_ids', values)
  const where = `e.uuid = any($1::uuid[])${scope ? ` and ${scope}` : ''}`
  const found = await rows<object>(context.em, `select e.* from audit_entry e where ${where}`, values)
  return byKey(lean(context.em, AuditEntry, found), ({ uuid }) => uuid)
}
