import type { EntityManager } from '@mikro-orm/postgresql'
import type { Context } from '../kernel/context.ts'
import { rows } from '../kernel/sql.ts'
import type { AuditOutcome } from './audit-entry.entity.ts'
import { redacted, storable } from './redact.ts'

/** One mutation field as it came in. */
export interface AuditedCall {
  context: Context
  mutation: string
  /** As sent, with secrets. */
  input: Record<string, unknown>
  /** UUID of the audit entry: known beforehand, so that one call cannot get two entries. */
  entryId: string
}

export interface AuditedResult {
  outcome: AuditOutcome
  code?: string | null
  message?: string | null
  /** Global id of what it was about. */
  subjectId?: string | null
  scopeIds?: readonly string[]
}

/** Writes the entry, in the transaction of `em` when there is one; a second entry for the same call is left out. */
export async function writeEntry(em: EntityManager, call: AuditedCall, result: AuditedResult): Promise<void> {
  const { viewer, requestId } = call.context
  const reason = typeof call.input.reason === 'string' ? storable(call.input.reason) : null
  await rows(
    em,
    `insert into audit_entry
       (uuid, actor_uuid, actor, mutation, outcome, code, message, reason, subject_id, scope_ids, input, request_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::uuid[], $11::jsonb, $12) on conflict (uuid) do nothing`,
    [
      call.entryId,
      viewer && viewer.via !== 'system' ? viewer.accountId : null,
      viewer?.name ?? 'nobody signed in',
      call.mutation,
      result.outcome,
      result.code ?? null,
      result.message ? storable(result.message) : null,
      reason,
      result.subjectId ?? null,
      result.scopeIds ?? [],
      JSON.stringify(redacted(call.input)),
      requestId,
    ],
  )
}
