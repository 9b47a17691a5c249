import { copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { anApp, type Person } from '../support/app.ts'
import {
  book,
  computer,
  items,
  LAB_BOOK,
  labBook,
  labBookPath,
  operation,
  readText,
  relationships,
} from '../support/idml/books.ts'
import { until } from '../support/until.ts'

// Several runs each, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 })
const waybill = anApp()
let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'idml-watched-'))))
afterAll(() => rm(folder, { recursive: true }))

interface Run {
  id: string
  state: string
  failure: string | null
  seen: number
  created: number
  changed: number
  unchanged: number
  missing: number
  relationships: number
  warnings: number
  errors: number
}
const RUN = 'id state failure seen created changed unchanged missing relationships warnings errors'

async function aProduct(name: string, config: object = {}): Promise<string> {
  const made = await waybill.admin.does<{ product: { id: string } }>(
    'productRegister',
    { name, kind: 'idml', config },
    'product { id }',
  )
  return made.product.id
}

const runsOf = async (productId: string): Promise<Run[]> => {
  const { discoveryRuns } = await waybill.admin.query<{ discoveryRuns: { nodes: Run[] } }>(
    `query($id: ID!) { discoveryRuns(first: 20, productId: $id) { nodes { ${RUN} } } }`,
    { id: productId },
  )
  return discoveryRuns.nodes
}

/** The newest of so many runs, once it is over. */
async function ended(productId: string, count: number): Promise<Run> {
  const isOver = (runs: Run[]) => runs.length >= count && !['QUEUED', 'RUNNING'].includes(runs[0]!.state)
  return (await until(() => runsOf(productId), isOver, 60_000))[0]!
}

/** What the product sees, as a book. */
async function bookOf(productId: string) {
  const token = await tokenOf(waybill.admin)
  const answer = await fetch(new URL(`/idml/book?productId=${productId}`, waybill.url), {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(answer.status).toBe(200)
  return readText(await answer.text())
}

async function upload(productId: string, name: string, text: string): Promise<string> {
  const address = new URL(`/discovery/uploads?productId=${productId}&name=${name}`, waybill.url)
  const answer = await fetch(address, {
    method: 'POST',
    body: text,
    headers: { authorization: `Bearer ${await tokenOf(waybill.admin)}`, 'content-type': 'application/xml' },
  })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { id: string }).id
}

const tokenOf = async (person: Person) =>
  (await person.does<{ secret: string }>('apiTokenCreate', { name: 'books' }, 'secret')).secret

/** The same system an hour later, without web3 and all that is on it. */
const laterBook = async () =>
  (await labBook())
    .replaceAll('2026-11-22T10:55:40Z', '2026-11-22T11:55:40Z')
    .replace(/ *<cdm:sys\.ComputerSystem id="10\.77\.0\.13-[\s\S]*?<\/cdm:sys\.ComputerSystem>\n/, '')
    .replaceAll(/ *<cdm:[^\n]*10\.77\.0\.13-[^\n]*\n/g, '')

describe('the book of the lab', () => {
  test('handed in twice arrives once; a later refresh without one host makes that host missing', async () => {
    const product = await aProduct('Handed in')
    const start = async (name: string, text: string, count: number) => {
      const uploadId = await upload(product, name, text)
      await waybill.admin.does('discoveryStart', { productId: product, uploadId }, 'run { id }')
      return ended(product, count)
    }
    const first = await start(LAB_BOOK, await labBook(), 1)
    expect(first).toMatchObject({
      state: 'SUCCEEDED',
      failure: null,
      seen: 20,
      created: 20,
      missing: 0,
      relationships: 20,
      errors: 0,
    })
    const seen = await bookOf(product)
    expect(
      items(seen)
        .filter(({ className }) => className === 'ComputerSystem')
        .map(({ name }) => name),
    ).toEqual(['web1', 'web2', 'web3'])
    expect(items(seen)).toHaveLength(20)
    expect(relationships(seen)).toHaveLength(20)

    const again = await start(LAB_BOOK, await labBook(), 2)
    expect(again).toMatchObject({ state: 'SUCCEEDED', created: 0, changed: 0, unchanged: 20, missing: 0 })

    const later = await start('later.xml', await laterBook(), 3)
    expect(later).toMatchObject({ state: 'SUCCEEDED', created: 0, changed: 0, unchanged: 14, missing: 6 })
    const { actualItems } = await waybill.admin.query<{ actualItems: { nodes: { name: string }[] } }>(
      `query($id: ID!) { actualItems(first: 50, filter: { productId: $id, states: [MISSING], classNames: ["ComputerSystem"] }) { nodes { name } } }`,
      { id: product },
    )
    expect(actualItems.nodes).toEqual([{ name: 'web3' }])
    expect(items(await bookOf(product))).toHaveLength(14)
  })

  test('that is cut off changes nothing, and the run says where', async () => {
    const product = await aProduct('Cut off')
    const uploadId = await upload(product, 'half.xml', (await labBook()).slice(0, 6_000))
    await waybill.admin.does('discoveryStart', { productId: product, uploadId }, 'run { id }')
    const run = await ended(product, 1)
    expect(run).toMatchObject({ state: 'FAILED', created: 0, errors: 1 })
    expect(items(await bookOf(product))).toEqual([])
  })

  test('is not needed for a delete: of something never seen it is told that nothing is known of it', async () => {
    const product = await aProduct('Deleting')
    const uploadId = await upload(product, 'a.xml', book(operation('delete', computer('never-seen'))))
    await waybill.admin.does('discoveryStart', { productId: product, uploadId }, 'run { id }')
    expect(await ended(product, 1)).toMatchObject({
      state: 'SUCCEEDED',
      created: 0,
      missing: 0,
      warnings: 1,
      errors: 0,
    })
  })

  test('in a watched folder is read within seconds, a half one not, and the next one too', async () => {
    const product = await aProduct('Watched', { folder, watch: 'yes' })
    const partial = join(folder, `${LAB_BOOK}.partial`)
    await copyFile(labBookPath, partial)
    await rename(partial, join(folder, LAB_BOOK))
    expect(await ended(product, 1)).toMatchObject({ state: 'SUCCEEDED', seen: 20, errors: 0 })
    await writeFile(join(folder, LAB_BOOK.replace('T10.55', 'T11.55')), await laterBook())
    expect(await ended(product, 2)).toMatchObject({ state: 'SUCCEEDED', created: 0, missing: 6 })
    expect(await runsOf(product)).toHaveLength(2)
  })
})
