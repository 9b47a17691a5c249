import { Client } from 'pg'
import type { ChainHead } from './chain.ts'
import { verifyChain } from './verify-chain.ts'

/** What a person gives on the command line; null when it is no head. */
export function readAnchor(text: string): ChainHead | null {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim())
  return match ? { seq: Number(match[1]), hash: match[2]! } : null
}

/** Verifies the log of a database and says so, line by line. Answers the exit code. */
export async function verifyLog(url: string, anchor: string | undefined, say: (line: string) => void): Promise<number> {
  const noted = anchor === undefined ? null : readAnchor(anchor)
  if (anchor !== undefined && !noted) {
    say('A head looks like 1042:9f86d0…, as this command prints it.')
    return 2
  }
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { ok, entries, head, brokenAt, detail } = await verifyChain(client, noted)
    say(detail)
    if (head) say(`${ok ? 'Head' : 'Whole up to'}: ${entries}:${head}`)
    if (!ok) say(`The audit log is broken at entry ${brokenAt}.`)
    return ok ? 0 : 1
  } finally {
    await client.end()
  }
}
