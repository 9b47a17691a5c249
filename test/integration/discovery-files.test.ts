/** Which books a product's runs came to, with what became of each, and what a book is worth before it is loaded. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { anApp } from '../support/app.ts'
import { discovered, ended, handIn } from '../support/discovery.ts'
import { book, computer, LAB_BOOK, labBook, labBookPath, operation } from '../support/idml/books.ts'

vi.setConfig({ testTimeout: 120_000 })
const waybill = anApp()
let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'idml-files-'))))
afterAll(() => rm(folder, { recursive: true }))

interface File {
  name: string
  stamp: string | null
  items: number
  state: string
  runId: string
  runNumber: string
}

async function aProduct(name: string, config: object, kind = 'idml'): Promise<string> {
  const input = { name, kind, config }
  return (await waybill.admin.does<{ product: { id: string } }>('productRegister', input, 'product { id }')).product.id
}

async function filesOf(id: string): Promise<File[]> {
  const { managementProduct } = await waybill.admin.query<{ managementProduct: { discoveryFiles: { nodes: File[] } } }>(
    `query($id: ID!) { managementProduct(id: $id) { discoveryFiles(first: 20) { totalCount nodes { name stamp items state runId runNumber } } } }`,
    { id },
  )
  return managementProduct.discoveryFiles.nodes
}

test('a product lists the books that its runs came to, the newest run first', async () => {
  const productId = await aProduct('Books', { folder })
  const later = LAB_BOOK.replace('T10.55', 'T11.55')
  await copyFile(labBookPath, join(folder, LAB_BOOK))
  await writeFile(join(folder, later), (await labBook()).replaceAll('T10:55:40Z', 'T11:55:40Z'))
  const first = await discovered(waybill.admin, { productId })
  expect(first).toMatchObject({ state: 'SUCCEEDED', created: 20 })
  expect(await filesOf(productId)).toMatchObject([
    { name: LAB_BOOK, stamp: '2026-11-22T10:55:40.000Z', items: 0, state: 'SUPERSEDED', runId: first.id },
    { name: later, stamp: '2026-11-22T11:55:40.000Z', items: 20, state: 'LOADED', runId: first.id },
  ])

  const dry = await discovered(waybill.admin, { productId, dryRun: true })
  const cut = await handIn(waybill, productId, 'cut.xml', (await labBook()).slice(0, 5_000))
  const failed = await discovered(waybill.admin, { productId, uploadId: cut })
  expect(failed.state).toBe('FAILED')
  expect((await filesOf(productId)).map(({ name, state, runId }) => [name, state, runId])).toEqual([
    ['cut.xml', 'NOT_LOADED', failed.id],
    [LAB_BOOK, 'SUPERSEDED', dry.id],
    [later, 'NOT_LOADED', dry.id],
    [LAB_BOOK, 'SUPERSEDED', first.id],
    [later, 'LOADED', first.id],
  ])
  expect((await filesOf(productId))[0]!.stamp).toBeNull()
})

test('a book that was handed in shows its certificate without being loaded', async () => {
  const productId = await aProduct('Handed in', {})
  const certificate = async (text: string, of = productId) => {
    const uploadId = await handIn(waybill, productId, 'book.xml', text)
    const { idmlCertificate } = await waybill.admin.query<{ idmlCertificate: Certificate }>(
      `query($productId: ID!, $uploadId: ID!) { idmlCertificate(productId: $productId, uploadId: $uploadId) {
        book passed mss elements relations checks { code title passed errors warnings findings { severity rule message line element } } } }`,
      { productId: of, uploadId },
    )
    return idmlCertificate
  }
  const good = await certificate(await labBook())
  expect(good).toMatchObject({ book: 'book.xml', passed: true, elements: 20, relations: 20 })
  expect(good.checks.map(({ code, passed }) => `${code} ${passed}`)).toEqual(
    ['00', '01', '02', '03', '04', '05', '06'].map((code) => `${code} true`),
  )
  const twice = await certificate(book(operation('create', `${computer('a')}\n${computer('a')}`)))
  expect(twice.passed).toBe(false)
  expect(twice.checks[1]).toMatchObject({ code: '01', passed: false, findings: [{ rule: 'id-unique', line: 7 }] })
  const torn = await certificate((await labBook()).slice(0, 5_000))
  expect(torn.checks.map(({ passed }) => passed)).toEqual([false, null, null, null, null, null, null])

  const other = await aProduct('Table', {}, 'table')
  await expect(certificate(await labBook(), other)).rejects.toThrow('Table reads no IdML books')
  expect(await filesOf(productId)).toEqual([])
})

interface Certificate {
  book: string
  passed: boolean
  checks: { code: string; passed: boolean | null }[]
}

test('a run says which file was handed in for it, another reads it again, and one that is gone is refused in words', async () => {
  const productId = await aProduct('Again', {})
  const uploadId = await handIn(waybill, productId, 'again.xml', await labBook())
  const dry = await discovered(waybill.admin, { productId, uploadId, dryRun: true })
  const { discoveryRun } = await waybill.admin.query<{ discoveryRun: { upload: { id: string; name: string } } }>(
    'query($id: ID!) { discoveryRun(id: $id) { upload { id name size } } }',
    { id: dry.id },
  )
  expect(discoveryRun.upload).toMatchObject({ id: uploadId, name: 'again.xml' })
  const real = await discovered(waybill.admin, { productId, uploadId: discoveryRun.upload.id })
  expect(real).toMatchObject({ state: 'SUCCEEDED', seen: dry.seen })

  await rm(join(waybill.folder, 'blobs/sha256'), { recursive: true })
  expect(await waybill.admin.tries('discoveryStart', { productId, uploadId })).toMatchObject([
    {
      message: 'The file again.xml that was handed in is not here any more. Hand it in again.',
      field: ['uploadId'],
      rule: 'upload',
    },
  ])
})

test('a run of a file that was handed in is resumed only while the file is there, and if the fault is not its own', async () => {
  const productId = await aProduct('Resumed', {})
  const resume = (id: string) => waybill.admin.tries('discoveryRunResume', { id })
  const cut = await handIn(waybill, productId, 'cut.xml', (await labBook()).slice(0, 5_000))
  const failed = await discovered(waybill.admin, { productId, uploadId: cut })
  expect(await resume(failed.id)).toMatchObject([
    {
      code: 'BAD_INPUT',
      rule: 'resume a good file',
      message: expect.stringMatching(
        /^What is wrong stands in the file cut\.xml itself, .* Hand in a corrected file\.$/,
      ),
    },
  ])

  const uploadId = await handIn(waybill, productId, 'whole.xml', await labBook())
  const run = await discovered(waybill.admin, { productId, uploadId, dryRun: true })
  // As if somebody had cancelled it before it read anything.
  const cancel = () =>
    waybill.database.rows(
      `with nothing as (delete from discovery_scope where run_id = $1::uuid)
       update discovery_run set state = 'CANCELLED' where uuid = $1::uuid returning 1`,
      [run.id.slice(4)],
    )
  await cancel()
  await waybill.admin.does('discoveryRunResume', { id: run.id }, 'run { id }')
  expect(await ended(waybill.admin, run.id)).toMatchObject({ state: 'SUCCEEDED', seen: run.seen, created: run.created })

  await cancel()
  await rm(join(waybill.folder, 'blobs/sha256'), { recursive: true })
  expect(await resume(run.id)).toMatchObject([
    {
      rule: 'upload',
      field: ['id'],
      message: 'The file whole.xml that was handed in is not here any more. Hand it in again.',
    },
  ])
})
