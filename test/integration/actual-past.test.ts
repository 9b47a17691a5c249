// What was seen at an earlier time, item by item and as a list, with its counts.
import { beforeAll, expect, test } from 'vitest'
import type { Sighting } from '../../server/discovery/adapters/adapter.ts'
import { aViewer, makeItems, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { machine, software, sourcesOfTests, whole } from '../support/sources.ts'
import { countStatements } from '../support/statements.ts'

const estate = sourcesOfTests()
const LIST = `query($filter: ActualItemFilter, $at: Moment) { actualItems(first: 50, filter: $filter, at: $at) { totalCount nodes {
  id name className state asOf attributes { name value source } observations { source attributes } configurationItem { name asOf }
  relationships(first: 10) { nodes { direction type { name } other { name state asOf } } } } } }`
const FACETS = `query($filter: ActualItemFilter, $at: Moment) { actualItemFacets(filter: $filter, at: $at) {
  classes { ...F } states { ...F } sites { ...F } products { ...F } linked { ...F } } }
  fragment F on ItemFacet { values { value label count } others }`
interface Seen {
  id: string
  name: string
  state: string
  asOf: string | null
}
interface Facet {
  values: { value: string; label: string; count: number }[]
}
type Facets = Record<'classes' | 'states' | 'sites' | 'products' | 'linked', Facet>

const list = async (at?: string, filter: object = {}, who = aViewer()) =>
  (await estate.query<{ actualItems: { totalCount: number; nodes: Seen[] } }>(LIST, { filter, at }, who)).actualItems
const facetsOf = async (at?: string, filter: object = {}, who = aViewer()) =>
  (await estate.query<{ actualItemFacets: Facets }>(FACETS, { filter, at }, who)).actualItemFacets
const counts = ({ values }: Facet) => Object.fromEntries(values.map(({ label, count }) => [label, count]))
const idOf = ({ values }: Facet, label: string) => values.find((one) => one.label === label)!.value
const sorted = (value: unknown) =>
  JSON.parse(JSON.stringify(value).replaceAll(/"asOf":"[^"]+"/g, '"asOf":null')) as unknown

const host = (key: string, ram: number): Sighting => machine({ key, name: key, memory: ram })
let product: { id: string; uuid: string; name: string }
let other: { id: string; uuid: string; name: string }
let site: { uuid: string; id: string }
let nothing: string
let then: string
let built: Awaited<ReturnType<typeof list>>
let builtFacets: Facets

beforeAll(async () => {
  nothing = await aMoment()
  product = await estate.source()
  other = await estate.source()
  await estate.load(product, [host('a', 1024), ...software('a', 'shop', '1'), host('b', 1024), whole])
  await estate.load(other, [machine({ key: 'c', name: 'c' }), whole])
  site = await estate.change(async (em) => {
    const [made] = await makeItems(em, 'Site', ['Austin'])
    const [actual] = await estate.sql<{ uuid: string }>(`select uuid from actual_item where name = 'a'`)
    const [item] = await makeItems(em, 'ComputerSystem', ['planned a'], { actualItemId: actual!.uuid })
    await relate(em, [{ type: 'locatedIn', sourceId: item!.uuid, targetId: made!.uuid }])
    return made!
  })
  then = await aMoment()
  ;[built, builtFacets] = [await list(), await facetsOf()]
  await estate.load(product, [host('a', 2048), ...software('b', 'shop', '2'), host('b', 1024), whole])
  await estate.sql(`update configuration_item set actual_item_id = null where name = 'planned a'`)
})

test('an instant that is now is answered as now, an earlier one as it was answered then', async () => {
  expect(sorted(await list(await aMoment()))).toEqual(await list())
  expect(await facetsOf(await aMoment())).toEqual(await facetsOf())
  expect(sorted(await list(then))).toEqual(sorted(built))
  expect(await facetsOf(then)).toEqual(builtFacets)
  expect(sorted(await list())).not.toEqual(sorted(built))
  expect(built.nodes.find(({ name }) => name === 'a')).toMatchObject({
    state: 'PRESENT',
    configurationItem: { name: 'planned a' },
    observations: [{ source: product.name }],
    relationships: { nodes: [{ direction: 'IN', other: { name: 'shop on a', state: 'PRESENT' } }] },
  })
  expect((await list(undefined, { search: 'shop on a' })).nodes).toMatchObject([{ state: 'MISSING' }])
  expect(await list(nothing)).toEqual({ totalCount: 0, nodes: [] })
})

test('one item is answered as it was, with what it was related to, and null before it was seen', async () => {
  const { id } = built.nodes.find(({ name }) => name === 'shop on a')!
  const ask = async (at?: string) =>
    (
      await estate.query<{ actualItem: Seen | null }>(
        `query($id: ID!, $at: Moment) { actualItem(id: $id, at: $at) { state asOf relationships(first: 5) { nodes { other { name asOf } } } } }`,
        { id, at },
      )
    ).actualItem
  expect(await ask(then)).toEqual({
    state: 'PRESENT',
    asOf: then,
    relationships: { nodes: [{ other: { name: 'a', asOf: then } }] },
  })
  expect(await ask()).toMatchObject({ state: 'MISSING', asOf: null })
  expect(await ask(nothing)).toBeNull()
  await expect(ask(new Date(Date.now() + 3_600_000).toISOString())).rejects.toThrow('lies in the future')
})

test('each value is counted as the list would be, and its own choice does not narrow it', async () => {
  const now = await facetsOf()
  expect(counts(now.states)).toEqual({ PRESENT: 4, MISSING: 1 })
  expect(counts(now.classes)).toEqual({ 'Computer system': 3, 'Software installation': 2 })
  expect(counts(now.products)).toEqual({ [product.name]: 4, [other.name]: 1 })
  expect(counts(builtFacets.linked)).toEqual({ Authorized: 1, 'Not yet authorized': 3 })
  expect(counts(builtFacets.sites)).toEqual({ Austin: 1 })
  for (const at of [undefined, then]) {
    const facets = await facetsOf(at)
    const asked: [keyof Facets, (value: string) => object][] = [
      ['states', (value) => ({ states: [value] })],
      ['classes', (value) => ({ classNames: [value] })],
      ['products', (value) => ({ productIds: [value] })],
      ['sites', (value) => ({ siteIds: [value] })],
      ['linked', (value) => ({ linked: value === 'true' })],
    ]
    for (const [name, filter] of asked) {
      for (const { value, count } of facets[name].values) {
        expect((await list(at, filter(value))).totalCount, `${name} ${value} ${at}`).toBe(count)
        expect((await facetsOf(at, filter(value)))[name], name).toEqual(facets[name])
      }
    }
  }
  const missing = await facetsOf(undefined, { states: ['MISSING'] })
  expect(counts(missing.classes)).toEqual({ 'Software installation': 1 })
  expect(idOf(missing.products, product.name)).toBe(product.id)
})

test('who sees a part of the estate sees what was linked to it at that time', async () => {
  const who = aViewer([site.uuid])
  expect((await list(then, {}, who)).nodes.map(({ name }) => name)).toEqual(['a'])
  expect(counts((await facetsOf(then, {}, who)).classes)).toEqual({ 'Computer system': 1 })
  expect((await list(undefined, {}, who)).nodes).toEqual([])
})

test('the list of an earlier time costs the same statements for one row and for many', async () => {
  const statements = async (filter: object) =>
    (await countStatements(() => estate.query(LIST, { at: then, filter }))).length
  expect(await statements({})).toBe(await statements({ search: 'shop on a' }))
})
