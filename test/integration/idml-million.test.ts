import { Readable } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { idmlAdapter } from '../../server/discovery/adapters/idml/index.ts'
import { labBook } from '../support/idml/books.ts'

// Half a minute of reading on a quiet machine.
vi.setConfig({ testTimeout: 300_000 })
const MILLION = 1_000_000
const AT_ONCE = 200

test('a book of a million elements is read as it comes: at no time is more than a little of it waiting', async () => {
  const specification = /<cdm:CDM-ER-Specification>[\s\S]*<\/cdm:CDM-ER-Specification>/
  const [head, tail] = (await labBook()).split(specification)
  let sent = 0
  async function* pieces() {
    sent = 0
    yield Buffer.from(`${head}<cdm:CDM-ER-Specification>`)
    while (sent < MILLION) {
      const some = Array.from({ length: AT_ONCE }, (_, n) => {
        const id = `id="i${sent + n}"`
        return `<cdm:net.IpV4Address ${id}><cdm:DotNotation>10.0.0.1</cdm:DotNotation></cdm:net.IpV4Address>\n`
      })
      sent += AT_ONCE
      yield Buffer.from(some.join(''))
    }
    yield Buffer.from(`</cdm:CDM-ER-Specification>${tail}`)
  }
  const upload = { name: 'a.xml', open: () => Readable.from(pieces(), { objectMode: true }) }
  const product = { id: 'p', name: 'p', config: {} }
  const order = { product, upload, signal: new AbortController().signal, finished: new Set<string>() }
  let taken = 0
  let ahead = 0
  for await (const one of idmlAdapter().read(order)) {
    if (one.kind === 'problem') throw new Error(one.message)
    if (one.kind !== 'item') continue
    taken++
    ahead = Math.max(ahead, sent - taken)
  }
  expect(taken).toBe(MILLION)
  expect(ahead).toBeLessThan(20 * AT_ONCE)
})
