/**
 * The grammar of an IdML book, as a stream of its parts in the order of the file.
 *
 *   idml:idml
 *     idml:source > one cdm:process.ManagementSoftwareSystem
 *     idml:operationSet (1..n) > idml:create | modify | delete | refresh > create
 *       CDM-ER-Specification > elements and relationships
 *
 * An element with the attributes `source` and `target` is a relationship. A book that is not of this shape is refused
 * (BookFault); whether an element makes sense is for those who read the parts.
 */
import { BookFault } from './fault.ts'
import { shown, type BookPart, type ElementPart } from './parts.ts'
import { type XmlHandler, type XmlTag } from './xml.ts'

export const IDML = 'http://www.ibm.com/xmlns/swg/idml'
export const CDM = 'http://www.ibm.com/xmlns/swg/cdm'

/** Of one element: characters of all its values, and how many values. */
const MOST_TEXT = 1_048_576 // 1 MiB
const MOST_VALUES = 5_000

type Frame =
  'root' | 'source' | 'set' | 'refresh' | 'operation' | 'spec' | 'element' | 'value' | 'extension' | 'skipped'

/** Give it to `readXml`, and take `parts` out after each of its steps. */
export class BookParser implements XmlHandler {
  parts: BookPart[] = []
  private readonly frames: Frame[] = []
  private mss: ElementPart | undefined
  private element: ElementPart | undefined
  /** Names of the values inside each other, e.g. ['Fqdn']. */
  private path: string[] = []
  private extendedName: string | undefined
  private texts: string[] = []
  /** Whether the spaces around the text matter, beside `texts`. */
  private preserved: boolean[] = []
  private held = 0
  private values = 0
  private hasOperation = false
  private refreshStamp: string | undefined
  private sawSource = false

  open(tag: XmlTag): void {
    this.frames.push(this.frameOf(tag))
    this.texts.push('')
    this.preserved.push(tag.attributes['xml:space']?.value === 'preserve')
  }

  private frameOf(tag: XmlTag): Frame {
    const name = tag.uri === IDML ? tag.local : undefined
    switch (this.frames.at(-1)) {
      case undefined:
        return name === 'idml' || name === 'IdML'
          ? 'root'
          : wrong(tag, 'The file is no IdML book: its root is not idml:idml.')
      case 'root':
        if (name === 'source' && !this.sawSource) {
          this.sawSource = true
          return 'source'
        }
        if (name === 'operationSet' && this.mss) return 'set'
        return wrong(tag, 'Below the root come one idml:source and then sets of operations.')
      case 'source':
        if (this.mss || tag.uri !== CDM || tag.local !== 'process.ManagementSoftwareSystem') {
          throw new BookFault(
            'source-mss',
            'The part idml:source must hold exactly one element, the cdm:process.ManagementSoftwareSystem that wrote the book.',
            { line: tag.line, element: tag.name },
          )
        }
        return this.beginElement(tag)
      case 'set':
        if (name === 'refresh') {
          this.refreshStamp = tag.attributes.timestamp?.value
          return 'refresh'
        }
        return this.beginOperation(tag, name, false)
      case 'refresh':
        if (name !== 'create') wrong(tag, 'A refresh may hold only idml:create.')
        return this.beginOperation(tag, name, true)
      case 'operation':
        if (tag.local === 'CDM-ER-Specification' && (tag.uri === CDM || tag.uri === IDML)) return 'spec'
        return wrong(tag, 'An operation holds a CDM-ER-Specification.')
      case 'spec':
        return this.beginElementOrRelation(tag)
      case 'element':
        if (tag.local === 'extension' || tag.local === 'extattr') return this.beginExtension(tag)
        this.path = [tag.local]
        return 'value'
      case 'value':
        this.path.push(tag.local)
        return 'value'
      case 'extension':
        return this.beginExtension(tag)
      case 'skipped':
        return 'skipped'
    }
  }

  private beginOperation(tag: XmlTag, name: string | undefined, refresh: boolean): Frame {
    if (name !== 'create' && name !== 'modify' && name !== 'delete') {
      return wrong(tag, 'A set of operations holds idml:create, modify, delete or refresh.')
    }
    this.hasOperation = true
    const timestamp = tag.attributes.timestamp?.value ?? (refresh ? this.refreshStamp : undefined)
    this.parts.push({ kind: 'operation', line: tag.line, operation: name, refresh, timestamp })
    return 'operation'
  }

  private beginElementOrRelation(tag: XmlTag): Frame {
    if (tag.uri !== CDM) wrong(tag, `The element ${tag.name} is not of the Common Data Model (${CDM}).`)
    const { source, target } = tag.attributes
    if (!source || !target) return this.beginElement(tag)
    const ends = { source: source.value, target: target.value }
    this.parts.push({ kind: 'relation', line: tag.line, type: tag.local, ...ends })
    return 'skipped'
  }

  private beginElement(tag: XmlTag): Frame {
    const { id, sourceToken, superior, ...others } = tag.attributes
    const notes = Object.values(others).filter(({ prefix, name }) => prefix !== 'xmlns' && name !== 'xmlns')
    this.element = {
      kind: 'element',
      line: tag.line,
      cdmClass: tag.local,
      id: id?.value,
      sourceToken: sourceToken?.value,
      superior: superior?.value,
      notes: new Map(notes.map(({ local, value }) => [local, value])),
      attributes: new Map(),
      extended: new Map(),
    }
    this.held = this.values = 0
    return 'element'
  }

  private beginExtension(tag: XmlTag): Frame {
    if (tag.local === 'extension') return 'extension'
    this.extendedName = tag.attributes.name?.value ?? tag.local
    this.path = []
    return 'value'
  }

  /** A damaged byte can make an element plain text in a file that is still XML: that must not pass for space. */
  text(text: string, line: number): void {
    if (this.frames.at(-1) !== 'value') {
      if (text.trim() === '') return
      throw new BookFault('book-structure', 'There is text where only elements may stand.', { line })
    }
    this.held += text.length
    if (this.held > MOST_TEXT) this.tooMuch(`its values have more than ${MOST_TEXT} characters`)
    this.texts[this.texts.length - 1] += text
  }

  close(line: number): void {
    const frame = this.frames.pop()
    const written = this.texts.pop()!
    const text = this.preserved.pop() ? written : written.trim()
    switch (frame) {
      case 'value':
        this.keep(text)
        break
      case 'element':
        this.keepElement()
        break
      case 'source':
        if (!this.mss)
          throw new BookFault('source-mss', 'The part idml:source names no management software system.', { line })
        this.parts.push({ kind: 'source', line: this.mss.line, mss: this.mss })
        break
      case 'root':
        if (!this.hasOperation) throw new BookFault('book-structure', 'The book holds no operation.', { line })
        this.parts.push({ kind: 'end', line })
    }
  }

  private keepElement(): void {
    const element = this.element!
    this.element = undefined
    if (this.frames.at(-1) === 'source') this.mss = element
    else this.parts.push(element)
  }

  /** Text of a value that holds others is only the space between them. */
  private keep(text: string): void {
    const isExtended = this.extendedName !== undefined
    const name = this.extendedName ?? this.path.join('.')
    this.path.pop()
    this.extendedName = undefined
    if (text === '' || name === '') return
    if (++this.values > MOST_VALUES) this.tooMuch(`it has more than ${MOST_VALUES} values`)
    const into = isExtended ? this.element!.extended : this.element!.attributes
    const known = into.get(name)
    if (known) known.push(text)
    else into.set(name, [text])
  }

  private tooMuch(why: string): never {
    const element = this.element!
    throw new BookFault('size', `An element is too large: ${why}.`, { line: element.line, element: shown(element) })
  }
}

function wrong(tag: XmlTag, message: string): never {
  throw new BookFault('book-structure', message, { line: tag.line, element: tag.name })
}
