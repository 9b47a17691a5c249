/** Tables from upload and folder to the graph, by way of a mapping. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { anApp } from '../support/app.ts'
import { discovered, handIn, RUN, type Run } from '../support/discovery.ts'
import { until } from '../support/until.ts'

vi.setConfig({ testTimeout: 120_000 })
const waybill = anApp()
let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'tables-'))))
afterAll(() => rm(folder, { recursive: true }))

const MAPPING = {
  class: 'ComputerSystem',
  name: 'Host',
  key: 'Asset',
  site: 'Room',
  attributes: { serialNumber: 'Serial', cpus: 'CPUs' },
  relationships: [{ type: 'dependsOn', class: 'ComputerSystem', column: 'Needs' }],
}

async function aProduct(name: string, config: object): Promise<string> {
  const input = { name, kind: 'table', config }
  return (await waybill.admin.does<{ product: { id: string } }>('productRegister', input, 'product { id }')).product.id
}

async function discover(productId: string, text: string) {
  const uploadId = await handIn(waybill, productId, 'hosts.csv', text)
  const selection = `${RUN} problems(first: 50) { nodes { severity rule message line element } }`
  return discovered<Run & { problems: { nodes: Problem[] } }>(waybill.admin, { productId, uploadId }, selection)
}
interface Problem {
  rule: string
  message: string
  line: number | null
  element: string | null
}

test('a file that is handed in becomes items and relationships; what is wrong with a row is told with its line', async () => {
  const productId = await aProduct('Sheet', { mapping: MAPPING })
  const run = await discover(
    productId,
    'Asset,Host,Serial,CPUs,Needs,Room\nA-1,web-1,SX1001,4,A-2,Lima\nA-2,web-2,SX1002,lots,A-9,Lima\nA-3,"web-3,SX1003,,,\nA-4,web-4,SX1004,2,,Quito\n',
  )
  expect(run).toMatchObject({ state: 'SUCCEEDED', created: 5, relationships: 4, errors: 0 })
  expect(run.problems.nodes.map(({ rule, line, element }) => [rule, line, element])).toEqual([
    ['value', 3, 'column "CPUs"'],
    ['csv', 4, 'row'],
    ['unknown-end', 3, 'column "Needs"'],
  ])
  expect(run.problems.nodes.find(({ rule }) => rule === 'unknown-end')!.message).toBe(
    '"A-2 (ComputerSystem)" dependsOn "ComputerSystem A-9" was left out: nothing is known of ComputerSystem "A-9".',
  )

  // The other end may have come with an earlier file.
  const second = await discover(productId, 'Asset,Host,Serial,CPUs,Needs,Room\nA-9,web-9,SX1009,1,A-1,Lima\n')
  expect(second).toMatchObject({ state: 'SUCCEEDED', created: 1, relationships: 2, warnings: 0, missing: 0 })
})

test('a mapping that does not fit loads nothing and says which columns there are', async () => {
  const productId = await aProduct('Other sheet', { mapping: MAPPING })
  const run = await discover(productId, 'Asset;Name;Serial;CPUs;Needs;Room\nA-1;web-1;S1;4;;Lima\n')
  expect(run).toMatchObject({ state: 'FAILED', created: 0, errors: 1 })
  expect(run.problems.nodes).toMatchObject([
    {
      severity: 'error',
      rule: 'mapping',
      line: 1,
      message: 'There is no column "Host" for the name. The columns are Asset, Name, Serial, CPUs, Needs, Room.',
    },
  ])
  const refused = await waybill.admin.tries('productRegister', { name: 'x', kind: 'table', config: { mapping: {} } })
  expect(refused[0]!.message).toContain('The mapping needs a class')
})

test('a watched folder is read again when a file in it changes, and what it no longer names is missing', async () => {
  const file = join(folder, 'hosts.json')
  await writeFile(file, '[{"Host": "lab-1"}, {"Host": "lab-2"}]')
  const mapping = { class: 'ComputerSystem', name: 'Host' }
  const productId = await aProduct('Folder', { path: folder, watch: 'yes', mapping })
  const latest = async (count: number) => {
    const runs = async () => {
      const { discoveryRuns } = await waybill.admin.query<{ discoveryRuns: { nodes: Run[] } }>(
        `query($id: ID!) { discoveryRuns(first: 20, productId: $id) { nodes { ${RUN} } } }`,
        { id: productId },
      )
      return discoveryRuns.nodes
    }
    const isOver = (all: Run[]) => all.length >= count && !['QUEUED', 'RUNNING'].includes(all[0]!.state)
    return (await until(runs, isOver, 60_000))[0]!
  }
  expect(await latest(1)).toMatchObject({ state: 'SUCCEEDED', created: 2 })
  await writeFile(file, '[{"Host": "lab-1"}, {"Host": "lab-3"}]\n')
  expect(await latest(2)).toMatchObject({ state: 'SUCCEEDED', created: 1, missing: 1 })
})

interface Preview {
  columns: { name: string; samples: string[] }[]
  fits: boolean
  items: { line: number; name: string; isKnown: boolean; attributes: object; relationships: object[] }[]
  problems: Problem[]
}

test('a preview shows what the first rows would become, and writes nothing', async () => {
  const productId = await aProduct('Previewed', {})
  const text = 'Asset,Host,Serial,CPUs,Needs,Room\nP-1,p-1,SP1,4,P-2,Lima\nP-2,p-2,SP2,many,P-9,\nP-3,p-3,SP3,1,,\n'
  const uploadId = await handIn(waybill, productId, 'hosts.csv', text)
  const preview = async (mapping?: object, first?: number, person = waybill.admin) => {
    const { discoveryPreview } = await person.query<{ discoveryPreview: Preview }>(
      `query($productId: ID!, $uploadId: ID, $mapping: JSON, $first: Int! = 20) {
        discoveryPreview(productId: $productId, uploadId: $uploadId, mapping: $mapping, first: $first) {
          columns { name samples } fits
          items { line className name key isKnown attributes relationships { type isIncoming className key isKnown } }
          problems { severity rule message line element } } }`,
      { productId, uploadId, mapping, first },
    )
    return discoveryPreview
  }
  const bare = await preview()
  expect(bare).toMatchObject({ fits: false, items: [], problems: [] })
  expect(bare.columns[3]).toEqual({ name: 'CPUs', samples: ['4', 'many', '1'] })

  const shown = await preview(MAPPING, 2)
  expect(shown.fits).toBe(true)
  expect(shown.items.map(({ line, name, isKnown }) => [line, name, isKnown])).toEqual([
    [2, 'p-1', false],
    [2, 'Lima', false],
    [3, 'p-2', false],
  ])
  expect(shown.items[0]).toMatchObject({
    attributes: { serialNumber: 'SP1', cpus: 4 },
    relationships: [
      { type: 'locatedIn', isIncoming: false, className: 'Site', key: 'Lima', isKnown: true },
      { type: 'dependsOn', isIncoming: false, className: 'ComputerSystem', key: 'P-2', isKnown: true },
    ],
  })
  expect(shown.items[2]!.relationships).toMatchObject([{ key: 'P-9', isKnown: false }])
  expect(shown.problems).toMatchObject([{ rule: 'value', line: 3, element: 'column "CPUs"' }])

  const wrong = await preview({ ...MAPPING, name: 'Hostname', attributes: { cores: 'CPUs' } })
  expect([wrong.fits, wrong.items.length, wrong.problems.map(({ message }) => message.split('.')[0])]).toEqual([
    false,
    0,
    ['ComputerSystem has no attribute cores', 'There is no column "Hostname" for the name'],
  ])
  expect((await preview({ class: 'Site' })).problems).toMatchObject([{ severity: 'error', rule: 'mapping' }])

  const seen = await waybill.admin.query<{ actualItems: { totalCount: number } }>(
    '{ actualItems(first: 1, filter: { search: "p-1" }) { totalCount } }',
  )
  expect(seen.actualItems.totalCount).toBe(0)
  const reader = await waybill.person('VIEWER')
  await expect(preview(MAPPING, 2, reader)).rejects.toThrow(/discovery.run|not permitted|may not/)
})
