import type { Client, Connection, Submittable } from 'pg'

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
const HEADER = SIGNATURE.length + 8 // flags and the length of an extension that PostgreSQL does not write

/** One row as PostgreSQL sends it: the number of its fields, then for each its length and its bytes. */
export class Tuple {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0

  /** Puts the reader before the first field. */
  over(bytes: Buffer, at: number): this {
    this.#bytes = bytes
    this.#at = at + 2
    return this
  }

  int(): number {
    this.#at += 8
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  text(): string {
    const length = this.#bytes.readInt32BE(this.#at)
    this.#at += 4 + length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }

  /** Four words of 32 bits into `words`. */
  uuid(words: Uint32Array, at = 0): void {
    for (let word = 0; word < 4; word++) words[at + word] = this.#bytes.readUInt32BE(this.#at + 4 + word * 4)
    this.#at += 20
  }
}

/**
 * Streams the rows of a `select` without nulls in PostgreSQL's binary format: one call for each, the tuple is good only
 * during it. Nothing is collected, and the event loop has its turn between the packets.
 */
export function copyOut(client: Client, select: string, onRow: (row: Tuple) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const tuple = new Tuple()
    let first = true
    let fault: unknown
    const copying = {
      submit(connection: Connection) {
        connection.query(`copy (${select}) to stdout (format binary)`)
      },
      handleCopyData({ chunk }: { chunk: Buffer }) {
        if (fault) return
        const at = first ? HEADER : 0
        first = false
        try {
          // The end is a row of -1 fields.
          if (chunk.length > at + 2) onRow(tuple.over(chunk, at))
        } catch (error) {
          fault = error
        }
      },
      handleError(error: Error) {
        fault ??= error
        // A broken connection says nothing afterwards.
        reject(error)
      },
      handleReadyForQuery() {
        if (fault) reject(fault as Error)
        else resolve()
      },
      handleCommandComplete() {},
      handleRowDescription() {},
      handleDataRow() {},
      handlePortalSuspended() {},
      handleEmptyQuery() {},
    }
    client.query(copying as unknown as Submittable)
  })
}
