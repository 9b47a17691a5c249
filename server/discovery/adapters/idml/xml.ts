/**
 * XML as a stream, for files from strangers: no DOCTYPE, so no entities but the five of XML; nothing that grows without
 * bound. Whoever reads gives a handler; what it collected is taken after each chunk.
 */
import { SaxesParser, type SaxesAttributeNS } from 'saxes'
import { BookFault } from './fault.ts'

export interface XmlHandler {
  open(tag: XmlTag): void
  /** A tag that ended; `line` is where it did. */
  close(line: number): void
  /** `line` is where the text ends. */
  text(text: string, line: number): void
}

export interface XmlTag {
  local: string
  uri: string
  /** As written, for reports. */
  name: string
  attributes: Record<string, SaxesAttributeNS>
  line: number
}

/** Most of each, in a book that is taken. */
export const XML_LIMITS = {
  /** Elements inside each other. */
  depth: 32,
  /** Of one element. */
  attributes: 64,
  /** Characters of one attribute's value. */
  value: 65_536, // 64 KiB
  /** Characters of one tag, text, comment or prolog. */
  token: 1_048_576, // 1 MiB
  /** Bytes of a whole book, after unpacking. */
  size: 8_589_934_592, // 8 GiB
}

/** Feeds the handler; yields after each chunk. @throws BookFault naming the line */
export async function* readXml(
  source: AsyncIterable<Uint8Array>,
  handler: XmlHandler,
  limits: typeof XML_LIMITS = XML_LIMITS,
): AsyncGenerator<void> {
  const parser = new SaxesParser({ xmlns: true })
  const fault = (rule: string, message: string) => new BookFault(rule, message, { line: parser.line })
  let depth = 0
  let attributes = 0
  let startedAt = 1
  /** Characters since the parser said anything: what it holds in memory. */
  let held = 0
  let isBegun = false

  parser.on('doctype', () => {
    throw fault('doctype', 'The book has a DOCTYPE. It is refused, because a DOCTYPE can make a small file endless.')
  })
  parser.on('opentagstart', () => {
    held = attributes = 0
    startedAt = parser.line
    isBegun = true
    if (++depth > limits.depth) throw fault('depth', `The book nests its elements deeper than ${limits.depth}.`)
  })
  parser.on('attribute', ({ name, value }) => {
    held = 0
    if (++attributes > limits.attributes) {
      throw fault('attributes', `One element has more than ${limits.attributes} attributes.`)
    }
    if (value.length > limits.value) throw fault('attributes', `The attribute ${name} is longer than ${limits.value}.`)
  })
  parser.on('opentag', ({ local, uri, name, attributes }) =>
    handler.open({ local, uri, name, attributes, line: startedAt }),
  )
  parser.on('closetag', () => {
    held = 0
    depth--
    handler.close(parser.line)
  })
  const text = (content: string) => {
    held = 0
    handler.text(content, parser.line)
  }
  parser.on('text', text)
  parser.on('cdata', text)
  parser.on('comment', () => void (held = 0))

  const run = (act: () => void) => {
    try {
      act()
    } catch (error) {
      if (error instanceof BookFault) throw error
      // saxes begins its sentences with line and column.
      const why = (error as Error).message.replace(/^[\d:]+ /, '').replace(/\.$/, '')
      throw fault('xml', `The book is not whole XML: ${why}.`)
    }
  }
  let size = 0
  for await (const chunk of decoded(source, () => parser.line)) {
    size += chunk.length
    held += chunk.length
    if (size > limits.size) throw fault('size', `The book is larger than ${limits.size} bytes.`)
    run(() => parser.write(chunk))
    if (held > (isBegun ? limits.token : 65_536)) {
      throw fault('size', `The book has one tag, text or comment of more than ${held} characters.`)
    }
    yield
  }
  run(() => parser.close())
}

const ENCODINGS = ['utf-8', 'us-ascii', 'iso-8859-1', 'windows-1252']

/** Bytes to text, in the encoding that a byte order mark or the XML declaration names; UTF-8 otherwise. */
async function* decoded(source: AsyncIterable<Uint8Array>, line: () => number): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes ? decoder!.decode(bytes, { stream: true }) : decoder!.decode()
    } catch {
      throw new BookFault('encoding', `The book has bytes that are no text in ${decoder!.encoding}.`, { line: line() })
    }
  }
  for await (const bytes of toItsEnd(source)) {
    decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true })
    // A little at a time, so that what waits to be taken stays little too.
    for (let at = 0; at < bytes.length; at += 16_384) yield decode(bytes.subarray(at, at + 16_384))
  }
  if (!decoder) throw new BookFault('xml', 'The book is empty.', { line: 1 })
  const rest = decode()
  if (rest) yield rest
}

/** A file that vanishes, a damaged gz: a fault of the book, not of the program. */
async function* toItsEnd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch (error) {
    throw new BookFault('file', `The book cannot be read to its end: ${(error as Error).message}.`)
  }
}

function encodingOf(first: Uint8Array): string {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le'
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be'
  const head = Buffer.from(first.subarray(0, 200)).toString('latin1')
  const named = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)["']/.exec(head)?.[1]?.toLowerCase() ?? 'utf-8'
  if (ENCODINGS.includes(named)) return named
  throw new BookFault('encoding', `The book is in the encoding ${named}, which is none of ${ENCODINGS.join(', ')}.`, {
    line: 1,
  })
}
