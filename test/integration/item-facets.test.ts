import { beforeAll, expect, test } from 'vitest'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'

interface Facet {
  values: { value: string; label: string; count: number }[]
  others: number
}
type Facets = Record<'classes' | 'states' | 'sites' | 'products', Facet>

const estate = anEstate()
const FACETS = `query($filter: ConfigurationItemFilter, $at: Moment) { itemFacets(filter: $filter, at: $at) {
  classes { ...F } states { ...F } sites { ...F } products { ...F } } }
  fragment F on ItemFacet { values { value label count } others }`
const ask = async (filter: object | null = null, viewer = aViewer(), at: Date | null = null) =>
  (await estate.query<{ itemFacets: Facets }>(FACETS, { filter, at }, viewer)).itemFacets
const counts = (facet: Facet) => Object.fromEntries(facet.values.map(({ label, count }) => [label, count]))
const idOf = (facet: Facet, label: string) => facet.values.find((one) => one.label === label)!.value

/** Land holds City and `h-1`; City holds `h-2` and `h-3`; `app` stands outside. Two hosts are reached through Wide. */
let land: { uuid: string }
let city: { uuid: string }
let start: Date
beforeAll(async () => {
  // Versions begin at whole milliseconds, and what begins in this one would be there already.
  start = new Date(Date.now() - 1)
  await estate.change(async (em) => {
    const [outer, inner] = await makeItems(em, 'Site', ['Land', 'City'])
    const hosts = await makeItems(em, 'ComputerSystem', ['h-1', 'h-2', 'h-3'])
    await makeItems(em, 'Application', ['app'])
    await relate(em, [
      { type: 'locatedIn', sourceId: inner!.uuid, targetId: outer!.uuid },
      ...hosts.map(({ uuid }, n) => ({
        type: 'locatedIn',
        sourceId: uuid,
        targetId: (n === 0 ? outer! : inner!).uuid,
      })),
    ])
    ;[land, city] = [outer!, inner!]
  })
  const sql = estate.orm.em.getConnection()
  await sql.execute(
    `with made as (insert into management_product (uuid, name, kind, state) select gen_random_uuid(), 'Wide', 'local', 'ACTIVE' returning uuid)
     update configuration_item set product_id = made.uuid, state = 'TEST' from made where configuration_item.name in ('h-1', 'h-2')`,
  )
})

test('each value is counted as the list would be, sites at any depth', async () => {
  const facets = await ask()
  expect(facets.classes.values.map(({ value, count }) => [value, count])).toEqual([
    ['ComputerSystem', 3],
    ['Site', 2],
    ['Application', 1],
  ])
  expect(counts(facets.states)).toEqual({ PRODUCTION: 4, TEST: 2 })
  expect(counts(facets.sites)).toEqual({ Land: 4, City: 2 })
  expect(counts(facets.products)).toEqual({ Wide: 2 })
  for (const { value, count } of facets.sites.values) {
    const { configurationItems } = await estate.query<{ configurationItems: { totalCount: number } }>(
      'query($ids: [ID!]) { configurationItems(first: 1, filter: { siteIds: $ids }) { totalCount } }',
      { ids: [value] },
    )
    expect(configurationItems.totalCount).toBe(count)
  }
})

test('a facet is narrowed by the others, not by its own selection', async () => {
  const all = await ask()
  const site = idOf(all.sites, 'City')
  const facets = await ask({ siteIds: [site], classNames: ['ComputerSystem'], search: 'h-' })
  expect(counts(facets.sites)).toEqual({ Land: 3, City: 2 })
  expect(facets.classes.values).toMatchObject([{ value: 'ComputerSystem', count: 2 }])
  expect(counts(facets.states)).toEqual({ PRODUCTION: 1, TEST: 1 })
  expect(counts((await ask({ productIds: [idOf(all.products, 'Wide')], states: ['PRODUCTION'] })).products)).toEqual({})
  expect(counts((await ask({ productIds: [idOf(all.products, 'Wide')], states: ['TEST'] })).sites)).toEqual({
    Land: 2,
    City: 1,
  })
})

test('several sites are those in one or the other, also where one is inside the other', async () => {
  const { sites } = await ask()
  const { configurationItems } = await estate.query<{ configurationItems: { nodes: object[] } }>(
    'query($ids: [ID!]) { configurationItems(first: 9, filter: { siteIds: $ids }) { nodes { name } } }',
    { ids: sites.values.map(({ value }) => value) },
  )
  expect(configurationItems.nodes).toMatchObject([{ name: 'City' }, { name: 'h-1' }, { name: 'h-2' }, { name: 'h-3' }])
})

test('only what the caller sees is counted, and a site that the caller does not see is no value', async () => {
  const facets = await ask(null, aViewer([city.uuid]))
  expect(facets.classes.values.map(({ value, count }) => [value, count])).toEqual([
    ['ComputerSystem', 2],
    ['Site', 1],
  ])
  expect(counts(facets.states)).toEqual({ PRODUCTION: 2, TEST: 1 })
  expect(counts(facets.sites)).toEqual({ City: 2 })
  expect(counts(facets.products)).toEqual({ Wide: 1 })
  expect(counts((await ask(null, aViewer([land.uuid]))).sites)).toEqual({ Land: 4, City: 2 })
})

test('the counts of an earlier time are those of then', async () => {
  expect((await ask(null, aViewer(), start)).classes).toEqual({ values: [], others: 0 })
  expect(counts((await ask(null, aViewer(), new Date())).sites)).toEqual({ Land: 4, City: 2 })
})

test('a facet takes one statement, and tells its 50 greatest values and how many others there are', async () => {
  const asked = await countStatements(() => ask())
  expect(asked).toHaveLength(4)
  await estate.change(async (em) => {
    const names = Array.from({ length: 53 }, (_, n) => `town-${n}`)
    const towns = await makeItems(em, 'Site', names)
    const hosts = await makeItems(
      em,
      'ComputerSystem',
      names.map((name) => `host of ${name}`),
    )
    await relate(
      em,
      hosts.map(({ uuid }, n) => ({ type: 'locatedIn', sourceId: uuid, targetId: towns[n]!.uuid })),
    )
  })
  const { sites } = await ask()
  expect(sites.values).toHaveLength(50)
  expect(sites.values[0]).toMatchObject({ label: 'Land', count: 4 })
  expect(sites.others).toBe(5)
})
