/** The records of an export, by model and key. */
import { readFile, stat } from 'node:fs/promises'
import type { Problem, ReadOrder, Where } from '../adapter.ts'
import { elementLines, JsonFault, parseJson } from '../json-text.ts'

export interface NetboxRecord {
  model: string
  pk: number | string
  fields: Record<string, unknown>
  /** Of the export, on which it begins. */
  line: number
}

export const MOST_BYTES = 128 * 1024 * 1024

/** What NetBox keeps for itself beside what people told it: times, trees, and copies under names that begin with `_`. */
const ITS_OWN = /^(_.*|created|last_updated|lft|rght|tree_id|level)$/

/** Knows of each field whether somebody asked for it, so that what nobody asked for can be listed. */
export class Records {
  private readonly byModel = new Map<string, Map<string, NetboxRecord>>()
  private readonly raw = new Map<NetboxRecord, Record<string, unknown>>()
  private readonly asked = new Map<NetboxRecord, Set<string>>()

  constructor(
    all: readonly NetboxRecord[],
    /** Name of the file. */
    readonly source: string,
  ) {
    for (const { model, pk, fields, line } of all) {
      if (!this.byModel.has(model)) this.byModel.set(model, new Map())
      const asked = new Set<string>()
      const noting: ProxyHandler<typeof fields> = {
        get: (target, name) => (asked.add(name as string), target[name as string]),
      }
      const record = { model, pk, fields: new Proxy(fields, noting), line }
      this.byModel.get(model)!.set(String(pk), record)
      this.raw.set(record, fields)
      this.asked.set(record, asked)
    }
  }

  /** Whether anybody asked any record of a model for a field. */
  isUsed = (model: string, field: string): boolean => this.of(model).some((one) => this.asked.get(one)!.has(field))

  /** Fields of a model that have a value nobody asked for, with those records. */
  unasked(model: string): Map<string, NetboxRecord[]> {
    const left = new Map<string, NetboxRecord[]>()
    for (const record of this.of(model)) {
      for (const name of told(this.raw.get(record)!)) {
        if (this.asked.get(record)!.has(name) || ITS_OWN.test(name)) continue
        const records = left.get(name)
        if (records) records.push(record)
        else left.set(name, [record])
      }
    }
    return left
  }

  models = (): string[] => [...this.byModel.keys()].sort()
  of = (model: string): NetboxRecord[] => [...(this.byModel.get(model)?.values() ?? [])]
  get = (model: string, pk: unknown): NetboxRecord | undefined =>
    pk === null || pk === undefined ? undefined : this.byModel.get(model)?.get(String(pk))
  where = (record: NetboxRecord, field = ''): Where => ({
    source: this.source,
    line: record.line,
    element: `${record.model} ${record.pk} ${field}`.trimEnd(),
  })
  /** What a field refers to for its values; if the export lacks it, that is remembered. */
  part(model: string, pk: unknown): NetboxRecord | undefined {
    const found = this.get(model, pk)
    if (!found && pk !== null && pk !== undefined) this.lacking.set(model, (this.lacking.get(model) ?? 0) + 1)
    return found
  }
  /** The name of what a field refers to. */
  nameOf(model: string, pk: unknown): string | undefined {
    const found = this.part(model, pk)
    return found && textOf(found.fields.name ?? found.fields.model)
  }
  /** How many times values were asked for that records of these models would have, which the export does not hold. */
  readonly lacking = new Map<string, number>()
}

/** Names of the fields that say something; those that people added to NetBox one by one. */
const told = (fields: Record<string, unknown>): string[] =>
  Object.entries(fields).flatMap(([name, value]) => {
    if (saysNothing(value)) return []
    return name === 'custom_field_data'
      ? told(value as object as typeof fields).map((own) => `custom field ${own}`)
      : [name]
  })

const saysNothing = (value: unknown) =>
  value === null || value === '' || value === false || (typeof value === 'object' && Object.keys(value).length === 0)

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

/** What is no export is a problem of the whole. Rejects if there is nothing to read. */
export async function recordsOf({ upload, product }: ReadOrder): Promise<Records | Problem> {
  const [source, text] = upload ? [upload.name, await uploaded(upload)] : await fileOf(String(product.config.path))
  let all: unknown
  try {
    all = parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    const { message, line, column } = error
    return refused('json', `${source} is not JSON: ${message}.`, { source, line, column, element: 'file' })
  }
  if (!Array.isArray(all)) {
    const where = { source, line: 1, element: 'file' }
    return refused('record', `${source} is no export of NetBox: it must be a list of records.`, where)
  }
  const lines = elementLines(text)
  const records = all as (Partial<NetboxRecord> | null)[]
  for (const [index, one] of records.entries()) {
    const lacks = lackOf(one)
    if (!lacks) continue
    const named = typeof one?.model === 'string' ? `${one.model} ${String(one.pk ?? '')}`.trimEnd() : 'record'
    const message = `${source} is no export of NetBox: element ${index + 1} lacks ${lacks}.`
    return refused('record', message, { source, line: lines[index]!, element: `${named} [${index}]` })
  }
  return new Records(
    (records as NetboxRecord[]).map(({ model, pk, fields }, index) => ({ model, pk, fields, line: lines[index]! })),
    source,
  )
}

const refused = (rule: string, message: string, where: Where): Problem => {
  return { kind: 'problem', severity: 'error', rule, message, where }
}

function lackOf(one: Partial<NetboxRecord> | null): string | undefined {
  if (typeof one?.model !== 'string') return 'model'
  if (typeof one.pk !== 'number' && typeof one.pk !== 'string') return 'pk'
  return typeof one.fields === 'object' && one.fields !== null ? undefined : 'fields'
}

async function fileOf(path: string): Promise<[string, string]> {
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) throw new Error(`There is no file ${path}.`)
  if (found.size > MOST_BYTES) throw new Error(`${path} is larger than ${MOST_BYTES} bytes.`)
  return [path, await readFile(path, 'utf8')]
}

async function uploaded(upload: NonNullable<ReadOrder['upload']>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of upload.open()) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks).toString('utf8')
}
