/** Objects of the Kubernetes API, from manifests or from what `kubectl get -o yaml|json` writes. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isCollection, isMap, isNode, isSeq, LineCounter, parseAllDocuments, type Document } from 'yaml'
import type { Problem, ReadOrder, Where } from '../adapter.ts'

export interface KubeObject {
  kind: string
  apiVersion: string
  namespace: string
  name: string
  labels: Record<string, string>
  uid?: string
  spec: Record<string, unknown>
  status: Record<string, unknown>
  /** All of it, as it came. */
  value: Record<string, unknown>
  where: Where
}

const MOST_BYTES = 64 * 1024 * 1024

/** Everything in the source; what is no object is a problem. Rejects if the source cannot be read. */
export async function* objectsIn(order: ReadOrder, namespace: string): AsyncGenerator<KubeObject | Problem> {
  for await (const { name, text } of textsOf(order)) {
    order.signal.throwIfAborted()
    yield* objectsOfText(name, text, namespace)
  }
}

async function* textsOf({ upload, product }: ReadOrder): AsyncGenerator<{ name: string; text: string }> {
  if (upload) {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of upload.open()) {
      chunks.push(Buffer.from(chunk as Buffer))
      size += (chunk as Buffer).length
      if (size > MOST_BYTES) throw new Error(`${upload.name} is larger than ${MOST_BYTES} bytes.`)
    }
    return yield { name: upload.name, text: Buffer.concat(chunks).toString('utf8') }
  }
  const path = String(product.config.path)
  const found = await stat(path).catch(() => null)
  if (!found) throw new Error(`There is nothing at ${path}.`)
  const names = found.isDirectory() ? (await readdir(path)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort() : ['']
  if (names.length === 0) throw new Error(`The folder ${path} has no .yaml, .yml or .json file.`)
  for (const name of names) {
    const file = join(path, name)
    if ((await stat(file)).size > MOST_BYTES) throw new Error(`${file} is larger than ${MOST_BYTES} bytes.`)
    yield { name: name || path.split('/').at(-1)!, text: await readFile(file, 'utf8') }
  }
}

/** JSON is YAML. A document that is broken does not keep the others from being read. */
function* objectsOfText(source: string, text: string, namespace: string): Generator<KubeObject | Problem> {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines })
  for (const [index, document] of (Array.isArray(documents) ? documents : []).entries()) {
    const line = lines.linePos(document.contents?.range?.[0] ?? 0).line
    const element = `document ${index + 1}`
    const [fault] = document.errors
    if (fault) {
      const { line: at = line, col: column = 1 } = fault.linePos?.[0] ?? {}
      const why = fault.message.split('\n')[0]!.replace(/[.:]?$/, '.')
      yield problem('yaml', `It is not YAML: ${why}`, { source, line: at, column, element })
      continue
    }
    if (document.contents === null) continue
    if (!isMap(document.contents)) {
      yield problem('no-object', 'A document must be an object with apiVersion and kind.', { source, line, element })
      continue
    }
    let value: Record<string, unknown>
    try {
      value = document.toJS({ maxAliasCount: 100 }) as Record<string, unknown>
    } catch (error) {
      yield problem('yaml', `It cannot be taken apart: ${(error as Error).message}.`, { source, line, element })
      continue
    }
    if (!String(value.kind ?? '').endsWith('List') || !Array.isArray(value.items)) {
      yield objectOf(value, namespace, { source, line, element })
      continue
    }
    const begun = linesOfItems(document, lines)
    for (const [at, one] of value.items.entries()) {
      const where = { source, line: begun[at] ?? line, element: `${element}, items[${at}]` }
      yield objectOf(one as Record<string, unknown>, namespace, where)
    }
  }
}

/** Of the objects of a list. */
function linesOfItems({ contents }: Document.Parsed, lines: LineCounter): number[] {
  const items = isCollection(contents) ? contents.get('items') : undefined
  return isSeq(items) ? items.items.map((one) => (isNode(one) && one.range ? lines.linePos(one.range[0]).line : 1)) : []
}

function objectOf(value: Record<string, unknown>, namespace: string, where: Where): KubeObject | Problem {
  const metadata = record(value?.metadata)
  const { kind, apiVersion } = value ?? {}
  if (typeof kind !== 'string' || typeof metadata.name !== 'string') {
    return problem('no-object', 'An object must have a kind and metadata.name.', where)
  }
  return {
    kind,
    apiVersion: typeof apiVersion === 'string' ? apiVersion : '',
    namespace: typeof metadata.namespace === 'string' ? metadata.namespace : namespace,
    name: metadata.name,
    labels: texts(metadata.labels),
    ...(typeof metadata.uid === 'string' ? { uid: metadata.uid } : {}),
    spec: record(value.spec),
    status: record(value.status),
    value,
    where: { ...where, element: `${kind} ${metadata.name} (${where.element})` },
  }
}

export const problem = (rule: string, message: string, where: Where): Problem => {
  return { kind: 'problem', severity: 'warning', rule, message, where }
}

export const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export const list = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.map(record) : [])

export const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(record(value)).map(([name, one]) => [name, String(one)]))
