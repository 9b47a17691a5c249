/**
 * Several books as one stream: a scope for each management software system, its books in the order of their stamps. A
 * refresh replaces all that its system told before, so books before the latest refresh are not read.
 */
import { createHash } from 'node:crypto'
import type { SeenFile, Sighting } from '../adapter.ts'
import { BookParser } from './book.ts'
import { bookNameOf } from './files.ts'
import { BookFault } from './fault.ts'
import { mssOf } from './mss.ts'
import { readBook, type Book } from './read-book.ts'
import { problem } from './warnings.ts'
import { readXml } from './xml.ts'

interface Head {
  mss: string
  refresh: boolean
}

export async function* readBooks(
  books: readonly Book[],
  finished: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<Sighting> {
  const systems = new Map<string, Book[]>()
  for (const book of books) {
    signal.throwIfAborted()
    const head = await headOf(book)
    if ('kind' in head) {
      yield fileOf(book)
      yield head
      return
    }
    if (head.refresh) {
      for (const before of systems.get(head.mss) ?? []) yield { ...fileOf(before), isSuperseded: true }
      systems.set(head.mss, [book])
    } else systems.set(head.mss, [...(systems.get(head.mss) ?? []), book])
  }
  for (const [mss, ofSystem] of systems) {
    if (finished.has(mss)) continue
    yield { kind: 'scope', name: mss, of: systems.size }
    // The same whichever systems are read: what an interrupted run had of others has refs too.
    const system = createHash('sha256').update(mss).digest('hex').slice(0, 8)
    let number = 0
    let isWhole = false
    let since: { at: string; book: string } | undefined
    for (const book of ofSystem) {
      yield fileOf(book)
      const sightings = readBook(book, { prefix: `${system}.${++number}.`, ...(since ? { since } : {}) })
      for (;;) {
        signal.throwIfAborted()
        const next = await sightings.next()
        if (!next.done) {
          yield next.value
          continue
        }
        if (!next.value) return
        isWhole ||= next.value.refresh
        if (next.value.at) since = { at: next.value.at, book: book.name }
        break
      }
    }
    if (isWhole) yield { kind: 'complete', scope: mss }
  }
}

function fileOf({ name }: Book): SeenFile {
  const stamp = bookNameOf(name)?.stamp.replace(/T(..)\.(..)\./, 'T$1:$2:')
  return { kind: 'file', name, ...(stamp ? { stamp } : {}) }
}

/** Reads until the first operation. */
async function headOf(book: Book): Promise<Head | Sighting> {
  const parser = new BookParser()
  const stream = book.open()
  try {
    for await (const _ of readXml(stream, parser)) {
      const source = parser.parts.find((part) => part.kind === 'source')
      const operation = parser.parts.find((part) => part.kind === 'operation')
      if (source && operation) return { mss: mssOf(source.mss), refresh: operation.refresh }
    }
    throw new BookFault('book-structure', 'The book holds no operation.', {})
  } catch (error) {
    if (!(error instanceof BookFault)) throw error
    return problem('error', error.rule, error.message, { source: book.name, ...error.where })
  } finally {
    stream.destroy()
  }
}
