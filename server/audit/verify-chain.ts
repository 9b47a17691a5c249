import { CONTENT, GENESIS, linkHash, type ChainHead, type Queryable } from './chain.ts'

export interface Verification {
  ok: boolean
  /** Chained entries that were read. */
  entries: number
  /** Hash of the newest entry; null when there is none. */
  head: string | null
  /** Number of the first entry that does not fit. */
  brokenAt: number | null
  /** One sentence. */
  detail: string
}

interface ReadLink {
  seq: string
  hash: string
  content: object
}

const BATCH = 5_000 // entries

/**
 * Reads the whole chain and computes every hash again.
 *
 * @param anchor a head that was noted down earlier and must be part of the chain
 */
export async function verifyChain(client: Queryable, anchor: ChainHead | null = null): Promise<Verification> {
  let last = GENESIS
  const broken = (brokenAt: number, detail: string): Verification => ({
    ok: false,
    entries: last.seq,
    head: last === GENESIS ? null : last.hash,
    brokenAt,
    detail,
  })
  // The head first: entries that are chained meanwhile come after it.
  const [row] = (await client.query<{ seq: string; hash: string }>(`select seq, hash from audit_head`)).rows
  const head = row ? { seq: Number(row.seq), hash: row.hash } : GENESIS
  for (let more = true; more;) {
    const { rows } = await client.query<ReadLink>(
      `select seq, hash, ${CONTENT} as content from audit_entry where seq > $1 order by seq limit ${BATCH}`,
      [last.seq],
    )
    for (const { seq, hash, content } of rows) {
      const here = Number(seq)
      if (here !== last.seq + 1)
        return broken(last.seq + 1, `Entry ${last.seq + 1} is missing; after ${last.seq} comes ${here}.`)
      if (hash !== linkHash(last.hash, here, content))
        return broken(here, `Entry ${here} was changed, or does not belong here: its hash does not fit.`)
      if (anchor?.seq === here && anchor.hash !== hash)
        return broken(here, `Entry ${here} is not the one that was noted down earlier.`)
      if (head.seq === here && head.hash !== hash)
        return broken(here, `Entry ${here} is not the one that the chain ended with.`)
      last = { seq: here, hash }
    }
    more = rows.length === BATCH
  }
  if (last.seq < head.seq)
    return broken(last.seq + 1, `The log ends after entry ${last.seq}, though it had ${head.seq}.`)
  if (anchor && last.seq < anchor.seq)
    return broken(last.seq + 1, `The log ends after entry ${last.seq}, though it had ${anchor.seq}.`)
  const below = await client.query(`select 1 from audit_entry where seq < 1 limit 1`)
  if (below.rows.length > 0) return broken(0, 'An entry stands before the beginning of the chain.')
  const beyond = await client.query<{ seq: string }>(`select seq from audit_head where seq < $1`, [last.seq])
  if (beyond.rows.length > 0)
    return broken(Number(beyond.rows[0]!.seq) + 1, 'Entries stand beyond the end of the chain.')
  if (!row && last.seq > 0) return broken(1, 'The end of the chain is not known any more.')
  return {
    ok: true,
    entries: last.seq,
    head: last === GENESIS ? null : last.hash,
    brokenAt: null,
    detail: last.seq === 0 ? 'There is no entry yet.' : `All ${last.seq} entries are as they were written.`,
  }
}
