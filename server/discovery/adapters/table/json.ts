/** An array of objects, one at a time: memory holds no more than one of them, and one that is broken does not stop the others. */
import type { Problem } from '../adapter.ts'
import type { TableFile } from './files.ts'
import { rowProblem, TableFault, type Row, type Table } from './rows.ts'

const LONGEST = 1_048_576 // characters of an element
const LOOKED_AT = 200 // elements, for columns that nobody asks for

export function jsonTable(file: TableFile): Table {
  return {
    columns: (needed) => columnsOf(file, needed),
    rows: () => rowsOf(file),
  }
}

async function columnsOf(file: TableFile, needed: ReadonlySet<string>): Promise<string[]> {
  const found = new Set<string>()
  let looked = 0
  for await (const row of rowsOf(file)) {
    if (row.kind !== 'row') continue
    for (const column of Object.keys(row.cells)) found.add(column)
    if (++looked >= LOOKED_AT && [...needed].every((column) => found.has(column))) break
  }
  return [...found]
}

async function* rowsOf(file: TableFile): AsyncGenerator<Row | Problem> {
  for await (const { text, line } of elementsOf(file)) {
    let told: unknown
    try {
      told = JSON.parse(text)
    } catch (error) {
      yield rowProblem('json', `Element left out, it is not JSON: ${(error as Error).message}.`, file.name, line)
      continue
    }
    if (typeof told === 'object' && told !== null && !Array.isArray(told)) {
      yield { kind: 'row', line, cells: flat(told as Record<string, unknown>) }
    } else yield rowProblem('json', 'Element left out: it is no object.', file.name, line)
  }
}

/** What is inside another object gets a name with dots. */
function flat(told: Record<string, unknown>, before = '', into: Record<string, unknown> = {}): Record<string, unknown> {
  for (const [name, value] of Object.entries(told)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      flat(value as Record<string, unknown>, `${before}${name}.`, into)
    } else into[before + name] = value
  }
  return into
}

/** The text of each element of the array, cut at the commas between them. */
async function* elementsOf(file: TableFile): AsyncGenerator<{ text: string; line: number }> {
  const bytes = file.open()
  const decoder = new TextDecoder('utf-8')
  let [line, begun, depth] = [1, 1, 0]
  let [inText, escaped, ended] = [false, false, false]
  let text = ''
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      for (const char of decoder.decode(chunk, { stream: true })) {
        if (char === '\n') line++
        if (depth === 0) {
          if (char === '[' && !ended) depth = 1
          else if (char.trim() !== '') throw new TableFault('It is no JSON array of objects.', line)
          continue
        }
        if (inText) {
          if (escaped) escaped = false
          else if (char === '\\') escaped = true
          // Texts have no line breaks in JSON, so a quote that does not end spoils its own element only.
          else if (char === '"' || char === '\n') inText = false
        } else if (char === '"') inText = true
        else if (char === '{' || char === '[') depth++
        else if (char === '}' || char === ']') depth--
        if (!inText && (depth === 0 || (depth === 1 && char === ','))) {
          if (text.trim() !== '') yield { text, line: begun }
          text = ''
          ended = depth === 0
          continue
        }
        if (text === '' && char.trim() === '') continue
        if (text === '') begun = line
        text += char
        if (text.length > LONGEST) throw new TableFault(`An element has more than ${LONGEST} characters.`, begun)
      }
    }
  } finally {
    bytes.destroy()
  }
  if (!ended) throw new TableFault('Its array does not end.', line)
}
