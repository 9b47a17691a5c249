// Real exports and a real protocol, read by the whole of discovery: several sources tell of one thing, and it is one item.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { anApp } from '../support/app.ts'
import { discovered, handIn, RUN, type Run } from '../support/discovery.ts'
import { LAB_BOOK, labBookPath } from '../support/idml/books.ts'
import { smallModel, startTaddm } from '../support/taddm-double.ts'

vi.setConfig({ testTimeout: 120_000 })
const DATA = join(import.meta.dirname, '../data')
const waybill = anApp()
let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'together-'))))
afterAll(() => rm(folder, { recursive: true }))

async function aProduct(name: string, kind: string, config: object): Promise<string> {
  const input = { name, kind, config }
  return (await waybill.admin.does<{ product: { id: string } }>('productRegister', input, 'product { id }')).product.id
}

interface Machine {
  name: string
  attributes: { name: string; value: unknown }[]
  observations: { source: string }[]
}
async function machines(search: string): Promise<Machine[]> {
  const text = `query($search: String) { actualItems(first: 100, filter: { search: $search, classNames: ["ComputerSystem"] }) { nodes {
    name attributes { name value } observations { source } } } }`
  return (await waybill.admin.query<{ actualItems: { nodes: Machine[] } }>(text, { search })).actualItems.nodes
}
const toldBy = ({ observations }: Machine) => observations.map(({ source }) => source).toSorted()

/** The facts are of an earlier lab than the recording: web1 gets the id and the network card that it has there. */
async function factsOfTheSameMachine(): Promise<string> {
  const facts = join(folder, 'facts')
  await cp(join(DATA, 'ansible/facts'), facts, { recursive: true })
  const capture = await readFile(join(DATA, 'ssh/three-hosts.capture'), 'utf8')
  const [, word] = capture.match(/=== (\w+) host\nweb1\n/)!
  const [, id] = capture.match(new RegExp(`=== ${word} machine-id\n(\\w+)`))!
  const [, card] = capture
    .slice(capture.indexOf(`=== ${word} addresses`))
    .match(/"link_type":"ether","address":"([^"]+)"/)!
  const told = await readFile(join(facts, 'web1'), 'utf8')
  const same = told
    .replace(/("ansible_machine_id": ")\w+/, `$1${id}`)
    .replaceAll(/("macaddress": ")(?!00:00)[^"]+/g, `$1${card}`)
  await writeFile(join(facts, 'web1'), same)
  return facts
}

/** The book that Waybill writes of what a product knows. */
async function bookOf(productId: string): Promise<string> {
  const { secret } = await waybill.admin.does<{ secret: string }>('apiTokenCreate', { name: 'books' }, 'secret')
  const answer = await fetch(new URL(`/idml/book?productId=${productId}`, waybill.url), {
    headers: { authorization: `Bearer ${secret}` },
  })
  expect(answer.status).toBe(200)
  return answer.text()
}

test('a machine that an SSH session, a fact cache and a book tell of is one item, with the word of each', async () => {
  const hosts = { hosts: 'web1 discover@127.0.0.1:1', password: 'unused' }
  const session = await aProduct('Session', 'ssh', hosts)
  const capture = await readFile(join(DATA, 'ssh/three-hosts.capture'), 'utf8')
  const recording = await handIn(waybill, session, 'lab.capture', capture)
  const first = await discovered(waybill.admin, { productId: session, uploadId: recording })
  expect(first).toMatchObject({ state: 'SUCCEEDED', errors: 0 })
  expect(await machines('web')).toHaveLength(3)

  const inventory = join(DATA, 'ansible/one-host.ini')
  const ansible = await aProduct('Facts', 'ansible', { inventory, facts: await factsOfTheSameMachine() })
  expect(await discovered(waybill.admin, { productId: ansible })).toMatchObject({ state: 'SUCCEEDED', errors: 0 })

  const books = await aProduct('Book', 'idml', {})
  const book = await handIn(waybill, books, 'session.xml', await bookOf(session))
  const third = await discovered(waybill.admin, { productId: books, uploadId: book })
  expect(third).toMatchObject({ state: 'SUCCEEDED', errors: 0 })

  const found = (await machines('web')).toSorted((a, b) => a.name.localeCompare(b.name))
  expect(found.map(({ name }) => name.split('.')[0])).toEqual(['web1', 'web2', 'web3'])
  expect(found.map(toldBy)).toEqual([
    ['Book', 'Facts', 'Session'],
    ['Book', 'Session'],
    ['Book', 'Session'],
  ])
})

test('a book of which the machines have only names in common with known ones makes no merge, and asks', async () => {
  const books = join(folder, 'books')
  await cp(labBookPath, join(books, LAB_BOOK))
  const productId = await aProduct('Earlier lab', 'idml', { folder: books })
  const run = await discovered<Run & { questions: number }>(waybill.admin, { productId }, `${RUN} questions`)
  expect(run).toMatchObject({ state: 'SUCCEEDED', errors: 0 })
  expect(run.questions).toBeGreaterThan(0)
  expect(await machines('web')).toHaveLength(6)
  const text = `query($runId: ID) { identityQuestions(first: 50, runId: $runId) { totalCount nodes { kind } } }`
  type Asked = { identityQuestions: { totalCount: number; nodes: { kind: string }[] } }
  const { identityQuestions } = await waybill.admin.query<Asked>(text, { runId: run.id })
  expect(identityQuestions.totalCount).toBe(run.questions)
})

test('a run of TADDM loads its model as items and relationships, a second one changes nothing, and a host that is gone is missing', async () => {
  const taddm = await startTaddm(smallModel(7))
  try {
    const config = { release: '7.3', url: taddm.url, user: taddm.user, password: taddm.password, fetchSize: '3' }
    const productId = await aProduct('TADDM', 'taddm', config)
    const look = () => discovered<Run>(waybill.admin, { productId }, RUN)
    expect(await look()).toMatchObject({ state: 'SUCCEEDED', failure: null, created: 28, relationships: 21, errors: 0 })
    const hosts = await machines('host')
    expect(hosts.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => `host${n}`))
    expect(hosts[3]!.attributes).toContainEqual({ name: 'serialNumber', value: 'SN-3' })
    expect(await look()).toMatchObject({ state: 'SUCCEEDED', created: 0, changed: 0, missing: 0, unchanged: 28 })
    taddm.model = smallModel(6)
    expect(await look()).toMatchObject({ state: 'SUCCEEDED', created: 0, missing: 4 })
    expect(taddm.strange).toEqual([])
  } finally {
    await taddm.close()
  }
})

test('a table that names machines by the serial numbers that TADDM told of adds to them and makes none', async () => {
  const mapping = {
    class: 'ComputerSystem',
    name: 'Host',
    key: 'Asset',
    attributes: { serialNumber: 'Serial', cpus: 'CPUs' },
  }
  const productId = await aProduct('Assets', 'table', { mapping })
  const text = 'Asset,Host,Serial,CPUs\nA-1,front,SN-1,4\nA-2,back,SN-2,8\n'
  const uploadId = await handIn(waybill, productId, 'assets.csv', text)
  expect(await discovered(waybill.admin, { productId, uploadId })).toMatchObject({ state: 'SUCCEEDED', created: 0 })
  const [one] = (await machines('')).filter(({ attributes }) =>
    attributes.some(({ name, value }) => name === 'serialNumber' && value === 'SN-1'),
  )
  expect(toldBy(one!)).toEqual(['Assets', 'TADDM'])
  expect(one!.attributes).toContainEqual({ name: 'cpus', value: 4 })
})
