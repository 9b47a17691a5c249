import { beforeAll, expect, test } from 'vitest'
import { endRelationships } from '../../server/item/edges.ts'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { startTopology } from '../../server/item/graph/topology.ts'
import { relationshipPage } from '../../server/item/item.reads.ts'
import { anEstate, aViewer, makeItems, nobody, relate } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'

const estate = anEstate()
const hosts = {} as Record<'web' | 'api' | 'db' | 'cache' | 'lonely', ConfigurationItem>
let site: ConfigurationItem

beforeAll(async () => {
  await estate.change(async (em) => {
    site = (await makeItems(em, 'Site', ['Austin']))[0]!
    const names = ['web', 'api', 'db', 'cache', 'lonely'] as const
    const made = await makeItems(em, 'ComputerSystem', [...names])
    names.forEach((name, index) => (hosts[name] = made[index]!))
    const on = (a: keyof typeof hosts, b: keyof typeof hosts) => ({
      type: 'dependsOn',
      sourceId: hosts[a].uuid,
      targetId: hosts[b].uuid,
    })
    await relate(em, [
      ...[hosts.web, hosts.api].map(({ uuid }) => ({ type: 'locatedIn', sourceId: uuid, targetId: site.uuid })),
      ...[on('web', 'api'), on('api', 'db'), on('api', 'cache'), on('cache', 'api')],
    ])
  })
})

test('the path between two items names each relationship and its direction; there may be none', async () => {
  const text = `query($from: ID!, $to: ID!, $way: PathWay) { graphPath(fromId: $from, toId: $to, way: $way) {
    length steps { item { name } relationship { id direction type { name } other { name } } } } }`
  const ask = (from: ConfigurationItem, to: ConfigurationItem, way = 'ANY') =>
    estate.query(text, { from: from.id, to: to.id, way })
  expect(await ask(hosts.db, hosts.web)).toMatchObject({
    graphPath: {
      length: 2,
      steps: [
        { item: { name: 'db' }, relationship: null },
        {
          item: { name: 'api' },
          relationship: { direction: 'IN', type: { name: 'dependsOn' }, other: { name: 'api' } },
        },
        { item: { name: 'web' }, relationship: { direction: 'IN', other: { name: 'web' } } },
      ],
    },
  })
  expect(await ask(hosts.db, hosts.web, 'DEPENDENCIES')).toEqual({ graphPath: { length: null, steps: [] } })
  expect(await ask(hosts.web, hosts.lonely)).toEqual({ graphPath: { length: null, steps: [] } })
  const along = (types: string[]) =>
    estate.query(
      'query($from: ID!, $to: ID!, $types: [String!]) { graphPath(fromId: $from, toId: $to, types: $types) { length } }',
      { from: hosts.web.id, to: hosts.api.id, types },
    )
  expect(await along(['dependsOn'])).toEqual({ graphPath: { length: 1 } })
  expect(await along(['locatedIn'])).toEqual({ graphPath: { length: 2 } })
  expect(await along(['runsOn'])).toEqual({ graphPath: { length: null } })
  await expect(along(['dependsOn', 'leansOn'])).rejects.toThrow('There is no relationship type "leansOn"')
  const theirs = estate.query(text, { from: hosts.web.id, to: hosts.db.id }, aViewer([site.uuid]))
  await expect(theirs).rejects.toThrow(`There is no configuration item ${hosts.db.id} that you can see.`)
})

test('rings of dependence are listed with the way round', async () => {
  const found = await estate.query('{ graphCycles { total cycles { size ring { name } } } }')
  expect(found).toMatchObject({ graphCycles: { total: 1, cycles: [{ size: 2 }] } })
  const { ring } = (found as { graphCycles: { cycles: { ring: { name: string }[] }[] } }).graphCycles.cycles[0]!
  expect(ring.map(({ name }) => name).sort()).toEqual(['api', 'cache'])
})

test('the neighbourhood reads relationships both ways and says how many more there are around each', async () => {
  const text = `query($id: ID!, $first: Int) { configurationItem(id: $id) { neighbourhood(first: $first) {
    total truncated hiddenCount nodes { item { name } hiddenCount } edges { type } } } }`
  expect(await estate.query(text, { id: hosts.db.id })).toEqual({
    configurationItem: {
      neighbourhood: {
        ...{ total: 1, truncated: false, hiddenCount: 0, edges: [{ type: 'dependsOn' }] },
        nodes: [{ item: { name: 'api' }, hiddenCount: 3 }],
      },
    },
  })
  expect(await estate.query(text, { id: hosts.api.id, first: 1 })).toMatchObject({
    configurationItem: { neighbourhood: { total: 4, truncated: true, hiddenCount: 3 } },
  })
})

test('what depends on a set of items from outside is counted by class', async () => {
  const text = `query($ids: [ID!]!) { dependantsOutside(ids: $ids) { total truncated items { name } groups { className count } } }`
  expect(await estate.query(text, { ids: [hosts.db.id, hosts.api.id] })).toEqual({
    dependantsOutside: {
      ...{ total: 2, truncated: false, groups: [{ className: 'ComputerSystem', count: 2 }] },
      items: expect.arrayContaining([{ name: 'cache' }, { name: 'web' }]) as object,
    },
  })
})

test('impact lists and counts only what passes the filter', async () => {
  const text = `query($id: ID!, $filter: NodeFilterInput) { configurationItem(id: $id) { impact(filter: $filter) {
    total nodes { item { name } } groups { className count } services { count } held { minimum } } } }`
  const ask = (filter: object) => estate.query(text, { id: hosts.db.id, filter })
  expect(await ask({})).toMatchObject({ configurationItem: { impact: { total: 3, services: [], held: [] } } })
  expect(await ask({ classNames: ['Site'] })).toMatchObject({ configurationItem: { impact: { total: 0, groups: [] } } })
  expect(await ask({ siteIds: [site.id] })).toMatchObject({
    configurationItem: { impact: { total: 2, nodes: [{ item: { name: 'api' } }, { item: { name: 'web' } }] } },
  })
})

test('impact is grouped by the business services that stand on what is affected, the nearest first', async () => {
  const [shop, billing, aside] = await estate.change((em) =>
    makeItems(em, 'BusinessService', ['shop', 'billing', 'aside']),
  )
  const on = (service: ConfigurationItem, host: ConfigurationItem) => ({
    type: 'dependsOn',
    sourceId: service.uuid,
    targetId: host.uuid,
  })
  const standing = await estate.change((em) =>
    relate(em, [on(shop!, hosts.web), on(billing!, hosts.db), on(aside!, hosts.lonely)]),
  )
  const text = `query($id: ID!) { configurationItem(id: $id) { impact { groups { className count } services { count item { name } } } } }`
  await expect
    .poll(() => estate.query(text, { id: hosts.db.id }), { timeout: 10_000 })
    .toMatchObject({
      configurationItem: {
        impact: {
          groups: expect.arrayContaining([
            { className: 'BusinessService', count: 2 },
            { className: 'ComputerSystem', count: 3 },
          ]),
          services: [{ item: { name: billing!.name } }, { item: { name: shop!.name }, count: 3 }],
        },
      },
    })
  expect(await estate.query(text, { id: hosts.lonely.id })).toMatchObject({
    configurationItem: { impact: { services: [{ item: { name: aside!.name } }] } },
  })
  const ending = standing.map(({ uuid }) => uuid)
  await estate.change((em) => endRelationships(em, ending, nobody))
})

const LIST = `relationships(first: $first, after: $after, last: $last, before: $before, types: $types, direction: $direction) {
  totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  nodes { id direction type { name } other { id name className state } source { id } target { name } } }`

test('relationships out of memory are those of PostgreSQL: pages from both ends, counts, cursors, filters and scopes', async () => {
  const head =
    '$id: ID!, $first: Int, $after: String, $last: Int, $before: String, $types: [String!], $direction: RelationDirection'
  const fast = `query(${head}) { configurationItem(id: $id) { ${LIST} } }`
  // Asking for more than memory knows makes PostgreSQL answer.
  const slow = fast.replace('nodes { id', 'nodes { createdAt id')
  const ask = async (text: string, variables: object, viewer = aViewer()) => {
    const { configurationItem } = await estate.query<{ configurationItem: { relationships: Listed } }>(
      text,
      { id: hosts.api.id, ...variables },
      viewer,
    )
    for (const node of configurationItem.relationships.nodes) delete node.createdAt
    return configurationItem.relationships
  }
  const first = await ask(fast, { first: 2 })
  expect(first).toMatchObject({ totalCount: 5, pageInfo: { hasNextPage: true, hasPreviousPage: false } })
  for (const variables of [
    { first: 2 },
    { first: 2, after: first.pageInfo.endCursor },
    { first: 200 },
    { last: 2 },
    { last: 2, before: first.pageInfo.endCursor },
    { first: 9, types: ['dependsOn'] },
    { first: 9, direction: 'IN' },
    { first: 9, types: [] },
  ]) {
    for (const viewer of [aViewer(), aViewer([site.uuid])]) {
      expect(await ask(fast, variables, viewer)).toEqual(await ask(slow, variables, viewer))
    }
  }
  await expect(ask(fast, { first: 201 })).rejects.toThrow('A page holds 1 to 200 rows; 201 was asked for.')
})

interface Listed {
  totalCount: number
  pageInfo: { endCursor: string }
  nodes: { createdAt?: string }[]
}

test('nested relationships of any depth take the same few statements', async () => {
  const nest = (depth: number): string =>
    depth === 0 ? 'name' : `name relationships(first: 10) { nodes { type { name } other { ${nest(depth - 1)} } } }`
  const count = async (depth: number) =>
    (await countStatements(() => estate.query(`{ configurationItems(first: 20) { nodes { ${nest(depth)} } } }`))).length
  const flat = await count(1)
  expect(await count(4)).toBe(flat)
  expect(flat).toBeLessThanOrEqual(2)
})

test('who writes reads it at once, in every list and in impact, although the graph follows the log', async () => {
  const text = `query($id: ID!) { configurationItem(id: $id) { impact { total } relationships(first: 5) { nodes { other { name } } } } }`
  const ask = () => estate.query(text, { id: hosts.lonely.id })
  for (let round = 0; round < 5; round++) {
    const [edge] = await estate.change((em) =>
      relate(em, [{ type: 'dependsOn', sourceId: hosts.db.uuid, targetId: hosts.lonely.uuid }]),
    )
    expect(await ask()).toEqual({
      configurationItem: { impact: { total: 4 }, relationships: { nodes: [{ other: { name: 'db' } }] } },
    })
    await estate.change((em) => endRelationships(em, [edge!.uuid], nobody))
    expect(await ask()).toEqual({ configurationItem: { impact: { total: 0 }, relationships: { nodes: [] } } })
  }
})

test('a demand for a place that the log has not reached, or of another log, is refused with the place that it has', async () => {
  const text = 'query($at: Position) { graphCycles(atLeast: $at) { seq } }'
  const { seq } = (await estate.query<{ graphCycles: { seq: number } }>(text)).graphCycles
  expect(await estate.query(text, { at: estate.events.positionAt(Number(seq)) })).toMatchObject({ graphCycles: {} })
  const ahead = estate.events.positionAt(Number(seq) + 1_000)
  await expect(estate.query(text, { at: ahead })).rejects.toThrow(`did not reach ${ahead} within 2 s`)
  await expect(estate.query(text, { at: '00000000:1' })).rejects.toThrow('belongs to another log')
})

test('until the graph is built it says how far it is, and lists come from PostgreSQL', async () => {
  const { events, url, catalogue } = estate
  const building = startTopology({ em: estate.orm.em.fork(), url, events, catalogue, onFault: () => {} })
  const context = { ...estate.context(), services: { ...estate.services, topology: building } }
  expect(() => building.impact(hosts.db.uuid)).toThrow('The graph of items is being built, 0 % of it is there.')
  expect(await building.isCurrent()).toBe(false)
  const page = await relationshipPage(context, hosts.db, { first: 5 })
  expect(page.nodes).toHaveLength(1)
  await building.ready
  expect(building.impact(hosts.db.uuid).total).toBe(3)
  await building.close()
})

const NARROWED = (field: string) => `query($id: ID!, $filter: NodeFilterInput, $withWay: Boolean) {
  configurationItem(id: $id) { answer: ${field}(depth: 5, filter: $filter, withWay: $withWay) {
    total groups { className count } nodes { item { className } viaId }
    between { distance item { id className } } edges { sourceId } } } }`

test('narrowed to a class, an answer counts what passes and shows the way that leads to it', async () => {
  const [base, middle] = await estate.change(async (em) => {
    const machines = await makeItems(em, 'ComputerSystem', ['base', 'middle'])
    const [front] = await makeItems(em, 'Application', ['front'])
    const chain = [...machines, front!].map(({ uuid }) => uuid)
    await relate(em, [
      { type: 'dependsOn', sourceId: chain[1]!, targetId: chain[0]! },
      { type: 'dependsOn', sourceId: chain[2]!, targetId: chain[1]! },
    ])
    return machines
  })
  await expect.poll(() => estate.topology.related(middle!.uuid).length).toBe(2)
  for (const field of ['neighbourhood', 'impact']) {
    const ask = async (variables: object) => {
      const found = await estate.query<{ configurationItem: { answer: object } }>(NARROWED(field), {
        id: base!.id,
        ...variables,
      })
      return found.configurationItem.answer
    }
    expect(await ask({ withWay: true })).toMatchObject({
      total: 2,
      groups: [
        { className: 'ComputerSystem', count: 1 },
        { className: 'Application', count: 1 },
      ],
      between: [],
    })
    const filter = { classNames: ['Application'] }
    expect(await ask({ filter, withWay: true })).toEqual({
      total: 1,
      groups: [{ className: 'Application', count: 1 }],
      nodes: [{ item: { className: 'Application' }, viaId: middle!.id }],
      between: [{ distance: 1, item: { id: middle!.id, className: 'ComputerSystem' } }],
      edges: [{ sourceId: expect.any(String) }, { sourceId: expect.any(String) }],
    })
    expect(await ask({ filter })).toMatchObject({ total: 1, nodes: [{ viaId: base!.id }], between: [], edges: [] })
  }
})
