import { LockMode, type EntityManager } from '@mikro-orm/postgresql'
import type { Viewer } from '../kernel/context.ts'
import { NotFound } from '../kernel/errors.ts'
import { changed, expectVersion, move } from '../kernel/move.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { row, rows } from '../kernel/sql.ts'
import { becauseOf } from '../item/item.service.ts'
import type { HostKeyVerdict, ShownHostKey } from './adapters/adapter.ts'
import { HostKey } from './host-key.entity.ts'
import { hostKeyLifecycle } from './host-key.lifecycle.ts'

/** What was decided about a key that a host shows now; a new one is kept, and nothing is ever trusted by itself. */
export function judgeHostKey(em: EntityManager, productId: string, shown: ShownHostKey): Promise<HostKeyVerdict> {
  return em.fork().transactional(async (em) => {
    await lockHost(em, productId, shown.host)
    const known = await em.find(HostKey, { productId, host: shown.host }, { refresh: true })
    const approved = known.find(({ state }) => state === 'APPROVED')
    const key = known.find(({ fingerprint }) => fingerprint === shown.fingerprint)
    const { state } = key ?? (await firstSeen(em, productId, shown, approved !== undefined))
    // Not a change of the key: its version stays.
    await rows(
      em,
      'update host_key set last_seen_at = now(), address = $3 where product_id = $1 and fingerprint = $2 and host = $4',
      [productId, shown.fingerprint, shown.address, shown.host],
    )
    return { state, ...(approved ? { approved: approved.fingerprint } : {}) }
  })
}

async function firstSeen(
  em: EntityManager,
  productId: string,
  shown: ShownHostKey,
  differs: boolean,
): Promise<HostKey> {
  const { host, address, type, fingerprint } = shown
  const key = Object.assign(new HostKey(), { productId, host, address, type, fingerprint })
  await changed(em, key, 'first seen', { by: null })
  if (differs) await move(em, key, hostKeyLifecycle, 'differ', { by: null, reason: 'Another key is approved.' })
  return key
}

/** Trusts the host by this key and by no other. */
export async function approveHostKey(em: EntityManager, input: MoveInput, viewer: Viewer): Promise<HostKey> {
  const key = await lockKey(em, input)
  const because = becauseOf(viewer, input.reason)
  const others = await em.find(HostKey, { productId: key.productId, host: key.host, uuid: { $ne: key.uuid } })
  const replaced = { ...because, reason: `${key.fingerprint} was approved instead.` }
  // The one that was approved first, as there may be only one at any moment.
  for (const other of others) {
    if (other.state === 'APPROVED') await move(em, other, hostKeyLifecycle, 'replace', replaced)
    if (other.state === 'PENDING') await move(em, other, hostKeyLifecycle, 'differ', replaced)
  }
  Object.assign(key, { decidedBy: because.by, decidedAt: new Date() })
  await move(em, key, hostKeyLifecycle, 'approve', because)
  return key
}

/** Refuses the host whenever it shows this key. */
export async function rejectHostKey(em: EntityManager, input: MoveInput, viewer: Viewer): Promise<HostKey> {
  const key = await lockKey(em, input)
  const because = becauseOf(viewer, input.reason)
  Object.assign(key, { decidedBy: because.by, decidedAt: new Date() })
  await move(em, key, hostKeyLifecycle, 'reject', because)
  return key
}

async function lockKey(em: EntityManager, { id, expectedVersion }: MoveInput): Promise<HostKey> {
  const uuid = uuidOf(id, 'hky')
  const found = await row<{ product_id: string; host: string }>(
    em,
    'select product_id, host from host_key where uuid = $1',
    [uuid],
  )
  if (!found) throw new NotFound('host key', id)
  await lockHost(em, found.product_id, found.host)
  const key = await em.findOneOrFail(HostKey, uuid, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
  expectVersion(key, expectedVersion)
  return key
}

/** Keys of one host are decided one after the other. */
const lockHost = (em: EntityManager, productId: string, host: string) =>
  rows(em, `select pg_advisory_xact_lock(hashtextextended('host key ' || $1 || ' ' || $2, 0))`, [productId, host])
