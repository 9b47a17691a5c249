/**
 * One book as sightings. What makes the book doubtful as a whole is an error, and the run changes nothing; what is wrong
 * with one element or relationship leaves out that one. Memory does not grow with the book but for some bytes an id.
 */
import type { Readable } from 'node:stream'
import type { Sighting, Where } from '../adapter.ts'
import { BookParser } from './book.ts'
import { shown, type BookPart, type ElementPart, type OperationPart, type RelationPart } from './parts.ts'
import { BookFault } from './fault.ts'
import { classOf, itemOf, keyOf } from './item.ts'
import { mssOf } from './mss.ts'
import { SeenIds } from './seen-ids.ts'
import { instantOf } from './stamp.ts'
import { cdmRelations } from './vocabulary.ts'
import { problem, Warnings } from './warnings.ts'
import { readXml } from './xml.ts'

export interface Book {
  /** The file's name, for reports. */
  name: string
  open(): Readable
}

export interface Reading {
  /** Different for each book of one read. */
  prefix: string
  /** The operation before this book, so that time does not go backwards. */
  since?: { at: string; book: string }
}

/** What a book turned out to be. */
export interface Read {
  refresh: boolean
  at: string | undefined
}

/** Relationships may come before what they name; so many of them are put aside. */
const MOST_WAITING = 100_000

/** The sightings of a book; `Read` at the end, or undefined after an error. */
export async function* readBook(book: Book, reading: Reading): AsyncGenerator<Sighting, Read | undefined> {
  const parser = new BookParser()
  const takes = new Taking(book.name, reading)
  const stream = book.open()
  try {
    for await (const _ of readXml(stream, parser)) {
      for (const part of parser.parts.splice(0)) takes.take(part)
      yield* takes.sightings.splice(0)
    }
    for (const part of parser.parts.splice(0)) takes.take(part)
    yield* takes.sightings.splice(0)
    return { refresh: takes.refresh, at: takes.at }
  } catch (error) {
    if (!(error instanceof BookFault)) throw error
    yield* takes.sightings.splice(0)
    yield problem('error', error.rule, error.message, { source: book.name, ...error.where })
    return undefined
  } finally {
    stream.destroy()
  }
}

class Taking {
  sightings: Sighting[] = []
  refresh = false
  at: string | undefined
  private mss = ''
  private readonly ids = new SeenIds()
  private operation!: OperationPart
  private operations = 0
  private waiting: { relation: RelationPart; evidence: string; operation: OperationPart }[] = []
  private readonly warnings = new Warnings()

  constructor(
    private readonly book: string,
    private readonly reading: Reading,
  ) {}

  take(part: BookPart): void {
    switch (part.kind) {
      case 'source':
        this.mss = mssOf(part.mss)
        return
      case 'operation':
        return this.begin(part)
      case 'element':
        return this.takeElement(part)
      case 'relation':
        return this.takeRelation(part, 'IdML book', this.operation)
      case 'end':
        return this.finish()
    }
  }

  private begin(operation: OperationPart): void {
    const at = instantOf(operation.timestamp)
    const element = `idml:${operation.operation}`
    if (!at) {
      const written =
        operation.timestamp === undefined ? 'has no timestamp' : `has the timestamp "${operation.timestamp}"`
      throw new BookFault('timestamp', `The operation ${written}, which is no time such as 2026-11-22T10:55:40Z.`, {
        line: operation.line,
        element,
      })
    }
    const before = this.at ?? this.reading.since?.at
    if (before && at < before) {
      const whose = this.at ? 'the operation before it' : this.reading.since!.book
      throw new BookFault(
        'timestamp-order',
        `The operation of ${at} comes after ${whose} of ${before}: time goes backwards, so the order is not clear.`,
        { line: operation.line, element },
      )
    }
    this.at = at
    this.operation = operation
    this.operations++
    this.refresh ||= operation.refresh
  }

  private takeElement(element: ElementPart): void {
    const where = this.where(element)
    if (!element.id) {
      return this.warn(
        'element-id',
        element.cdmClass,
        'The element has no id, so nothing can refer to it; it is left out.',
        where,
      )
    }
    const { className, row, isAncestor } = classOf(element)
    this.ids.take(element, this.operations, !className, where)
    if (!className) {
      const why =
        className === null ? 'nothing of this class is kept here' : 'the class is not known and none of its family is'
      return this.warn('class-unknown', element.cdmClass, `The element is left out: ${why}.`, where)
    }
    if (isAncestor) {
      const message = `The class cdm:${element.cdmClass} is not known; its elements are taken as ${className}.`
      this.warn('class-ancestor', element.cdmClass, message, where)
    }
    const key = this.key(element)
    if (this.operation.operation === 'delete') {
      this.sightings.push({ kind: 'gone', className, key, where })
      return
    }
    this.sightings.push({
      kind: 'item',
      ref: this.ref(element.id, this.operations),
      className,
      key,
      ...itemOf(element, row),
      ...(this.operation.operation === 'modify' ? { partial: true } : {}),
      at: this.at!,
      where,
    })
    if (element.superior) {
      const { line, superior: source, id: target } = element
      this.takeRelation({ kind: 'relation', line, type: 'contains', source, target }, 'superior', this.operation)
    }
  }

  private takeRelation(relation: RelationPart, evidence: string, operation: OperationPart): void {
    const [source, target] = [this.ids.find(relation.source), this.ids.find(relation.target)]
    if (source < 0 || target < 0) {
      if (this.waiting.length >= MOST_WAITING) {
        throw new BookFault(
          'relation-order',
          `More than ${MOST_WAITING} relationships come before the elements that they name.`,
          this.where(relation),
        )
      }
      this.waiting.push({ relation, evidence, operation })
      return
    }
    this.relate(relation, evidence, operation, source, target)
  }

  private relate(relation: RelationPart, evidence: string, operation: OperationPart, source: number, target: number) {
    const where = this.where(relation)
    if (this.ids.isLeftOut(source) || this.ids.isLeftOut(target)) {
      const message = 'The relationship is left out, because an element that it names was.'
      return this.warn('relation-left-out', relation.type, message, where)
    }
    // Its ends are elements of the same operation: they go, and their relationships with them.
    if (operation.operation === 'delete') return
    const known = cdmRelations.find(({ cdm }) => cdm === relation.type)
    const from = this.ref(relation.source, this.ids.operationOf(source))
    const to = this.ref(relation.target, this.ids.operationOf(target))
    this.sightings.push({
      kind: 'relationship',
      type: known?.type ?? relation.type,
      ...(known?.turned ? { from: to, to: from } : { from, to }),
      evidence,
      where,
    })
  }

  private finish(): void {
    for (const { relation, evidence, operation } of this.waiting.splice(0)) {
      const [source, target] = [this.ids.find(relation.source), this.ids.find(relation.target)]
      if (source >= 0 && target >= 0) {
        this.relate(relation, evidence, operation, source, target)
        continue
      }
      const missing = source < 0 ? relation.source : relation.target
      const rule = evidence === 'superior' ? 'superior' : 'relation-ends'
      const message = `The book has no element with the id "${missing}", so the relationship is left out.`
      this.warn(rule, relation.type, message, this.where(relation))
    }
    this.sightings.push(...this.warnings.rest())
  }

  private warn(rule: string, of: string, message: string, where: Where): void {
    const told = this.warnings.take(of, problem('warning', rule, message, where))
    if (told) this.sightings.push(told)
  }

  private ref = (id: string, operation: number) => `${this.reading.prefix}${operation}#${id}`

  /** Sources of several systems meet in one product: a token is unique in its own system only. */
  private key = (element: ElementPart) => `${this.mss}#${keyOf(element)}`

  private where = (part: ElementPart | RelationPart): Where => ({
    source: this.book,
    line: part.line,
    element: shown(part),
  })
}
