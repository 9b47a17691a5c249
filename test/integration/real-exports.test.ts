// Real exports, from their files into the database: nothing is lost on the way, what has no place is listed, and a second look
// changes nothing.
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { anApp } from '../support/app.ts'
import { discovered, RUN, type Run } from '../support/discovery.ts'

vi.setConfig({ testTimeout: 120_000 })
const waybill = anApp()
const DATA = join(import.meta.dirname, '../data')

interface Loaded extends Run {
  questions: number
  problems: { totalCount: number; nodes: { rule: string; message: string }[] }
}

/** Two looks at an export, and what the database holds of it then. */
async function loadedTwice(kind: string, config: object) {
  const input = { name: kind, kind, config }
  const { product } = await waybill.admin.does<{ product: { id: string } }>('productRegister', input, 'product { id }')
  const look = () =>
    discovered<Loaded>(
      waybill.admin,
      { productId: product.id },
      `${RUN} questions problems(first: 200) { totalCount nodes { rule message } }`,
    )
  const [first, second] = [await look(), await look()]
  const of = `join management_product p on p.uuid = x.product_id and p.kind = $1`
  const counted = async (select: string) =>
    Object.fromEntries(
      (await waybill.database.rows<{ name: string; n: number }>(`${select} group by 1 order by 1`, [kind])).map(
        ({ name, n }) => [name, n],
      ),
    )
  return {
    first,
    second,
    rules: Object.fromEntries(
      [...Map.groupBy(first.problems.nodes, ({ rule }) => rule)].map(([rule, all]) => [rule, all.length]),
    ),
    items: await counted(
      `select a.class_name as name, count(distinct a.uuid)::int as n from observation x ${of}
         join actual_item a on a.uuid = x.actual_item_id and a.state = 'PRESENT' where x.current`,
    ),
    relationships: await counted(
      `select x.type as name, count(*)::int as n from actual_relationship x ${of} where x.gone_at is null`,
    ),
  }
}
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, n) => total + n, 0)

/** All that was seen became an item of its own, nothing was left to people, and the second look changed nothing. */
function expectWhole({ first, second, items, relationships }: Awaited<ReturnType<typeof loadedTwice>>): void {
  const seen = sum(items)
  const same = { state: 'SUCCEEDED', seen, missing: 0, errors: 0, questions: 0, relationships: sum(relationships) }
  expect(first).toMatchObject({ ...same, created: seen, changed: 0, unchanged: 0 })
  expect(second).toMatchObject({ ...same, created: 0, changed: 0, unchanged: seen, problems: first.problems })
  expect(first.problems.nodes).toHaveLength(first.problems.totalCount)
  expect(first.warnings).toBe(first.problems.totalCount)
}

test('the inventory of Adoptium becomes 87 machines', async () => {
  const loaded = await loadedTwice('ansible', { inventory: join(DATA, 'ansible/adoptium-inventory.yml') })
  expectWhole(loaded)
  expect(loaded.items).toEqual({ ComputerSystem: 87 })
  expect(loaded.relationships).toEqual({})
  expect(loaded.rules).toEqual({ unmapped: 17 })
})

test('a service and a deployment of Online Boutique with one name stay two', async () => {
  const config = { path: join(DATA, 'kubernetes/online-boutique.yaml'), cluster: 'shop' }
  const loaded = await loadedTwice('kubernetes', config)
  expectWhole(loaded)
  expect(loaded.items).toEqual({
    KubernetesCluster: 1,
    KubernetesDeployment: 12,
    KubernetesService: 12,
    Namespace: 1,
  })
  expect(loaded.relationships).toEqual({ dependsOn: 16, exposes: 12, partOf: 25 })
  expect(loaded.rules).toEqual({ unmapped: 1, 'unmapped-field': expect.any(Number), 'unknown-service': 1 })
})

test('the demo of NetBox arrives with its places, networks and cables', async () => {
  const loaded = await loadedTwice('netbox', { path: join(DATA, 'netbox/netbox-demo.json') })
  expectWhole(loaded)
  expect(loaded.items).toEqual({
    Cluster: 32,
    ComputerSystem: 1,
    IpV4Address: 180,
    Location: 4,
    NetworkDevice: 71,
    Prefix: 90,
    Rack: 42,
    Region: 67,
    Site: 24,
    Tenant: 11,
    VirtualMachine: 180,
    Vlan: 63,
    Vrf: 6,
  })
  expect(loaded.relationships).toEqual({
    assignedTo: 128,
    connectedTo: 48,
    locatedIn: 203,
    memberOf: 210,
    owns: 255,
    runsOn: 180,
  })
  expect(loaded.rules).toEqual({ unmapped: 27, 'unmapped-field': expect.any(Number), 'open-cable': 1 })
})
