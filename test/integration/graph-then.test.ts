import { beforeAll, expect, test } from 'vitest'
import { endRelationships } from '../../server/item/edges.ts'
import { keepPastGraphs } from '../../server/item/graph/past-graphs.ts'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { updateItem } from '../../server/item/item.service.ts'
import { graphAround, typesAlong } from '../../server/item/time/past-graph.ts'
import { anEstate, aViewer, makeItems, nobody, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { countStatements } from '../support/statements.ts'

const estate = anEstate()
const names = ['web', 'api', 'db', 'cache', 'batch', 'one', 'two', 'three'] as const
const hosts = {} as Record<(typeof names)[number], ConfigurationItem>
let site: ConfigurationItem
let group: ConfigurationItem
/** When all of it was as it was built; before that there was nothing. */
let then: string

const PATH = `query($from: ID!, $to: ID!, $way: PathWay, $at: Moment) { graphPath(fromId: $from, toId: $to, way: $way, at: $at) {
  length steps { item { name asOf } relationship { direction type { name } other { name } } } } }`
const CYCLES = 'query($at: Moment) { graphCycles(at: $at) { total cycles { size ring { name } } } }'
const OUTSIDE = `query($ids: [ID!]!, $at: Moment) { dependantsOutside(ids: $ids, at: $at) {
  total items { name } groups { className count } } }`
const AROUND = `query($id: ID!, $at: Moment, $depth: Int, $filter: NodeFilterInput) { configurationItem(id: $id, at: $at) {
  neighbourhood(depth: $depth, filter: $filter) { total truncated hiddenCount root { name }
    nodes { distance hiddenCount item { name } } edges { sourceId targetId type } } } }`
const IMPACT = `query($id: ID!, $at: Moment) { configurationItem(id: $id, at: $at) { impact {
  total held { members affected minimum } } } }`
const MAP = `query($by: EstateMapWay, $at: Moment, $atLeast: Position) { estateMap(by: $by, at: $at, atLeast: $atLeast) {
  total isCurrent clusters { title count } links { count } } }`
const COMMUNITIES = `query($at: Moment, $atLeast: Position) { estateMap(at: $at, atLeast: $atLeast) {
  total isCurrent clusters { count } } }`
const CLUSTER = `query($id: ID!, $at: Moment, $atLeast: Position) {
  estateCluster(itemId: $id, by: SITE, at: $at, atLeast: $atLeast) { title total names isCurrent } }`

/** Everything that the graph is asked, in an order that does not depend on where it was read. */
async function picture(at?: string, viewer = aViewer()) {
  const atLeast = estate.events.positionAt(estate.topology.seq)
  const ask = async (text: string, variables: object) =>
    sorted(await estate.query(text, { ...variables, at, atLeast }, viewer))
  return {
    path: await ask(PATH, { from: hosts.web.id, to: hosts.api.id }),
    felt: await ask(PATH, { from: hosts.api.id, to: hosts.web.id, way: 'DEPENDANTS' }),
    cycles: await ask(CYCLES, {}),
    outside: await ask(OUTSIDE, { ids: [hosts.api.id] }),
    near: await ask(AROUND, { id: hosts.web.id, depth: 1 }),
    far: await ask(AROUND, { id: hosts.web.id, depth: 8 }),
    impact: await ask(IMPACT, { id: hosts.one.id }),
    bySite: await ask(MAP, { by: 'SITE' }),
    byCommunity: await ask(COMMUNITIES, {}),
    cluster: await ask(CLUSTER, { id: hosts.web.id }),
  }
}

/** Without the instant, and with lists in the order of their content. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'asOf')
      .map(([key, one]) => [key, sorted(one)]),
  )
}

let built: Awaited<ReturnType<typeof picture>>
let theirs: Awaited<ReturnType<typeof picture>>
const edges = {} as Record<'webOnApi' | 'cacheOnApi', string>

beforeAll(async () => {
  await estate.change(async (em) => {
    site = (await makeItems(em, 'Site', ['Austin']))[0]!
    group = (await makeItems(em, 'RedundancyGroup', ['pool'], { attributes: { minimumWorking: 2 } }))[0]!
    const made = await makeItems(em, 'ComputerSystem', [...names])
    names.forEach((name, index) => (hosts[name] = made[index]!))
    const on = (a: keyof typeof hosts, b: keyof typeof hosts) => ({
      type: 'dependsOn',
      sourceId: hosts[a].uuid,
      targetId: hosts[b].uuid,
    })
    const [webOnApi, , , cacheOnApi] = await relate(em, [
      ...[on('web', 'api'), on('api', 'db'), on('api', 'cache'), on('cache', 'api'), on('batch', 'web')],
      ...[hosts.web, hosts.api, hosts.batch].map(({ uuid }) => ({
        type: 'locatedIn',
        sourceId: uuid,
        targetId: site.uuid,
      })),
      ...[hosts.one, hosts.two, hosts.three].map(({ uuid }) => ({
        type: 'memberOf',
        sourceId: uuid,
        targetId: group.uuid,
      })),
      { type: 'dependsOn', sourceId: hosts.batch.uuid, targetId: group.uuid },
    ])
    Object.assign(edges, { webOnApi: webOnApi!.uuid, cacheOnApi: cacheOnApi!.uuid })
  })
  await estate.topology.isCurrent()
  then = await aMoment()
  ;[built, theirs] = [await picture(), await picture(undefined, aViewer([site.uuid]))]
  await estate.change(async (em) => {
    await endRelationships(em, [edges.webOnApi, edges.cacheOnApi], nobody)
    await updateItem(em, estate.catalogue.now, { id: hosts.api.id, name: 'interface' }, aViewer())
    await updateItem(em, estate.catalogue.now, { id: group.id, attributes: { minimumWorking: 3 } }, aViewer())
    const [late] = await makeItems(em, 'ComputerSystem', ['late'])
    await relate(em, [{ type: 'dependsOn', sourceId: late!.uuid, targetId: hosts.web.uuid }])
  })
  await estate.topology.isCurrent()
})

test('path, rings, dependants, surroundings, impact and map of an earlier time are those that were answered then', async () => {
  expect(built).toMatchObject({
    path: { graphPath: { length: 1 } },
    cycles: { graphCycles: { total: 1, cycles: [{ ring: [{ name: 'api' }, { name: 'cache' }] }] } },
    outside: { dependantsOutside: { total: 3 } },
    impact: { configurationItem: { impact: { total: 0, held: [{ members: 3, affected: 1, minimum: 2 }] } } },
    cluster: { estateCluster: { title: 'Austin', total: 3 } },
  })
  expect(await picture(then)).toEqual(built)
  const now = await picture()
  for (const part of ['path', 'cycles', 'outside', 'near', 'far', 'impact', 'bySite', 'cluster'] as const) {
    expect(now[part], part).not.toEqual(built[part])
  }
  expect(await picture(await aMoment())).toEqual(now)
})

test('who sees a part of the estate sees that part of an earlier time', async () => {
  expect(theirs.bySite).toMatchObject({ estateMap: { total: 4 } })
  expect(await picture(then, aViewer([site.uuid]))).toEqual(theirs)
  const asked = estate.query(PATH, { from: hosts.web.id, to: hosts.db.id, at: then }, aViewer([site.uuid]))
  await expect(asked).rejects.toThrow(`There is no configuration item ${hosts.db.id} that you can see.`)
})

test('the steps of a path of an earlier time are items and relationships of that time', async () => {
  const { graphPath } = await estate.query<{ graphPath: { steps: object[] } }>(PATH, {
    ...{ from: hosts.web.id, to: hosts.api.id },
    at: then,
  })
  expect(graphPath.steps).toMatchObject([
    { item: { name: 'web', asOf: then } },
    { item: { name: 'api' }, relationship: { type: { name: 'dependsOn' }, direction: 'OUT', other: { name: 'api' } } },
  ])
  const long = { from: hosts.batch.id, to: hosts.db.id, at: then }
  expect((await countStatements(() => estate.query(PATH, long))).length).toBeLessThanOrEqual(5)
})

test('the surroundings list and count what passes the filter, and lead through the rest', async () => {
  const ask = (at?: string) =>
    estate.query(AROUND, { id: hosts.web.id, depth: 3, filter: { classNames: ['Site'] }, at })
  const answer = { configurationItem: { neighbourhood: { total: 1, nodes: [{ item: { name: 'Austin' } }] } } }
  expect(await ask()).toMatchObject(answer)
  expect(await ask(then)).toMatchObject(answer)
})

test('the future is refused in words by each, and before the first version there is nothing', async () => {
  const future = new Date(Date.now() + 3_600_000).toISOString()
  for (const [text, variables] of [
    [PATH, { from: hosts.web.id, to: hosts.db.id }],
    [CYCLES, {}],
    [OUTSIDE, { ids: [hosts.api.id] }],
    [AROUND, { id: hosts.web.id }],
    [MAP, { by: 'SITE' }],
    [CLUSTER, { id: hosts.web.id }],
  ] as const) {
    await expect(estate.query(text, { ...variables, at: future }), text).rejects.toThrow(/lies in the future: it is/)
  }
  const at = '2001-01-01T00:00:00Z'
  expect(await estate.query(CYCLES, { at })).toEqual({ graphCycles: { total: 0, cycles: [] } })
  expect(await estate.query(MAP, { by: 'SITE', at })).toMatchObject({ estateMap: { total: 0, clusters: [] } })
  expect(await estate.query(AROUND, { id: hosts.web.id, at })).toEqual({ configurationItem: null })
  await expect(estate.query(OUTSIDE, { ids: [hosts.api.id], at })).rejects.toThrow('There is no configuration item')
})

test('the map takes into account the event that is demanded, however young the last one is', async () => {
  const text = 'query($atLeast: Position) { estateMap(by: CLASS, atLeast: $atLeast) { seq isCurrent total } }'
  const cluster = `query($id: ID!, $atLeast: Position) { estateCluster(itemId: $id, by: CLASS, atLeast: $atLeast) { names } }`
  await estate.query(text)
  for (const name of ['first', 'second', 'third']) {
    const made = await estate.query<{ itemCreate: { position: string; item: { id: string } } }>(
      'mutation($input: ItemCreateInput!) { itemCreate(input: $input) { position item { id } } }',
      { input: { className: 'Application', name } },
    )
    const { position, item } = made.itemCreate
    const { estateMap } = await estate.query<{ estateMap: { seq: number } }>(text, { atLeast: position })
    expect(Number(estateMap.seq)).toBeGreaterThanOrEqual(Number(position.split(':')[1]))
    expect(await estate.query(cluster, { id: item.id, atLeast: position })).toMatchObject({
      estateCluster: { names: expect.arrayContaining([name]) as object },
    })
  }
  await expect(estate.query(text, { atLeast: estate.events.positionAt(1_000_000) })).rejects.toThrow('did not reach')
})

test('the whole graph of an instant is read once for all who ask, and one that is too large is refused with its rule', async () => {
  const kept = keepPastGraphs(estate.url)
  const [one, same] = await Promise.all([kept.at(new Date(then)), kept.at(new Date(then))])
  expect(same).toBe(one)
  expect(await kept.at(new Date(then))).toBe(one)
  const count = one.graph.nodes.count + one.graph.edges.count
  await kept.close()

  const small = keepPastGraphs(estate.url, count + 2)
  const first = await small.at(new Date(then))
  const other = await small.at(new Date(Date.parse(then) - 1))
  expect(await small.at(new Date(Date.parse(then) - 1)), 'the last one stays').toBe(other)
  expect(await small.at(new Date(then)), 'both are too much').not.toBe(first)
  await small.close()

  const tiny = keepPastGraphs(estate.url, 5)
  await expect(tiny.at(new Date(then))).rejects.toMatchObject({
    message: `There were more than 5 items and relationships at ${then}, which is too much to read for one question. Ask about one item in fewer steps or by fewer types of relationships, or about now.`,
  })
  await tiny.close()
})

test('the part around an item is the nearest of it, and says when there is more', async () => {
  const part = (most: number, depth: number) =>
    graphAround(
      estate.orm.em.fork(),
      new Date(then),
      [hosts.batch.uuid],
      typesAlong(estate.catalogue.now, 'ANY'),
      depth,
      most,
    )
  const near = await part(4, 1)
  expect(near.truncated).toBe(false)
  const around = [hosts.batch, hosts.web, site, group]
  expect(near.graph.nodes.count).toBe(around.length)
  expect((await part(3, 1)).truncated).toBe(true)
  const far = await part(4, Infinity)
  expect(far).toMatchObject({ truncated: true, graph: { nodes: { count: 5 } } })
  for (const { uuid } of around) expect(far.graph.ordinalOf(uuid)).toBeDefined()
})
