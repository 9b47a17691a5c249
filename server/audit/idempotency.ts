import { createHash } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import canonicalize from 'canonicalize'
import type { ErrorCode } from '../kernel/error-codes.ts'
import { BadInput, Refusal } from '../kernel/errors.ts'
import { row, rows } from '../kernel/sql.ts'
import type { AuditedCall } from './audit.service.ts'
import type { KeptAnswer } from './answer.ts'

/** The key was used for something else. */
export class IdempotencyKeyReused extends Refusal {
  static override code: ErrorCode = 'IDEMPOTENCY_KEY_REUSED'
}

const LONGEST = 200 // characters
const KEPT = '24 hours'

/**
 * The answer that an earlier call with the same key got, or null when this is the first one. A second call at the same
 * time waits here until the first one has committed. Who is not signed in has no keys: set-up and links happen once
 * anyway, and two sign-ins are two sessions.
 *
 * @throws IdempotencyKeyReused when the earlier call was another one
 */
export async function earlierAnswer(em: EntityManager, call: AuditedCall): Promise<KeptAnswer | null> {
  const use = useOf(call)
  if (!use) return null
  await rows(em, `select pg_advisory_xact_lock(hashtextextended($1, 7296002))`, [`${use.accountId} ${use.key}`])
  const found = await row<{ mutation: string; input_hash: Buffer; answer: KeptAnswer }>(
    em,
    `select mutation, input_hash, answer from idempotency_key
     where account_id = $1 and key = $2 and created_at > now() - interval '${KEPT}'`,
    [use.accountId, use.key],
  )
  if (!found) return null
  if (found.mutation === call.mutation && use.inputHash.equals(found.input_hash)) return found.answer
  throw new IdempotencyKeyReused(
    `The idempotency key "${use.key}" was used before, for ` +
      (found.mutation === call.mutation ? `${call.mutation} with another input.` : `${found.mutation}.`) +
      ` Take a new key for something new.`,
    { field: ['idempotencyKey'], rule: 'idempotency', evidence: { mutation: found.mutation } },
  )
}

/** Keeps the answer for later calls with the same key; forgets some old ones on the way. */
export async function keepForLater(em: EntityManager, call: AuditedCall, answer: KeptAnswer): Promise<void> {
  const use = useOf(call)
  if (!use) return
  await rows(
    em,
    `insert into idempotency_key (account_id, key, mutation, input_hash, answer) values ($1, $2, $3, $4, $5::jsonb)
     on conflict (account_id, key) do update set mutation = excluded.mutation, input_hash = excluded.input_hash,
       answer = excluded.answer, created_at = now()`,
    [use.accountId, use.key, call.mutation, use.inputHash, JSON.stringify(answer)],
  )
  await rows(
    em,
    `delete from idempotency_key where ctid = any(array(
       select ctid from idempotency_key where created_at < now() - interval '${KEPT}' limit 20 for update skip locked))`,
  )
}

function useOf({ context, input }: AuditedCall) {
  const { idempotencyKey: key, ...rest } = input
  if (key == null || !context.viewer || context.viewer.via === 'system') return null
  if (typeof key !== 'string' || key.length < 1 || key.length > LONGEST) {
    throw new BadInput(`An idempotency key has 1 to ${LONGEST} characters.`, { field: ['idempotencyKey'] })
  }
  const text = canonicalize(
    JSON.parse(JSON.stringify(rest, (_, value) => (typeof value === 'bigint' ? String(value) : value))),
  )
  return { accountId: context.viewer.accountId, key, inputHash: createHash('sha256').update(text!).digest() }
}
