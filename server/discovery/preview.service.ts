/** What a table would become by a mapping, from its first rows: read as a run reads it, and nothing written. */
import type { EntityManager } from '@mikro-orm/postgresql'
import { createReadStream } from 'node:fs'
import type { Services } from '../kernel/context.ts'
import { BadInput, NotFound } from '../kernel/errors.ts'
import { uuidOf } from '../kernel/node-id.ts'
import { withoutSecrets } from '../kernel/secrets.ts'
import { rows } from '../kernel/sql.ts'
import { productRef } from '../product/modules.ts'
import { ManagementProduct } from '../product/product.entity.ts'
import { requireActive } from '../product/product.service.ts'
import type { Problem, ReadOrder, SeenColumn, SeenItem, Sighting } from './adapters/adapter.ts'
import { adapterOf } from './discovery.service.ts'
import { typedValues } from './load/typed.ts'
import type { DiscoveryPreview, PreviewItem } from './preview.types.ts'
import type { DiscoveryProblem } from './run-report.type.ts'
import { usableUpload } from './upload.service.ts'
import { vocabularyOf } from './vocabulary.ts'

export interface PreviewOrder {
  productId: string
  /** Null: the file that the settings name. */
  uploadId: string | null
  /** Null: the product's own, if it has one. */
  mapping: unknown
  /** Rows. */
  first: number
}

type Needed = Pick<Services, 'adapters' | 'catalogue' | 'contentStore' | 'integrations'>

export async function previewTable(
  em: EntityManager,
  { productId, uploadId, mapping, first }: PreviewOrder,
  services: Needed,
  signal: AbortSignal,
): Promise<DiscoveryPreview> {
  const product = await em.findOne(ManagementProduct, uuidOf(productId, 'prd', ['productId']))
  if (!product) throw new NotFound('management product', productId, ['productId'])
  requireActive(product)
  const adapter = adapterOf(services, product)
  if (!adapter.columns) {
    throw new BadInput(`${product.name} takes no mapping: ${adapter.title} say themselves what they are.`, {
      itemId: product.id,
      field: ['productId'],
      rule: 'mapping',
    })
  }
  const upload = uploadId ? await usableUpload(em, uploadId, product, adapter, services) : null
  const ref = productRef(product)
  const config = { ...ref.config, ...(mapping ? { mapping } : {}) }
  const catalogue = services.catalogue.now
  const order: ReadOrder = {
    product: { ...ref, config },
    signal,
    finished: new Set(),
    vocabulary: vocabularyOf(catalogue),
    first,
    ...(upload
      ? { upload: { name: upload.name, open: () => createReadStream(services.contentStore.pathOf(upload.digest)) } }
      : {}),
  }
  const columns = await adapter.columns(order).catch((error: Error) => error)
  if (columns instanceof Error) return { ...empty([]), problems: [problemOf(error('table', columns.message))] }
  if (!config.mapping) return empty(columns)
  const faults = adapter.checkConfig(config)
  if (faults.length > 0) {
    return { ...empty(columns), fits: false, problems: faults.map((fault) => problemOf(error('mapping', fault))) }
  }
  const all: Sighting[] = []
  try {
    for await (const one of adapter.read(order)) all.push(one)
  } catch (fault) {
    signal.throwIfAborted()
    all.push(error('table', (fault as Error).message))
  }
  const problems = all.filter((one): one is Problem => one.kind === 'problem')
  return {
    columns,
    fits: problems.every(({ severity }) => severity !== 'error'),
    items: itemsOf(
      all,
      await toldBefore(em, product.uuid, all),
      (item) => typedValues(catalogue, item.className, item.attributes).attributes,
    ),
    problems: problems.map(problemOf),
  }
}

const empty = (columns: SeenColumn[]): DiscoveryPreview => ({ columns, fits: false, items: [], problems: [] })

/** Each item with its relationships, which come after it. */
function itemsOf(
  all: readonly Sighting[],
  before: ReadonlySet<string>,
  typed: (item: SeenItem) => Record<string, unknown>,
): PreviewItem[] {
  const made = new Map<string, PreviewItem>()
  const named = new Map<string, { className: string; key: string }>()
  for (const one of all) {
    if (one.kind === 'mention') named.set(one.ref, one)
    if (one.kind !== 'item') continue
    const { ref, className, name, key = name, where } = one
    named.set(ref, { className, key })
    const isKnown = before.has(keyOf(one))
    const line = where?.line ?? null
    made.set(ref, { line, className, name, key, attributes: typed(one), isKnown, relationships: [] })
  }
  const shown = new Set([...made.values()].map(keyOf))
  for (const one of all) {
    if (one.kind !== 'relationship') continue
    // Only its own row tells a relationship, on the line of its item.
    const isIncoming = made.get(one.from)?.line !== (one.where?.line ?? null)
    const [item, other] = isIncoming ? [made.get(one.to), named.get(one.from)] : [made.get(one.from), named.get(one.to)]
    if (!item || !other) continue
    const { className, key } = other
    const isKnown = shown.has(keyOf(other)) || before.has(keyOf(other))
    item.relationships.push({ type: one.type, isIncoming, className, key, isKnown })
  }
  return [...made.values()]
}

const keyOf = ({ className, key }: { className: string; key?: string }) => `${className} ${key}`

/** Class and key of what is named here and the product told before. */
async function toldBefore(em: EntityManager, productId: string, all: readonly Sighting[]): Promise<Set<string>> {
  const named = all.filter((one) => one.kind === 'item' || one.kind === 'mention')
  const found = await rows<{ className: string; key: string }>(
    em,
    `select o.class_name as "className", o.native_key as key from observation o
     join unnest($2::text[], $3::text[]) as n(class_name, key) on o.class_name = n.class_name and o.native_key = n.key
     where o.product_id = $1 and o.current`,
    [productId, named.map(({ className }) => className), named.map(({ key }) => key)],
  )
  return new Set(found.map(keyOf))
}

const error = (rule: string, message: string): Problem => ({ kind: 'problem', severity: 'error', rule, message })

const problemOf = ({ severity, rule, message, where }: Problem): DiscoveryProblem => ({
  severity,
  rule,
  message: withoutSecrets(message) as string,
  source: where?.source ?? null,
  line: where?.line ?? null,
  column: where?.column ?? null,
  element: where?.element ?? null,
})
