import { beforeAll, expect, test } from 'vitest'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'

interface List {
  configurationItems: { nodes: { name: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
}
interface Order {
  field: string
  direction?: string
}

const estate = anEstate()
const LIST = `query($orderBy: ItemOrder, $first: Int, $after: String, $at: Moment, $last: Int, $before: String) {
  configurationItems(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, at: $at, filter: { search: "o-" }) {
    nodes { name } pageInfo { endCursor hasNextPage } } }`
const page = (orderBy: Order | null, more: object = {}, viewer = aViewer()) =>
  estate.query<List>(LIST, { orderBy, first: 9, ...more }, viewer)
const names = async (...asked: Parameters<typeof page>) =>
  (await page(...asked)).configurationItems.nodes.map(({ name }) => name).join(' ')

/** Every name, met page by page. */
async function walked(orderBy: Order): Promise<string> {
  const met: string[] = []
  for (let after: string | null = null; ;) {
    const { nodes, pageInfo }: List['configurationItems'] = (await page(orderBy, { first: 2, after }))
      .configurationItems
    met.push(...nodes.map(({ name }) => name))
    if (!pageInfo.hasNextPage) return met.join(' ')
    after = pageInfo.endCursor
  }
}

let zurich: string
beforeAll(async () => {
  await estate.change(async (em) => {
    const [zurich, aarau] = await makeItems(em, 'Site', ['Zurich', 'Aarau'])
    const made = [
      ...(await makeItems(em, 'Application', ['o-d'])),
      ...(await makeItems(em, 'ComputerSystem', ['o-a', 'o-c', 'o-b', 'o-e'])),
    ]
    const named = (name: string) => made.find((item) => item.name === name)!
    await relate(em, [
      { type: 'locatedIn', sourceId: named('o-a').uuid, targetId: zurich!.uuid },
      { type: 'locatedIn', sourceId: named('o-c').uuid, targetId: zurich!.uuid },
      { type: 'locatedIn', sourceId: named('o-b').uuid, targetId: aarau!.uuid },
    ])
  })
  const sql = estate.orm.em.getConnection()
  const [site] = await sql.execute<{ uuid: string }[]>(`select uuid from configuration_item where name = 'Zurich'`)
  zurich = site!.uuid
  await sql.execute(`update configuration_item set state = 'TEST' where name in ('o-b', 'o-d')`)
  await sql.execute(
    `update configuration_item set updated_at = timestamptz '2026-01-01' + ascii(right(name, 1)) % 3 * interval '1 day' where name like 'o-%'`,
  )
})

test('items come in each order, both ways, and page by page as at once', async () => {
  const orders: [string, string][] = [
    ['NAME', 'o-a o-b o-c o-d o-e'],
    ['CLASS', 'o-d o-a o-b o-c o-e'],
    ['STATE', 'o-a o-c o-e o-b o-d'],
    ['SITE', 'o-d o-e o-b o-a o-c'],
  ]
  for (const [field, expected] of orders) {
    const turned = expected.split(' ').reverse().join(' ')
    expect(await names({ field }), field).toBe(expected)
    expect(await walked({ field }), field).toBe(expected)
    expect(await walked({ field, direction: 'DESC' }), field).toBe(turned)
  }
  expect(await names(null)).toBe('o-a o-b o-c o-d o-e')
  expect(await names({ field: 'STATE' }, { first: null, last: 2 })).toBe('o-b o-d')
})

test('the order by the last change is that of the times, also across pages', async () => {
  const { configurationItems } = await estate.query<{ configurationItems: { nodes: { updatedAt: string }[] } }>(
    '{ configurationItems(first: 9, orderBy: { field: UPDATED_AT, direction: DESC }, filter: { search: "o-" }) { nodes { updatedAt } } }',
  )
  const times = configurationItems.nodes.map(({ updatedAt }) => +new Date(updatedAt))
  expect(times).toEqual(times.toSorted((a, b) => b - a))
  expect((await walked({ field: 'UPDATED_AT', direction: 'DESC' })).split(' ')).toHaveLength(5)
})

test('a cursor of another order is refused in words', async () => {
  const { endCursor } = (await page({ field: 'STATE' }, { first: 2 })).configurationItems.pageInfo
  const words = 'The cursor belongs to a list in another order'
  await expect(page({ field: 'CLASS' }, { after: endCursor })).rejects.toThrow(words)
  await expect(page({ field: 'STATE', direction: 'DESC' }, { after: endCursor })).rejects.toThrow(words)
  await expect(page(null, { after: endCursor })).rejects.toThrow(words)
})

test('a site that the caller does not see does not show through the order or the cursor', async () => {
  const [host] = await estate.orm.em
    .getConnection()
    .execute<{ uuid: string }[]>(`select uuid from configuration_item where name = 'o-a'`)
  const within = aViewer([host!.uuid])
  const { nodes, pageInfo } = (await page({ field: 'SITE' }, {}, within)).configurationItems
  expect(nodes).toEqual([{ name: 'o-a' }])
  expect(Buffer.from(pageInfo.endCursor, 'base64url').toString()).not.toContain('Zurich')
  expect(await names({ field: 'SITE' }, {}, aViewer([zurich]))).toBe('o-a o-c')
})

test('the list of an earlier time comes in order too', async () => {
  expect(await names({ field: 'SITE' }, { at: new Date() })).toBe('o-d o-e o-b o-a o-c')
})

test('an order takes no statement more than the list by name', async () => {
  const plain = await countStatements(() => page(null))
  for (const field of ['CLASS', 'STATE', 'SITE', 'UPDATED_AT'])
    expect(await countStatements(() => page({ field, direction: 'DESC' })), field).toHaveLength(plain.length)
})
