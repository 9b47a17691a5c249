import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certify } from '../../server/discovery/adapters/idml/certify.ts'
import { writeBookTo } from '../../server/discovery/idml-export.ts'
import { rows } from '../../server/kernel/sql.ts'
import { anApp, type Person } from '../support/app.ts'
import { items, labBook, problems, readText, relationships } from '../support/idml/books.ts'

const waybill = anApp()
let product: { id: string; uuid: string }
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'idml-books-'))
  const made = await waybill.admin.does<{ product: { id: string } }>(
    'productRegister',
    { name: 'Lima "by hand"', kind: 'shelf' },
    'product { id }',
  )
  const hex = made.product.id.slice(4)
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  product = { id: made.product.id, uuid }
  await seen()
})
afterAll(() => rm(folder, { recursive: true }))

/** What a discovery would have left: a host with a service of the product, a thing of nobody, one that is missing. */
async function seen(): Promise<void> {
  const em = waybill.app.orm.em.fork()
  const at = '2026-11-22T10:00:00Z'
  const id = (n: number) => `0000000${n}-0000-7000-8000-000000000000`
  const all = [
    [1, 'ComputerSystem', 'web1', 'host:1', product.uuid, 'PRESENT', { platform: 'linux', port: 22, machineId: 'ab' }],
    [
      2,
      'SoftwareInstallation',
      'shop on web1',
      'host:1/shop',
      product.uuid,
      'PRESENT',
      { package: 'shop', version: '1' },
    ],
    [3, 'Site', 'Lima', 'lima', null, 'PRESENT', {}],
    [4, 'ComputerSystem', 'gone', 'host:4', product.uuid, 'MISSING', {}],
  ] as const
  for (const [n, className, name, key, of, state, attributes] of all) {
    await rows(
      em,
      `insert into actual_item (uuid, class_name, name, native_key, product_id, state, attributes, first_seen_at, last_seen_at)
       values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $8)`,
      [id(n), className, name, key, of, state, JSON.stringify({ ...attributes, owner: 'all' }), at],
    )
    if (!of) continue
    await rows(
      em,
      `insert into observation (uuid, actual_item_id, source, product_id, class_name, native_key, attributes, first_at, last_at, missing)
       values (gen_random_uuid(), $1, $2, $3, $4, $5, $6::jsonb, $7, $7, $8)`,
      [id(n), `product:${of}`, of, className, key, JSON.stringify(attributes), at, state === 'MISSING'],
    )
  }
  for (const [from, to, type] of [
    [2, 1, 'runsOn'],
    [1, 3, 'locatedIn'],
    [2, 4, 'runsOn'],
  ] as const) {
    await rows(
      em,
      `insert into actual_relationship (uuid, type, source_id, target_id, product_id, evidence, first_seen_at, last_seen_at)
       values (gen_random_uuid(), $1, $2, $3, $4, 'test', $5, $5)`,
      [type, id(from), id(to), product.uuid, at],
    )
  }
}

/** A request with a token of this person. */
async function fetchAs(person: Person, path: string, init: RequestInit = {}): Promise<Response> {
  const { secret } = await person.does<{ secret: string }>('apiTokenCreate', { name: 'books' }, 'secret')
  return fetch(new URL(path, waybill.url), { ...init, headers: { ...init.headers, authorization: `Bearer ${secret}` } })
}

const notesIn = (text: string) => [...text.matchAll(/<!-- (.*?) -->/g)].map(([, note]) => note)

describe('the book of what discovery sees', () => {
  test('of one product has what it tells, under its keys, and passes the seven checks', async () => {
    const answer = await fetchAs(waybill.admin, `/idml/book?productId=${product.id}`)
    expect(answer.status).toBe(200)
    const name = /^attachment; filename="(.*)"$/.exec(answer.headers.get('content-disposition')!)![1]!
    expect(name).toMatch(/^WAYBILL\..+\.\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\dZ\.refresh\.xml$/)
    const text = await answer.text()
    const { passed, checks } = await certify({ name, open: () => Readable.from([Buffer.from(text)]) })
    expect([passed, checks.flatMap(({ findings }) => findings)]).toEqual([true, []])
    expect(notesIn(text)).toEqual([
      'Left out: 1 relationship of the type locatedIn, because the book does not have both ends.',
      'Left out: 1 relationship of the type runsOn, because the book does not have both ends.',
    ])

    const read = await readText(text, name)
    expect(problems(read)).toEqual([])
    const mss = `ibm-cdm:///CDMMSS/Hostname=${hostname()}+ManufacturerName=Waybill+ProductName=Waybill Lima "by hand"`
    expect(
      items(read).map(({ className, name, key, attributes, extended }) => ({
        ...{ className, name, key },
        attributes: { ...attributes, ...extended },
      })),
    ).toEqual([
      {
        className: 'ComputerSystem',
        name: 'web1',
        key: `${mss}#host:1`,
        attributes: { platform: 'linux', port: '22', machineId: 'ab' },
      },
      {
        className: 'SoftwareInstallation',
        name: 'shop on web1',
        key: `${mss}#host:1/shop`,
        attributes: { package: 'shop', version: '1' },
      },
    ])
    expect(relationships(read).map(({ type }) => type)).toEqual(['runsOn'])
  })

  test('of all products has every item that is there, with the values that are believed', async () => {
    const text = await (await fetchAs(waybill.admin, '/idml/book')).text()
    const read = await readText(text)
    expect(notesIn(text)).toEqual([
      'Left out: 1 relationship of the type runsOn, because the book does not have both ends.',
    ])
    expect(items(read).map(({ className, name, extended }) => [className, name, extended?.owner])).toEqual([
      ['ComputerSystem', 'web1', 'all'],
      ['Site', 'Lima', 'all'],
      ['SoftwareInstallation', 'shop on web1', 'all'],
    ])
    expect(
      relationships(read)
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['locatedIn', 'runsOn'])
  })

  test('is for who sees the whole estate, and of products that there are', async () => {
    expect((await fetch(new URL('/idml/book', waybill.url))).status).toBe(401)
    const foreign = { headers: { 'sec-fetch-site': 'cross-site' } }
    expect((await fetchAs(waybill.admin, '/idml/book', foreign)).status).toBe(403)
    const { item } = await waybill.admin.does<{ item: { id: string } }>(
      'itemCreate',
      { className: 'Site', name: 'Quito' },
      'item { id }',
    )
    const local = await waybill.person('VIEWER', item.id)
    const refused = await fetchAs(local, '/idml/book')
    expect([refused.status, await refused.json()]).toEqual([
      403,
      { code: 'FORBIDDEN', message: `${local.name} needs the permission estate.read for the whole estate.` },
    ])
    const unknown = await fetchAs(waybill.admin, `/idml/book?productId=prd_${'0'.repeat(32)}`)
    expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([404, 'NOT_FOUND'])
    expect((await fetchAs(waybill.admin, '/idml/book?productId=x')).status).toBe(400)
  })

  test('goes into a folder under its name once it is whole, and never over another', async () => {
    const order = { databaseUrl: waybill.database.url, product: null, hostname: 'w1', version: '1', at: new Date(0) }
    const path = await writeBookTo(folder, order)
    expect(await readdir(folder)).toEqual(['WAYBILL.w1.1970-01-01T00.00.00Z.refresh.xml'])
    expect(items(await readText(await readFile(path, 'utf8')))).toHaveLength(3)
    await expect(writeBookTo(folder, order)).rejects.toThrow('EEXIST')
    await expect(
      writeBookTo(folder, { ...order, at: new Date(1e9), databaseUrl: `${order.databaseUrl}-not-there` }),
    ).rejects.toThrow('not-there')
    expect(await readdir(folder)).toHaveLength(1)
  })
})

test('the command writes the book of a product that it is told by name', async () => {
  const write = (...args: string[]) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'server/idml-write.ts', ...args], {
      env: { ...process.env, DATABASE_URL: waybill.database.url, WAYBILL_DATA: waybill.folder },
    })
    let [out, said] = ['', '']
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (said += chunk))
    return new Promise<{ code: number | null; out: string; said: string }>((done) =>
      child.on('close', (code) => done({ code, out, said })),
    )
  }
  const to = await mkdtemp(join(folder, 'to-'))
  const { code, out, said } = await write('--to', to, '--product', 'Lima "by hand"')
  expect(out).toMatch(/^Wrote .*\.refresh\.xml\n$/)
  expect(said).toContain('Left out: 1 relationship of the type locatedIn')
  expect(code).toBe(0)
  expect(items(await readText(await readFile(out.slice(6, -1), 'utf8')))).toHaveLength(2)
  const none = await write('--to', to, '--product', 'Quito')
  expect(none).toMatchObject({
    code: 2,
    said: expect.stringContaining('there is no management product "Quito"; there are "Lima'),
  })
}, 120_000) // two programs, on a machine that may be busy

describe('the certificate of a book', () => {
  const post = (person: Person, body: string | Uint8Array<ArrayBuffer>, name = 'a.xml') =>
    fetchAs(person, `/idml/certificate?name=${name}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/xml' },
    })

  test('comes for a book that is handed in, and nothing is loaded', async () => {
    const certificate = (await (await post(waybill.admin, await labBook())).json()) as {
      passed: boolean
      checks: unknown[]
    }
    expect(certificate).toMatchObject({ book: 'a.xml', passed: true, elements: 20, relations: 20 })
    expect(certificate.checks).toHaveLength(7)
    const packed = await post(waybill.admin, new Uint8Array(gzipSync(await labBook())), 'a.xml.gz')
    expect(await packed.json()).toMatchObject({ passed: true })
    const broken = await post(waybill.admin, (await labBook()).slice(0, -100))
    expect(await broken.json()).toMatchObject({
      passed: false,
      checks: [
        { code: '00', passed: false, findings: [{ rule: 'xml', where: { source: 'a.xml' } }] },
        {},
        {},
        {},
        {},
        {},
        {},
      ],
    })
    const { actualItems } = await waybill.admin.query<{ actualItems: { totalCount: number } }>(
      '{ actualItems(first: 1) { totalCount } }',
    )
    expect(actualItems.totalCount).toBe(4)
  })

  test('is for who may run discovery', async () => {
    expect((await post(await waybill.person('VIEWER'), '<a/>')).status).toBe(403)
    const unsigned = await fetch(new URL('/idml/certificate', waybill.url), { method: 'POST', body: '<a/>' })
    expect(unsigned.status).toBe(401)
  })
})
