import { parse, type CsvError, type Info } from 'csv-parse'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Problem } from '../adapter.ts'
import type { TableFile } from './files.ts'
import { rowProblem, TableFault, type Row, type Table } from './rows.ts'

const LONGEST = 1_048_576 // characters of a row
const MOST_BROKEN = 200 // after each, the file is opened anew

/** What the parser gives: a record, or why there is none. */
type Parsed = { record: string[]; info: Info } | { fault: CsvError }

export function csvTable(file: TableFile, delimiter?: string): Table {
  return {
    columns: async () => (await headerOf(file, delimiter)).columns,
    rows: () => rowsOf(file, delimiter),
  }
}

interface Header {
  columns: string[]
  delimiter: string
  /** The last one of it. */
  line: number
}

/** The first line that is not empty. */
async function headerOf(file: TableFile, given: string | undefined): Promise<Header> {
  const delimiter = given ?? (file.name.toLowerCase().endsWith('.tsv') ? '\t' : await likelyDelimiter(file))
  for await (const one of parsed(file, delimiter, 0)) {
    if ('fault' in one) throw new TableFault(`Its header cannot be read: ${wordsOf(one.fault)}.`, 1)
    const { record, info } = one
    if (isEmpty(record)) continue
    const columns = record.map((cell, at) => cell.trim() || `column ${at + 1}`)
    while (columns.length > 1 && record[columns.length - 1]!.trim() === '') columns.pop()
    const twin = columns.find((name, at) => columns.indexOf(name) !== at)
    if (twin !== undefined) throw new TableFault(`Two of its columns are called "${twin}".`, info.lines)
    if (columns.some((name) => name.includes('\uFFFD'))) {
      throw new TableFault('It is not UTF-8 text: save it as CSV in UTF-8.', info.lines)
    }
    return { columns, delimiter, line: info.lines }
  }
  throw new TableFault('It has no line with the names of its columns.', 1)
}

/**
 * A quote that never ends would swallow all rows after it, so after a row that cannot be read the parser begins anew with
 * the line below the one on which that row began.
 */
async function* rowsOf(file: TableFile, given: string | undefined): AsyncGenerator<Row | Problem> {
  const { columns, delimiter, line } = await headerOf(file, given)
  let done = line
  for (let broken = 0; ; broken++) {
    const skipped = done
    let fault: CsvError | undefined
    for await (const one of parsed(file, delimiter, skipped)) {
      if ('fault' in one) {
        fault = one.fault
        break
      }
      const { record, info } = one
      done = skipped + info.lines
      if (isEmpty(record)) continue
      const begun = done - record.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0)
      yield rowOf(record, columns, file.name, begun)
    }
    if (!fault) return
    done++
    yield rowProblem('csv', `Row left out: ${wordsOf(fault)}.`, file.name, done)
    if (broken === MOST_BROKEN) throw new TableFault(`More than ${MOST_BROKEN} of its rows cannot be read.`, done)
  }
}

function rowOf(record: string[], columns: string[], source: string, line: number): Row | Problem {
  const rest = record.slice(columns.length)
  if (record.length < columns.length || !isEmpty(rest)) {
    const message = `Row left out: it has ${record.length} cells, and there are ${columns.length} columns.`
    return rowProblem('row-width', message, source, line)
  }
  return { kind: 'row', line, cells: Object.fromEntries(columns.map((column, at) => [column, record[at]!])) }
}

const isEmpty = (cells: readonly string[]) => cells.every((cell) => cell.trim() === '')

function wordsOf({ code }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote begins in it and does not end'
  if (code === 'CSV_INVALID_CLOSING_QUOTE') return 'a quote ends in the middle of a cell'
  if (code === 'INVALID_OPENING_QUOTE') return 'a quote begins in the middle of a cell'
  if (code === 'CSV_MAX_RECORD_SIZE') return `it has more than ${LONGEST} characters`
  return 'it is not CSV'
}

/** The records after so many lines. Faults come in their place among them. */
async function* parsed(file: TableFile, delimiter: string, skipped: number): AsyncGenerator<Parsed> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    relax_column_count: true,
    max_record_size: LONGEST,
    skip_records_with_error: true,
    on_skip: (fault) => void (fault && parser.push({ fault })),
  })
  const bytes = file.open()
  // Its error reaches whoever reads the parser.
  const flowing = pipeline(skipped ? Readable.from(after(bytes, skipped)) : bytes, parser).catch(() => undefined)
  try {
    for await (const one of parser) yield one as Parsed
  } finally {
    bytes.destroy()
    parser.destroy()
    await flowing
  }
}

async function* after(bytes: Readable, lines: number): AsyncGenerator<Buffer> {
  let left = lines
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let from = 0
    while (left > 0) {
      const end = chunk.indexOf(10, from)
      if (end === -1) break
      from = end + 1
      left--
    }
    if (left === 0) yield chunk.subarray(from)
  }
}

/** The one that is most often in the first line, outside of quotes. */
async function likelyDelimiter(file: TableFile): Promise<string> {
  const bytes = file.open()
  let text = ''
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8')
    if (/\S[^\n]*\n/.test(text) || text.length > LONGEST) break
  }
  bytes.destroy()
  const first = (text.trimStart().split('\n')[0] ?? '').replace(/"[^"]*"/g, '')
  const count = (delimiter: string) => first.split(delimiter).length
  return [',', ';', '\t', '|'].reduce((best, one) => (count(one) > count(best) ? one : best))
}
