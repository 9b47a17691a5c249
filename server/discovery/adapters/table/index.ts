import type { DiscoveryAdapter, Problem, ReadOrder, SeenColumn, Sighting } from '../adapter.ts'
import { checkConfig, configFields, DELIMITERS, isGiven } from './config.ts'
import { csvTable } from './csv.ts'
import { ENDINGS, filesOf, pathsOf, type TableFile } from './files.ts'
import { columnFaults, wordFaults } from './fit.ts'
import { ItemMaker } from './items.ts'
import { jsonTable } from './json.ts'
import { mappingOf, namedColumns } from './mapping.ts'
import { TableFault, type Table } from './rows.ts'

/** Tables of anything, as CSV or JSON, whose columns a mapping gives a meaning. */
export const tableAdapter = (): DiscoveryAdapter => ({
  id: 'table',
  title: 'CSV or JSON table',
  configFields,
  checkConfig,
  upload: { endings: ENDINGS, maxSize: 268_435_456 }, // 256 MiB
  columns,
  watched: ({ path, watch }) => (watch === 'yes' && isGiven(path) ? pathsOf(String(path)) : undefined),
  read,
})

function tableOf(file: TableFile, { delimiter }: Record<string, unknown>): Table {
  return file.name.toLowerCase().endsWith('.json') ? jsonTable(file) : csvTable(file, DELIMITERS[String(delimiter)])
}

async function* read(order: ReadOrder): AsyncGenerator<Sighting> {
  const { product, signal, vocabulary, upload, first = Infinity } = order
  const mapping = mappingOf(product.config)
  const files = await filesOf(order)
  const faults = vocabulary ? wordFaults(mapping, vocabulary) : []
  const needed = new Set([...namedColumns(mapping)].map(({ column }) => column))
  for (const file of files) {
    signal.throwIfAborted()
    const found = await orFault(file, () => tableOf(file, product.config).columns(needed))
    if (Array.isArray(found)) faults.push(...columnFaults(mapping, found, file.name))
    else faults.push(found)
  }
  yield* faults
  if (faults.length > 0) return
  const maker = new ItemMaker(mapping, vocabulary)
  let whole = true
  for (const file of files) {
    // Also one that an interrupted run had finished: its keys tell what comes twice.
    yield { kind: 'scope', name: file.name, of: files.length }
    yield { kind: 'file', name: file.name }
    let read = 0
    const rows = tableOf(file, product.config).rows()
    for (;;) {
      signal.throwIfAborted()
      const next = await orFault(file, () => rows.next())
      if ('kind' in next) {
        yield next
        return
      }
      if (next.done) break
      const { value } = next
      if (value.kind === 'problem') {
        whole = false
        yield value
      } else {
        for (const made of maker.of(value, file.name)) {
          // What stood in a row that was left out is not gone for that.
          if (made.kind === 'problem' && made.rule !== 'value') whole = false
          yield made
        }
      }
      if (++read >= first) {
        await rows.return(undefined)
        return
      }
    }
  }
  if (!upload && whole) yield { kind: 'complete' }
}

const SAMPLES = 12
const SAMPLED = 50 // rows

async function columns(order: ReadOrder): Promise<SeenColumn[]> {
  const found = new Map<string, Set<string>>()
  for (const file of (await filesOf(order)).slice(0, 1)) {
    const table = tableOf(file, order.product.config)
    for (const name of await table.columns(new Set())) found.set(name, new Set())
    let read = 0
    for await (const row of table.rows()) {
      if (row.kind === 'row') {
        for (const [name, cell] of Object.entries(row.cells)) {
          const text = typeof cell === 'string' ? cell.trim() : cell === null ? '' : JSON.stringify(cell)
          const samples = found.get(name)
          if (samples && samples.size < SAMPLES && text !== '') samples.add(text.slice(0, 80))
        }
      }
      if (++read >= SAMPLED) break
    }
  }
  return [...found].map(([name, samples]) => ({ name, samples: [...samples] }))
}

/** What is wrong with the whole file is an error of the run, with the file's name. */
async function orFault<T>(file: TableFile, act: () => Promise<T>): Promise<T | Problem> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof TableFault)) throw error
    const where = { source: file.name, element: 'file', ...(error.line ? { line: error.line } : {}) }
    return { kind: 'problem', severity: 'error', rule: 'table', message: `${file.name}: ${error.message}`, where }
  }
}
