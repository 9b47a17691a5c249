/**
 * The hash chain of the audit log. Each entry gets the next number and
 *
 *   hash = SHA-256 of ‹hash of the entry before› ‖ ‹canonical JSON (RFC 8785) of the entry with its number›, in hex
 *
 * The single writer is the tick of the sequencer; writing an entry takes no lock for it. The newest link stands in
 * `audit_head`, so that a log cut short at its end is noticed too. Who may rewrite the whole database can rewrite the
 * whole chain: against that helps only a head kept elsewhere, which `npm run audit:verify` prints and takes.
 */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** What of a database client is needed; that of `pg` fits. */
export interface Queryable {
  query<R extends object>(text: string, values?: unknown[]): Promise<{ rows: R[] }>
}

export interface ChainHead {
  seq: number
  hash: string
}

/** Before the first entry. */
export const GENESIS: ChainHead = { seq: 0, hash: '0'.repeat(64) }

/** SQL condition: there is something to chain. */
export const CHAIN_PENDING = `exists (select 1 from audit_entry where seq is null)`

const BATCH = 1_000 // entries of one tick

/**
 * An entry as it is hashed: all of its columns as text that PostgreSQL gives alike at all times, whatever the time zone
 * of the session.
 */
export const CONTENT = `jsonb_build_object(
  'uuid', uuid, 'at', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'actorId', actor_uuid,
  'actor', actor, 'mutation', mutation, 'outcome', outcome, 'code', code, 'message', message, 'reason', reason,
  'subjectId', subject_id, 'scopeIds', scope_ids, 'input', input::text, 'requestId', request_id)`

export function linkHash(before: string, seq: number, content: object): string {
  return createHash('sha256')
    .update(before)
    .update(canonicalize({ ...content, seq })!)
    .digest('hex')
}

/**
 * Chains what has been written since, in the caller's transaction (`sequencer.inEachTick(chainPending, CHAIN_PENDING)`).
 * Answers how many entries it took.
 */
export async function chainPending(client: Queryable): Promise<number> {
  const pending = await client.query<{ uuid: string; content: object }>(
    `select uuid, ${CONTENT} as content from audit_entry where seq is null order by created_at, uuid limit ${BATCH}`,
  )
  if (pending.rows.length === 0) return 0
  await client.query(`insert into audit_head (seq, hash) values ($1, $2) on conflict do nothing`, [
    GENESIS.seq,
    GENESIS.hash,
  ])
  const [head] = (await client.query<{ seq: string; hash: string }>(`select seq, hash from audit_head for update`)).rows
  let { seq, hash } = { seq: Number(head!.seq), hash: head!.hash }
  const links = pending.rows.map(({ uuid, content }) => {
    seq += 1
    hash = linkHash(hash, seq, content)
    return { uuid, seq, hash }
  })
  await client.query(
    `update audit_entry e set seq = n.seq, hash = n.hash
     from unnest($1::uuid[], $2::bigint[], $3::text[]) as n(uuid, seq, hash) where e.uuid = n.uuid`,
    [links.map(({ uuid }) => uuid), links.map((link) => link.seq), links.map((link) => link.hash)],
  )
  await client.query(`update audit_head set seq = $1, hash = $2`, [seq, hash])
  return links.length
}
