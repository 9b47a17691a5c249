import fc from 'fast-check'
import { Readable } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Sighting } from '../../../server/discovery/adapters/adapter.ts'
import { certify } from '../../../server/discovery/adapters/idml/certify.ts'
import { idmlAdapter } from '../../../server/discovery/adapters/idml/index.ts'
import { errors, items, labBook, problems, readText, relationships } from '../../support/idml/books.ts'

/** Either the one error ends it and nothing is complete, or the book is complete and whatever it lost is reported. */
function expectWholeOrRefused(all: readonly Sighting[]): void {
  if (errors(all).length > 0) {
    expect(errors(all)).toHaveLength(1)
    expect(all.at(-1)).toMatchObject({
      kind: 'problem',
      severity: 'error',
      message: expect.stringMatching(/^[A-Z].*\.$/s),
    })
    expect(all.some(({ kind }) => kind === 'complete')).toBe(false)
    return
  }
  expect(all.at(-1)!.kind).toBe('complete')
  expect(items(all).length + relationships(all).length + problems(all).length).toBeGreaterThanOrEqual(40)
}

describe('a damaged book', () => {
  let bytes: Buffer
  beforeAll(async () => void (bytes = Buffer.from(await labBook())))
  const certified = (book: Buffer) => certify({ name: 'a', open: () => Readable.from([book]) })

  test('that is cut off anywhere is an error', async () => {
    const { length } = bytes.toString().trimEnd()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: length - 1 }), async (at) => {
        const all = await readText(bytes.subarray(0, at))
        expect(errors(all)).toHaveLength(1)
        expectWholeOrRefused(all)
        expect((await certified(bytes.subarray(0, at))).passed).toBe(false)
      }),
      { numRuns: 150 },
    )
  })

  test('with bytes that flipped is refused, or read whole with a report of what was lost', async () => {
    const flip = fc.record({ at: fc.nat(bytes.length - 1), by: fc.integer({ min: 1, max: 255 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 4 }), async (flips) => {
        const broken = Buffer.from(bytes)
        for (const { at, by } of flips) broken[at]! ^= by
        expectWholeOrRefused(await readText(broken))
        await certified(broken)
      }),
      { numRuns: 400 },
    )
  })

  test('whose parts are shuffled, doubled or missing is refused, or read whole with a report', async () => {
    const lines = bytes.toString().split('\n')
    const edit = fc.record({
      from: fc.nat(lines.length - 1),
      to: fc.nat(lines.length - 1),
      copies: fc.integer({ min: 0, max: 2 }),
    })
    await fc.assert(
      fc.asyncProperty(edit, async ({ from, to, copies }) => {
        const changed = lines.toSpliced(from, 1)
        changed.splice(to, 0, ...Array<string>(copies).fill(lines[from]!))
        const all = await readText(changed.join('\n'))
        if (errors(all).length > 0) expectWholeOrRefused(all)
        await certified(Buffer.from(changed.join('\n')))
      }),
      { numRuns: 150 },
    )
  })
})

describe('a large book', () => {
  test('is read as it comes: at no time is more than a little of it waiting', async () => {
    const ELEMENTS = 30_000
    const [head, tail] = (await labBook()).split(/<cdm:CDM-ER-Specification>[\s\S]*<\/cdm:CDM-ER-Specification>/) as [
      string,
      string,
    ]
    let sent = 0
    async function* pieces() {
      sent = 0
      yield Buffer.from(`${head}<cdm:CDM-ER-Specification>`)
      for (; sent < ELEMENTS; sent++) {
        yield Buffer.from(
          `<cdm:net.IpV4Address id="i${sent}"><cdm:DotNotation>10.0.0.1</cdm:DotNotation></cdm:net.IpV4Address>\n`,
        )
      }
      yield Buffer.from(`</cdm:CDM-ER-Specification>${tail}`)
    }
    const upload = { name: 'a.xml', open: () => Readable.from(pieces(), { objectMode: true }) }
    const signal = new AbortController().signal
    let taken = 0
    let ahead = 0
    const order = { product: { id: 'p', name: 'p', config: {} }, upload, signal, finished: new Set<string>() }
    for await (const one of idmlAdapter().read(order)) {
      if (one.kind === 'problem') throw new Error(one.message)
      if (one.kind !== 'item') continue
      taken++
      ahead = Math.max(ahead, sent - taken)
    }
    expect(taken).toBe(ELEMENTS)
    expect(ahead).toBeLessThan(1_000)
  })
})
