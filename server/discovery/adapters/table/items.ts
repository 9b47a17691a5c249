/** From a row to the item and the relationships that the mapping makes of it. */
import type { Problem, SeenItem, SeenMention, SeenRelationship, Vocabulary } from '../adapter.ts'
import { columnOf, type Mapping, type Source } from './mapping.ts'
import { rowProblem, type Row } from './rows.ts'

type Made = SeenItem | SeenMention | SeenRelationship | Problem
type Value = string | number | boolean | readonly string[]

/** Rows of one read: it knows which keys were told already. */
export class ItemMaker {
  /** Class and key → where it was told. */
  private readonly told = new Map<string, { source: string; line: number }>()
  private readonly mentioned = new Set<string>()

  constructor(
    private readonly mapping: Mapping,
    private readonly vocabulary: Vocabulary | undefined,
  ) {}

  *of(row: Row, source: string): Generator<Made> {
    const { mapping } = this
    const { line } = row
    const strange = Object.keys(row.cells).find((column) => String(row.cells[column]).includes('\uFFFD'))
    if (strange !== undefined) {
      yield rowProblem('encoding', 'Row left out: it is not UTF-8 text.', source, line, strange)
      return
    }
    const keyColumn = mapping.key ?? mapping.name
    const key = textOf(row, keyColumn)
    if (key === '') {
      yield rowProblem(
        'no-key',
        `Row left out: its cell of the column "${keyColumn}" is empty.`,
        source,
        line,
        keyColumn,
      )
      return
    }
    const className = this.classOf(row, source)
    if (typeof className !== 'string') {
      yield className
      return
    }
    const ref = refOf(className, key)
    const before = this.told.get(ref)
    if (before) {
      const place = before.source === source ? `line ${before.line}` : `line ${before.line} of ${before.source}`
      const message = `Row left out: ${className} "${key}" stands in ${place} already.`
      yield rowProblem('duplicate-key', message, source, line, keyColumn)
      return
    }
    this.told.set(ref, { source, line })
    const { attributes, problems } = this.attributesOf(className, row, source)
    yield* problems
    const where = { source, line, element: `${keyColumn} "${key}"` }
    yield { kind: 'item', ref, className, name: textOf(row, mapping.name) || key, key, attributes, where }
    yield* this.relationshipsOf(ref, row, where)
  }

  private classOf(row: Row, source: string): string | Problem {
    const from = this.mapping.class
    if (typeof from === 'string') return from
    const said = textOf(row, from.column)
    const known = from.values ? (Object.hasOwn(from.values, said) ? from.values[said]! : undefined) : said || undefined
    if (known !== undefined && (this.vocabulary?.classes.includes(known) ?? true)) return known
    const why = said === '' ? 'it says no class' : `"${said}" is no class${from.values ? ' of the mapping' : ''}`
    return rowProblem('class', `Row left out: ${why}.`, source, row.line, from.column)
  }

  /** A value that does not parse is left out; the rest of the row stays. */
  private attributesOf(className: string, row: Row, source: string) {
    const attributes: Record<string, Value> = {}
    const problems: Problem[] = []
    const known = this.vocabulary?.attributesOf(className)
    for (const [name, from] of Object.entries(this.mapping.attributes)) {
      // Of several classes in one table each has some of the attributes.
      if (known && !known.includes(name)) continue
      const value = valueOf(row, from)
      if (value === undefined) continue
      const column = columnOf(from)
      const fault = value === null ? 'is an object in a list' : this.vocabulary?.faultOf(className, name, value)
      if (fault === undefined) attributes[name] = value as Value
      else {
        const shown = JSON.stringify(row.cells[column]).slice(0, 80)
        const message = `${shown} ${fault}, so ${name} was left out.`
        problems.push(rowProblem('value', message, source, row.line, column))
      }
    }
    return { attributes, problems }
  }

  private *relationshipsOf(ref: string, row: Row, where: SeenItem['where'] & object): Generator<Made> {
    const { site, relationships } = this.mapping
    const place = site ? textOf(row, site) : ''
    if (place !== '') {
      const other = refOf('Site', place)
      if (!this.told.has(other)) {
        this.told.set(other, { source: where.source!, line: row.line })
        const at = { ...where, element: `column "${site}"` }
        yield { kind: 'item', ref: other, className: 'Site', name: place, key: place, attributes: {}, where: at }
      }
      yield { kind: 'relationship', type: 'locatedIn', from: ref, to: other, evidence: `column ${site}`, where }
    }
    for (const { type, column, class: className, direction } of relationships) {
      const named = columnOf(column)
      const at = { ...where, element: `column "${named}"` }
      for (const key of keysOf(valueOf(row, column))) {
        let other = refOf(className, key)
        // It may come later, or have come in an earlier read: the loader knows.
        if (!this.told.has(other)) {
          other = `${className} ${key}`
          if (!this.mentioned.has(other)) yield { kind: 'mention', ref: other, className, key, where: at }
          this.mentioned.add(other)
        }
        const [from, to] = direction === 'from' ? [other, ref] : [ref, other]
        yield { kind: 'relationship', type, from, to, evidence: `column ${named}`, where: at }
      }
    }
  }
}

const refOf = (className: string, key: string) => `${key} (${className})`

const textOf = (row: Row, column: string): string => {
  const cell = row.cells[column]
  return cell === undefined || cell === null || typeof cell === 'object' ? '' : String(cell).trim()
}

/** Undefined: nothing is there. Null: what no attribute can hold. */
function valueOf(row: Row, source: Source): Value | null | undefined {
  const cell = row.cells[columnOf(source)]
  if (cell === undefined || cell === null) return undefined
  if (Array.isArray(cell)) return cell.some((one) => typeof one === 'object') ? null : cell.map(String)
  if (typeof cell !== 'string') return cell as number | boolean
  const text = cell.trim()
  if (text === '') return undefined
  if (typeof source === 'string') return text
  return text.split(source.split).flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
}

const keysOf = (value: Value | null | undefined): string[] =>
  value === undefined || value === null ? [] : typeof value === 'object' ? [...value] : [String(value)]
