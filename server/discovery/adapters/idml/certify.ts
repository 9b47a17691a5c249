/**
 * The seven checks of a book before anybody loads it, after IBM's certification tool: 00 XML, 01 ids, 02 superiors,
 * 03 attributes, 04 naming rules, 05 elements, 06 relations. A book that fails 04 loads in part without a word elsewhere,
 * which is why it is looked at first here.
 */
import type { Where } from '../adapter.ts'
import { BookParser } from './book.ts'
import { shown, type BookPart } from './parts.ts'
import { CertifyElements } from './certify-elements.ts'
import { BookFault } from './fault.ts'
import { mssOf } from './mss.ts'
import type { Book } from './read-book.ts'
import { instantOf } from './stamp.ts'
import { readXml } from './xml.ts'

export const CHECKS = [
  { code: '00', title: 'The file is whole XML in the shape of a book' },
  { code: '01', title: 'Every element has an id of its own' },
  { code: '02', title: 'Superiors are in the book' },
  { code: '03', title: 'Attributes are valid' },
  { code: '04', title: 'Every element satisfies a naming rule' },
  { code: '05', title: 'Elements are valid' },
  { code: '06', title: 'Relations are valid' },
] as const
export type CheckCode = (typeof CHECKS)[number]['code']

export interface Finding {
  /** An error fails the check; a warning is what only the table of classes cannot judge. */
  severity: 'error' | 'warning'
  rule: string
  message: string
  where: Where
}

export interface CheckResult {
  code: CheckCode
  title: string
  /** Undefined: the file could not be read so far. */
  passed: boolean | undefined
  errors: number
  warnings: number
  /** The first ones. */
  findings: Finding[]
}

export interface Certificate {
  book: string
  passed: boolean
  /** Of the system that wrote it; undefined if the file does not say. */
  mss: string | undefined
  elements: number
  relations: number
  checks: CheckResult[]
}

export type Tell = (code: CheckCode, severity: Finding['severity'], rule: string, message: string, where: Where) => void

const MOST_SHOWN = 50

/** Reads the whole book; rejects only if the file itself cannot be opened by anybody. */
export async function certify(book: Book, signal?: AbortSignal): Promise<Certificate> {
  const results = CHECKS.map((check): CheckResult => ({ ...check, passed: true, errors: 0, warnings: 0, findings: [] }))
  const tell: Tell = (code, severity, rule, message, where) => {
    const result = results.find((one) => one.code === code)!
    result[severity === 'error' ? 'errors' : 'warnings']++
    if (severity === 'error') result.passed = false
    if (result.findings.length < MOST_SHOWN) {
      result.findings.push({ severity, rule, message, where: { source: book.name, ...where } })
    }
  }
  const elements = new CertifyElements(tell)
  const seen: { mss?: string; at?: string } = {}
  const parser = new BookParser()
  const stream = book.open()
  const take = () => parser.parts.splice(0).forEach((part) => look(part, elements, seen, tell))
  try {
    for await (const _ of readXml(stream, parser)) {
      signal?.throwIfAborted()
      take()
    }
    take()
    elements.finish()
  } catch (error) {
    if (!(error instanceof BookFault)) throw error
    const { rule, message, where } = error
    tell(rule === 'source-mss' ? '05' : '00', 'error', rule, message, where)
    // What comes after the fault was not looked at, so nothing is said of checks that found no error yet.
    for (const result of results) if (result.passed && result.code !== '00') result.passed = undefined
  } finally {
    stream.destroy()
  }
  return {
    book: book.name,
    passed: results.every(({ passed }) => passed === true),
    mss: seen.mss,
    elements: elements.elements,
    relations: elements.relations,
    checks: results,
  }
}

function look(part: BookPart, elements: CertifyElements, seen: { mss?: string; at?: string }, tell: Tell): void {
  switch (part.kind) {
    case 'source':
      seen.mss = mssOf(part.mss)
      return
    case 'operation': {
      elements.begin()
      const where = { line: part.line, element: `idml:${part.operation}` }
      const at = instantOf(part.timestamp)
      if (!at) {
        const written = part.timestamp === undefined ? 'has no timestamp' : `has the timestamp "${part.timestamp}"`
        tell('05', 'error', 'timestamp', `The operation ${written}; it must be like 2026-11-22T10:55:40Z.`, where)
      } else if (seen.at && at < seen.at) {
        tell('05', 'error', 'timestamp-order', `The operation of ${at} comes after one of ${seen.at}.`, where)
      }
      if (at) seen.at = at
      return
    }
    case 'element':
      return elements.element(part, { line: part.line, element: shown(part) })
    case 'relation':
      return elements.relation(part, { line: part.line, element: shown(part) })
  }
}
