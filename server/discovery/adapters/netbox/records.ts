/** The records of an export, by model and key. */
import { readFile, stat } from 'node:fs/promises'
import type { ReadOrder } from '../adapter.ts'

export interface NetboxRecord {
  model: string
  pk: number | string
  fields: Record<string, unknown>
}

export const MOST_BYTES = 128 * 1024 * 1024

export class Records {
  private readonly byModel = new Map<string, Map<string, NetboxRecord>>()

  constructor(all: readonly NetboxRecord[]) {
    for (const one of all) {
      if (!this.byModel.has(one.model)) this.byModel.set(one.model, new Map())
      this.byModel.get(one.model)!.set(String(one.pk), one)
    }
  }

  models = (): string[] => [...this.byModel.keys()].sort()
  of = (model: string): NetboxRecord[] => [...(this.byModel.get(model)?.values() ?? [])]
  get = (model: string, pk: unknown): NetboxRecord | undefined =>
    pk === null || pk === undefined ? undefined : this.byModel.get(model)?.get(String(pk))
  /** The name of what a field refers to. */
  nameOf(model: string, pk: unknown): string | undefined {
    const found = this.get(model, pk)
    return found && textOf(found.fields.name ?? found.fields.model)
  }
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

/** Rejects, in words, what is no export. */
export async function recordsOf({ upload, product }: ReadOrder): Promise<Records> {
  const [name, text] = upload ? [upload.name, await uploaded(upload)] : await fileOf(String(product.config.path))
  let all: unknown
  try {
    all = JSON.parse(text)
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as Error).message}.`)
  }
  const isRecord = (one: Partial<NetboxRecord> | null) =>
    typeof one?.model === 'string' &&
    (typeof one.pk === 'number' || typeof one.pk === 'string') &&
    typeof one.fields === 'object'
  const wrong = Array.isArray(all) ? all.findIndex((one: Partial<NetboxRecord>) => !isRecord(one)) : 0
  if (wrong !== -1) throw new Error(`${name} is no export of NetBox: element ${wrong + 1} lacks model, pk or fields.`)
  return new Records(all as NetboxRecord[])
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
