import { beforeAll, expect, test } from 'vitest'
import { updateItem } from '../../server/item/item.service.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'

interface List {
  configurationItems: {
    nodes: { id: string; name: string; relationships: { nodes: object[] } }[]
    pageInfo: { startCursor: string | null; endCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean }
  }
}

const estate = anEstate()
const FIELDS = `nodes { id name className state relationships(first: 5) { totalCount nodes { direction type { name } other { name state } }
    pageInfo { startCursor endCursor hasNextPage } } }
  pageInfo { startCursor endCursor hasNextPage hasPreviousPage }`
const list = (fields: string) =>
  `query($orderBy: ItemOrder, $first: Int, $after: String, $last: Int, $before: String) {
    configurationItems(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) { ${fields} } }`

/** The list as memory answers it. */
const remembered = async (args: object, viewer = aViewer()) =>
  (await estate.query<List>(list(FIELDS), args, viewer)).configurationItems

/** The same out of PostgreSQL: a total and a date are not in memory. */
async function stored(args: object, viewer = aViewer()): Promise<List['configurationItems']> {
  const asked = FIELDS.replaceAll('nodes {', 'nodes { createdAt').replace(
    'nodes { createdAt direction',
    'nodes { validFrom direction',
  )
  const { totalCount, ...page } = (
    await estate.query<{ configurationItems: List['configurationItems'] & { totalCount: number } }>(
      list(`totalCount ${asked}`),
      args,
      viewer,
    )
  ).configurationItems
  expect(totalCount).toBeGreaterThanOrEqual(page.nodes.length)
  return JSON.parse(JSON.stringify(page), (key, value: unknown) =>
    key === 'createdAt' || key === 'validFrom' ? undefined : value,
  ) as List['configurationItems']
}

let site: string
beforeAll(async () => {
  await estate.change(async (em) => {
    const [austin] = await makeItems(em, 'Site', ['Austin'])
    const hosts = await makeItems(em, 'ComputerSystem', [
      'web',
      'Web',
      'web-10',
      'web-2',
      'ärger',
      'zoo',
      '\u{1f600} smile',
      '\uffee wide',
      'web 3',
    ])
    const links = hosts.flatMap(({ uuid }, n) =>
      [1, 2, 3].map((step) => ({
        type: 'dependsOn',
        sourceId: uuid,
        targetId: hosts[(n + step) % hosts.length]!.uuid,
      })),
    )
    const places = hosts.slice(0, 5).map(({ uuid }) => ({ type: 'locatedIn', sourceId: uuid, targetId: austin!.uuid }))
    await relate(em, [...links, ...places])
    site = austin!.uuid
  })
})

test('the list by name with its relationships is the same from memory and from PostgreSQL, page by page, both ways', async () => {
  for (const direction of ['ASC', 'DESC']) {
    const orderBy = { field: 'NAME', direction }
    for (let after: string | null = null; ;) {
      const page: List['configurationItems'] = await remembered({ orderBy, first: 3, after })
      expect(page).toEqual(await stored({ orderBy, first: 3, after }))
      const before = page.pageInfo.endCursor
      const back = { orderBy, last: 2, before }
      expect(await remembered(back)).toEqual(await stored(back))
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
    }
  }
})

test('who sees one site gets its items only, in the same pages', async () => {
  const viewer = aViewer([site])
  const page = await remembered({ first: 4 }, viewer)
  expect(page).toEqual(await stored({ first: 4 }, viewer))
  expect(page.nodes.length).toBe(4)
  const rest = { first: 9, after: page.pageInfo.endCursor }
  expect(await remembered(rest, viewer)).toEqual(await stored(rest, viewer))
})

test('an item is listed under its new name as soon as the change is committed, and one that came at its place', async () => {
  const all = (await remembered({ first: 20 })).nodes
  const zoo = all.find(({ name }) => name === 'zoo')!
  await estate.change(async (em) => {
    await updateItem(em, estate.catalogue.now, { id: zoo.id, name: 'aaa' }, aViewer())
    await makeItems(em, 'ComputerSystem', ['aab'])
  })
  const names = (await remembered({ first: 20 })).nodes.map(({ name }) => name)
  expect(names).toEqual((await stored({ first: 20 })).nodes.map(({ name }) => name))
  expect(names).toHaveLength(all.length + 1)
  expect(names).toEqual(expect.arrayContaining(['aaa', 'aab']))
  expect(names).not.toContain('zoo')
})

test('the list takes no statement beside the one that says that memory is current', async () => {
  const statements = await countStatements(() => remembered({ first: 20 }))
  expect(statements.length).toBeLessThanOrEqual(1)
})

test('one item and its impact are the same from memory, with one statement for the log, and from PostgreSQL', async () => {
  const [{ uuid }] = (await estate.orm.em
    .fork()
    .execute(`select uuid from configuration_item where name = 'web 3'`)) as [{ uuid: string }]
  const fields =
    'id name className state impact { total nodes { distance viaId item { name } } groups { className count } }'
  const ask = (inner: string, viewer = aViewer()) =>
    estate.query<{ configurationItem: object | null }>(
      `query($id: ID!) { configurationItem(id: $id) { ${inner} } }`,
      { id: toNodeId('ci', uuid) },
      viewer,
    )
  const { createdAt, ...stored } = (await ask(`createdAt ${fields}`)).configurationItem as { createdAt: string }
  expect(Number.isNaN(Date.parse(createdAt))).toBe(false)
  expect((await ask(fields)).configurationItem).toEqual(stored)
  expect(await countStatements(() => ask('id name impact { total }'))).toEqual([expect.stringContaining('event_inbox')])
  expect((await ask('id name', aViewer([site]))).configurationItem).toBeNull()
})

test('the root of an impact or of surroundings has every field of an item, wherever the item came from', async () => {
  const { configurationItems } = await estate.query<{ configurationItems: { nodes: object[] } }>(
    `{ configurationItems(first: 1) { nodes { impact { root { createdAt attributes { name } } } neighbourhood { root { createdAt } } } } }`,
  )
  const aTime = { createdAt: expect.stringMatching(/^20/) }
  expect(configurationItems.nodes).toMatchObject([
    { impact: { root: { ...aTime, attributes: expect.any(Array) } }, neighbourhood: { root: aTime } },
  ])
})
