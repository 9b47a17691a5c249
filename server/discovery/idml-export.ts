/**
 * What discovery sees now as an IdML refresh book, so that Waybill is a Discovery Library Adapter for others: of one product
 * (what it tells itself), or of all (the values that are believed). One moment, read through cursors, so that memory stays flat.
 */
import { link, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { toNodeId } from '../kernel/node-id.ts'
import { refreshBookName } from './adapters/idml/files.ts'
import { writeBook, type BookItem, type BookRelationship } from './adapters/idml/write-book.ts'

export const APP_CODE = 'WAYBILL'
const BATCH = 2_000

export interface BookOrder {
  databaseUrl: string
  /** Null: of all products. */
  product: { uuid: string; name: string } | null
  /** Of the machine that Waybill runs on. */
  hostname: string
  /** Of Waybill. */
  version: string
  /** Where people reach it. */
  url?: string
  at: Date
  /** Hears what the book cannot carry, in sentences; they stand at its end too. */
  note?(sentence: string): void
}

export const bookNameFor = ({ hostname, at }: BookOrder): string => refreshBookName(APP_CODE, hostname, at)

/** The book as text, piece by piece; the connection ends with it, also when it is not read to its end. */
export async function* exportBook(order: BookOrder): AsyncGenerator<string> {
  const { product, hostname, version, url, at } = order
  const client = new Client({ connectionString: order.databaseUrl })
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    await client.query('set local idle_in_transaction_session_timeout = 0')
    const name = product ? `Waybill ${product.name}` : 'Waybill'
    const head = { mss: { hostname, manufacturer: 'Waybill', product: name }, version, at, ...(url ? { url } : {}) }
    const told = items(client, await parentsOf(client), product?.uuid)
    yield* writeBook(head, told, relationships(client, product?.uuid), leftOut(client, order))
  } finally {
    await client.end()
  }
}

interface ItemRow {
  uuid: string
  class_name: string
  name: string
  key: string | null
  attributes: Record<string, unknown>
}

const OF_ALL = `select uuid, class_name, name, null as key, attributes from actual_item where state = 'PRESENT'`
const OF_PRODUCT = `select distinct on (a.uuid) a.uuid, a.class_name, a.name, o.native_key as key, o.attributes
  from observation o join actual_item a on a.uuid = o.actual_item_id and a.state = 'PRESENT'
  where o.product_id = $1 and o.current and not o.missing and o.native_key is not null order by a.uuid, o.last_at desc`

const toldBy = (productId: string | undefined) => (productId ? OF_PRODUCT : OF_ALL)
const values = (productId: string | undefined) => (productId ? [productId] : [])

async function* items(client: Client, parents: Parents, productId: string | undefined): AsyncGenerator<BookItem> {
  const query = `select * from (${toldBy(productId)}) t order by class_name, name, uuid`
  for await (const { uuid, class_name: className, name, key, attributes } of each<ItemRow>(client, query, productId)) {
    const id = toNodeId('act', uuid)
    // Keys of several products may be equal, so in a book of all of them the key is Waybill's own.
    yield { id, className, ancestors: ancestorsOf(parents, className), name, key: key ?? id, attributes }
  }
}

async function* relationships(client: Client, productId: string | undefined): AsyncGenerator<BookRelationship> {
  const query = `with told as (${toldBy(productId)})
    select distinct r.source_id, r.target_id, r.type from actual_relationship r
      join told s on s.uuid = r.source_id join told t on t.uuid = r.target_id
    where r.gone_at is null ${productId ? 'and r.product_id = $1' : ''} order by 1, 2, 3`
  type Row = { type: string; source_id: string; target_id: string }
  for await (const { type, source_id: from, target_id: to } of each<Row>(client, query, productId)) {
    yield { type, from: toNodeId('act', from), to: toNodeId('act', to) }
  }
}

/** A relationship goes only where the book has both its ends. */
async function* leftOut(client: Client, { product, note }: BookOrder): AsyncGenerator<string> {
  const query = `with told as (${toldBy(product?.uuid)})
    select r.type, count(*)::int as n from actual_relationship r
    where r.gone_at is null ${product ? 'and r.product_id = $1' : ''}
      and not (exists (select from told s where s.uuid = r.source_id) and exists (select from told t where t.uuid = r.target_id))
    group by 1 order by 1`
  const { rows } = await client.query<{ type: string; n: number }>(query, values(product?.uuid))
  for (const { type, n } of rows) {
    const many = n === 1 ? '1 relationship' : `${n} relationships`
    const sentence = `Left out: ${many} of the type ${type}, because the book does not have both ends.`
    note?.(sentence)
    yield sentence
  }
}

async function* each<Row>(client: Client, query: string, productId: string | undefined): AsyncGenerator<Row> {
  await client.query(`declare told cursor for ${query}`, values(productId))
  for (;;) {
    const { rows } = await client.query(`fetch ${BATCH} from told`)
    yield* rows as Row[]
    if (rows.length < BATCH) break
  }
  await client.query('close told')
}

/** Class → the class it inherits from. */
type Parents = ReadonlyMap<string, string>

async function parentsOf(client: Client): Promise<Parents> {
  const { rows } = await client.query<{ name: string; parent: string }>(
    'select name, parent from item_class where parent is not null',
  )
  return new Map(rows.map(({ name, parent }) => [name, parent]))
}

function ancestorsOf(parents: Parents, className: string): string[] {
  const line: string[] = []
  for (let at = parents.get(className); at; at = parents.get(at)) line.push(at)
  return line
}

/**
 * Writes the book into a folder: as `….partial` first, so that whoever watches the folder sees only whole books. Answers
 * its path.
 */
export async function writeBookTo(folder: string, order: BookOrder): Promise<string> {
  const path = join(folder, bookNameFor(order))
  const partial = `${path}.partial`
  try {
    await writeFile(partial, exportBook(order), { flag: 'wx', mode: 0o640 })
    // Unlike a rename, a link does not replace a book that is there.
    await link(partial, path)
  } finally {
    await rm(partial, { force: true })
  }
  return path
}
