// Attributes that people added to a book: what the classes here know is typed, the rest is kept as it was told and given back.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeBookTo } from '../../server/discovery/idml-export.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { rows } from '../../server/kernel/sql.ts'
import { anEstate, type Estate } from '../support/estate.ts'
import { book, operation } from '../support/idml/books.ts'
import { looksAt } from '../support/looks.ts'
import { seenBy } from '../support/seen.ts'

const services = () => ({ integrations: new Map() })
const [first, second] = [anEstate(services), anEstate(services)]
const folders: Record<'in' | 'out', string> = { in: '', out: '' }
beforeAll(async () => {
  folders.in = await mkdtemp(join(tmpdir(), 'extended-in-'))
  folders.out = await mkdtemp(join(tmpdir(), 'extended-out-'))
})
afterAll(() => Promise.all(Object.values(folders).map((folder) => rm(folder, { recursive: true }))))

async function load(estate: Estate, folder: string) {
  const looks = looksAt(estate)
  const product = await looks.product(`Books ${folder}`, 'idml', { folder })
  const runId = await looks.start(product.id)
  await looks.run(runId)
  return { product, ended: await looks.ended(runId) }
}

test('what no class knows is kept with its source, shown, and written into the next book', async () => {
  const attributes = [
    ['cost centre', '4711 & more'],
    ['rack', 'R7'],
    ['rack', 'R8'],
    ['cpus', '4'],
  ].map(([name, value]) => `<cdm:extattr name="${name}">${value!.replace('&', '&amp;')}</cdm:extattr>`)
  const computer = `<cdm:sys.ComputerSystem id="a" sourceToken="t-a"><cdm:Name>a</cdm:Name><cdm:SerialNumber>S-1</cdm:SerialNumber>
    <cdm:extension>${attributes.join('')}</cdm:extension></cdm:sys.ComputerSystem>`
  await writeFile(join(folders.in, 'a.xml'), book(operation('create', computer)))
  const { product, ended } = await load(first, folders.in)
  expect(ended).toMatchObject({ state: 'SUCCEEDED', problems: [] })
  const [item] = await rows<{ uuid: string; attributes: object }>(
    first.orm.em.fork(),
    `select uuid, attributes from actual_item where name = 'a'`,
  )
  const kept = { serialNumber: 'S-1', cpus: 4, 'extattr:cost centre': '4711 & more', 'extattr:rack': ['R7', 'R8'] }
  expect(item!.attributes).toEqual(kept)
  const shown = await first.query<{ actualItem: { attributes: object[]; observations: { attributes: object }[] } }>(
    `query($id: ID!) { actualItem(id: $id) { attributes { name title value source } observations { attributes } } }`,
    { id: toNodeId('act', item!.uuid) },
  )
  expect(shown.actualItem.observations).toMatchObject([{ attributes: kept }])
  expect(shown.actualItem.attributes).toContainEqual({
    name: 'extattr:cost centre',
    title: 'cost centre (extended)',
    value: '4711 & more',
    source: product.name,
  })
  const why = `query($id: ID!) { whyValue(id: $id, attribute: "extattr:rack") { value winner { source } } }`
  expect(await first.query(why, { id: toNodeId('act', item!.uuid) })).toEqual({
    whyValue: { value: ['R7', 'R8'], winner: { source: product.name } },
  })

  await writeBookTo(folders.out, { databaseUrl: first.url, hostname: 'w', version: '1', at: new Date(), product })
  expect((await load(second, folders.out)).ended).toMatchObject({ state: 'SUCCEEDED', problems: [] })
  expect(await seenBy(second)).toEqual(await seenBy(first))
  // Reading the book again changes nothing.
  const looks = looksAt(first)
  const again = await looks.start(product.id)
  await looks.run(again)
  expect(
    await rows(first.orm.em.fork(), 'select created, changed, unchanged from discovery_run where uuid = $1', [again]),
  ).toEqual([{ created: 0, changed: 0, unchanged: 1 }])
})
