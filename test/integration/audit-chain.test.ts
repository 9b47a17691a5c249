import fc from 'fast-check'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chainPending, GENESIS } from '../../server/audit/chain.ts'
import { readAnchor, verifyLog } from '../../server/audit/verify-log.ts'
import { verifyChain } from '../../server/audit/verify-chain.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { aDatabase } from '../support/database.ts'

const database = aDatabase()
let client: Client
const ENTRIES = 40

beforeAll(async () => {
  client = new Client({ connectionString: database.url })
  await client.connect()
})
afterAll(() => client.end())

async function write(count: number, change: Record<string, unknown> = {}) {
  for (let i = 0; i < count; i++) {
    const row = {
      uuid: uuidv7(),
      actor: 'Ana',
      mutation: 'releaseCreate',
      outcome: 'ACCEPTED',
      input: JSON.stringify({ title: `Nr ${i} — ünïcode`, nested: { n: i / 3, list: [1, null, 'x'] } }),
      request_id: `r${i}`,
      ...change,
    }
    const names = Object.keys(row)
    await client.query(
      `insert into audit_entry (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(row),
    )
  }
}

describe('the chain', () => {
  test('of an empty log is whole', async () => {
    expect(await verifyChain(client)).toEqual({
      ok: true,
      entries: 0,
      head: null,
      brokenAt: null,
      detail: 'There is no entry yet.',
    })
  })

  test('numbers entries without a gap, in the order they were written, in several ticks', async () => {
    await write(ENTRIES / 2)
    expect(await chainPending(client)).toBe(ENTRIES / 2)
    await write(ENTRIES / 2)
    expect(await chainPending(client)).toBe(ENTRIES / 2)
    expect(await chainPending(client)).toBe(0)
    const { rows } = await client.query<{ seq: string; request_id: string }>(
      'select seq, request_id from audit_entry order by created_at, uuid',
    )
    expect(rows.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: ENTRIES }, (_, i) => i + 1))
    const { ok, entries, head } = await verifyChain(client)
    expect({ ok, entries }).toEqual({ ok: true, entries: ENTRIES })
    expect(head).toMatch(/^[0-9a-f]{64}$/)
    expect(head).not.toBe(GENESIS.hash)
  })

  test('is the same in every time zone', async () => {
    await client.query(`set timezone = 'Asia/Kathmandu'`)
    expect((await verifyChain(client)).ok).toBe(true)
    await client.query(`set timezone = 'UTC'`)
  })

  test('a number cannot be given twice, not even by the chain’s own statement', async () => {
    await expect(client.query(`update audit_entry set seq = 99, hash = 'x' where seq = 1`)).rejects.toThrow(
      'only ever added to',
    )
  })
})

/** Every way of tampering; each answers how to undo nothing: the transaction is rolled back. */
const seq = fc.integer({ min: 1, max: ENTRIES })
const text = fc.string({ minLength: 1, maxLength: 8 }).map((value) => `${value.replaceAll('\0', '')}!`)
const anEdit = fc.record({
  kind: fc.constant('edit' as const),
  seq,
  column: fc.constantFrom('actor', 'mutation', 'code', 'message', 'reason', 'subject_id', 'request_id', 'hash'),
  text,
})
const tampering = fc.oneof(
  anEdit,
  fc.record({ kind: fc.constant('input' as const), seq, n: fc.integer() }),
  fc.record({ kind: fc.constant('time' as const), seq, micros: fc.integer({ min: 1, max: 1_000_000 }) }),
  fc.record({ kind: fc.constant('outcome' as const), seq }),
  fc.record({ kind: fc.constant('delete' as const), seq, count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant('swap' as const), seq, other: seq }).filter(({ seq, other }) => seq !== other),
  fc.record({ kind: fc.constant('insert' as const), seq, text }),
  fc.record({ kind: fc.constant('append' as const), text }),
  fc.record({ kind: fc.constant('cut' as const), seq }),
)
type Tampering = typeof tampering extends fc.Arbitrary<infer T> ? T : never

async function tamper(how: Tampering): Promise<void> {
  const run = (sql: string, ...values: unknown[]) => client.query(sql, values)
  switch (how.kind) {
    case 'edit':
      return void (await run(`update audit_entry set ${how.column} = $2 where seq = $1`, how.seq, how.text))
    case 'input':
      return void (await run(
        `update audit_entry set input = input || jsonb_build_object('nested', $2::int) where seq = $1`,
        how.seq,
        how.n,
      ))
    case 'time':
      return void (await run(
        `update audit_entry set created_at = created_at + $2 * interval '1 microsecond' where seq = $1`,
        how.seq,
        how.micros,
      ))
    case 'outcome':
      return void (await run(`update audit_entry set outcome = 'REFUSED' where seq = $1`, how.seq))
    case 'delete':
      return void (await run(`delete from audit_entry where seq between $1 and $1 + $2 - 1`, how.seq, how.count))
    case 'swap':
      await run(`update audit_entry set seq = -1 where seq = $1`, how.seq)
      await run(`update audit_entry set seq = $1 where seq = $2`, how.seq, how.other)
      return void (await run(`update audit_entry set seq = $1 where seq = -1`, how.other))
    case 'insert':
      await run(`update audit_entry set seq = -seq where seq >= $1`, how.seq)
      await run(`update audit_entry set seq = 1 - seq where seq < 0`)
      return void (await run(
        `insert into audit_entry select gen_random_uuid(), created_at, actor_uuid, $2::text, mutation, outcome, code, message, reason, subject_id, scope_ids, input, request_id, $1::bigint, hash from audit_entry where seq = $1::bigint + 1`,
        how.seq,
        how.text,
      ))
    case 'append':
      return void (await run(
        `insert into audit_entry select gen_random_uuid(), created_at, actor_uuid, $1::text, mutation, outcome, code, message, reason, subject_id, scope_ids, input, request_id, seq + 1, encode(sha256('x'), 'hex') from audit_entry where seq = (select max(seq) from audit_entry)`,
        how.text,
      ))
    case 'cut':
      return void (await run(`delete from audit_entry where seq >= $1`, how.seq))
  }
}

test('a thousand random tamperings are all found', async () => {
  // Somebody who owns the database, and switches the guard off.
  await client.query('alter table audit_entry disable trigger user')
  const kinds = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(tampering, async (how) => {
      kinds.set(how.kind, (kinds.get(how.kind) ?? 0) + 1)
      await client.query('begin')
      try {
        await tamper(how)
        const { ok, brokenAt, detail } = await verifyChain(client)
        expect(ok).toBe(false)
        expect(brokenAt).toBeTypeOf('number')
        expect(detail).toMatch(/entr/i)
      } finally {
        await client.query('rollback')
      }
    }),
    { numRuns: 1_000 },
  )
  await client.query('alter table audit_entry enable trigger user')
  expect(kinds.size).toBe(9)
  expect((await verifyChain(client)).ok).toBe(true)
}, 120_000)

describe('the command', () => {
  const lines: string[] = []
  const say = (line: string) => void lines.push(line)

  test('prints a head that it takes again later, when the log has grown', async () => {
    expect(await verifyLog(database.url, undefined, say)).toBe(0)
    const head = lines.at(-1)!.replace('Head: ', '')
    expect(readAnchor(head)).toMatchObject({ seq: ENTRIES })
    await write(3)
    await chainPending(client)
    expect(await verifyLog(database.url, head, say)).toBe(0)
  })

  test('finds a chain that was computed anew from a changed entry on, by an earlier head', async () => {
    const { rows } = await client.query<{ hash: string }>(`select hash from audit_entry where seq = 30`)
    await client.query('alter table audit_entry disable trigger user')
    await client.query(`update audit_entry set actor = 'Eve' where seq = 20`)
    await client.query(`delete from audit_head`)
    await client.query(`update audit_entry set seq = null, hash = null`)
    await client.query('alter table audit_entry enable trigger user')
    await chainPending(client)
    expect(await verifyLog(database.url, undefined, say)).toBe(0)
    expect(await verifyLog(database.url, `30:${rows[0]!.hash}`, say)).toBe(1)
    expect(lines.at(-1)).toBe('The audit log is broken at entry 30.')
  })

  test('says what a head looks like', async () => {
    expect(await verifyLog(database.url, 'nonsense', say)).toBe(2)
  })
})
