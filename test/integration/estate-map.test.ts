import { beforeAll, expect, test } from 'vitest'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { anEstate, aViewer, makeItems, relate } from '../support/estate.ts'
import { until } from '../support/until.ts'

const estate = anEstate()
let austin: ConfigurationItem
let tokyo: ConfigurationItem
const hosts: Record<string, ConfigurationItem> = {}

/** Two sites with a shop each: five hosts around a database, and one line between the two. */
beforeAll(() =>
  estate.change(async (em) => {
    ;[austin, tokyo] = (await makeItems(em, 'Site', ['Austin', 'Tokyo'])) as [ConfigurationItem, ConfigurationItem]
    for (const site of [austin, tokyo]) {
      const names = ['db', ...[1, 2, 3, 4, 5].map((n) => `web-${n}`)].map((name) =>
        `${site.name}-${name}`.toLowerCase(),
      )
      const made = await makeItems(em, 'ComputerSystem', names)
      made.forEach((host) => (hosts[host.name] = host))
      const ring = made.slice(1).map(({ uuid }, at) => [uuid, made[1 + ((at + 1) % 5)]!.uuid] as const)
      await relate(em, [
        ...made.map(({ uuid }) => ({ type: 'locatedIn', sourceId: uuid, targetId: site.uuid })),
        ...made.slice(1).map(({ uuid }) => ({ type: 'dependsOn', sourceId: uuid, targetId: made[0]!.uuid })),
        ...ring.map(([sourceId, targetId]) => ({ type: 'connectsTo', sourceId, targetId })),
      ])
    }
    await relate(em, [{ type: 'dependsOn', sourceId: hosts['tokyo-db']!.uuid, targetId: hosts['austin-db']!.uuid }])
    await makeItems(em, 'Application', ['lonely'])
  }),
)

interface Drawn {
  total: number
  isCurrent: boolean
  clusters: { key: number; headId: string; title: string; count: number; x: number; y: number; radius: number }[]
  links: { a: number; b: number; count: number }[]
}
const theirs = () => aViewer([austin.uuid])
/** The map once it takes everything into account. */
async function mapBy(by: string, viewer = aViewer()): Promise<Drawn> {
  const text = `query($by: EstateMapWay) { estateMap(by: $by) { total isCurrent
    clusters { key headId title count x y radius } links { a b count } } }`
  await estate.topology.isCurrent()
  return until(
    async () => (await estate.query<{ estateMap: Drawn }>(text, { by }, viewer)).estateMap,
    ({ isCurrent }) => isCurrent,
  )
}
interface Inside {
  title: string
  total: number
  names: string[]
  classNames: string[]
  degrees: number[]
  sources: number[]
  targets: number[]
  x: number[]
}
const clusterOf = async (itemId: string, by: string, viewer = aViewer(), first = 400) =>
  (
    await estate.query<{ estateCluster: Inside }>(
      `query($itemId: ID!, $by: EstateMapWay, $first: Int) { estateCluster(itemId: $itemId, by: $by, first: $first) {
        title total names classNames degrees sources targets x } }`,
      { itemId, by, first },
      viewer,
    )
  ).estateCluster
const counts = ({ clusters }: Drawn) => clusters.map(({ title, count }) => [title, count])

test('by site and by class each item is in one circle, and lines say how many relationships lead across', async () => {
  const bySite = await mapBy('SITE')
  expect(bySite.total).toBe(15)
  expect(counts(bySite)).toEqual(
    expect.arrayContaining([
      ['Austin', 6],
      ['Tokyo', 6],
      ['Without a site', 3],
    ]),
  )
  const keyOf = (title: string) => bySite.clusters.find((cluster) => cluster.title === title)!.key
  const between = (one: string, two: string) =>
    bySite.links.find(({ a, b }) => [a, b].sort().join() === [keyOf(one), keyOf(two)].sort().join())?.count
  expect(between('Austin', 'Tokyo')).toBe(1)
  expect(between('Austin', 'Without a site')).toBe(6)
  expect(counts(await mapBy('CLASS'))).toEqual(
    expect.arrayContaining([
      ['Computer system', 12],
      ['Site', 2],
      ['Application', 1],
    ]),
  )
})

test('communities are found without being told, and what belongs to none is gathered', async () => {
  const map = await mapBy('COMMUNITY')
  expect(map.total).toBe(15)
  const { names, title } = await clusterOf(hosts['austin-web-3']!.id, 'COMMUNITY')
  expect(names).toEqual(expect.arrayContaining(['austin-db', 'austin-web-1', 'austin-web-5']))
  expect(names).not.toContain('tokyo-web-1')
  expect(map.clusters.map((cluster) => cluster.title)).toContain(title)
  expect(counts(map)).toContainEqual(['Small groups and single items', 1])
})

test('circles do not overlap', async () => {
  const { clusters } = await mapBy('SITE')
  for (const [at, one] of clusters.entries()) {
    for (const two of clusters.slice(at + 1)) {
      expect(Math.hypot(one.x - two.x, one.y - two.y)).toBeGreaterThan(one.radius + two.radius)
    }
  }
})

test('a cluster lists its items with the most relationships first, with those among them, and always the one asked about', async () => {
  const all = await clusterOf(hosts['austin-web-4']!.id, 'SITE')
  expect(all).toMatchObject({ title: 'Austin', total: 6, degrees: [7, 4, 4, 4, 4, 4] })
  expect(all.names[0]).toBe('austin-db')
  const pairs = all.sources.map((source, at) => [all.names[source]!, all.names[all.targets[at]!]!])
  expect(pairs).toHaveLength(10)
  expect(pairs).toContainEqual(['austin-web-4', 'austin-db'])
  const few = await clusterOf(hosts['austin-web-4']!.id, 'SITE', aViewer(), 2)
  expect(few).toMatchObject({ total: 6, names: ['austin-db', 'austin-web-4'] })
  await expect(clusterOf(hosts['austin-web-4']!.id, 'SITE', aViewer(), 2_001)).rejects.toThrow(
    'first is from 1 to 2000',
  )
})

test('who sees a part of the estate is told of that part only: counts, sizes, relationships and titles', async () => {
  const map = await mapBy('SITE', theirs())
  expect(map.total).toBe(7)
  expect(counts(map)).toEqual([
    ['Austin', 6],
    ['Without a site', 1],
  ])
  expect(map.links).toEqual([])
  const whole = (await mapBy('SITE')).clusters.find(({ title }) => title === 'Without a site')!
  expect(map.clusters[1]!.radius).toBeLessThan(whole.radius)
  expect(map.clusters.map(({ key }) => key)).toEqual([0, 1])
  const inside = await clusterOf(map.clusters[0]!.headId, 'SITE', theirs())
  // The line from tokyo-db is not counted.
  expect(inside).toMatchObject({ title: 'Austin', total: 6, degrees: [6, 4, 4, 4, 4, 4] })
  const byClass = await mapBy('CLASS', theirs())
  expect(counts(byClass)).toEqual(
    expect.arrayContaining([
      ['Computer system', 6],
      ['Site', 1],
    ]),
  )
  await expect(clusterOf(hosts['tokyo-db']!.id, 'SITE', theirs())).rejects.toThrow(
    `There is no configuration item ${hosts['tokyo-db']!.id} that you can see.`,
  )
  const host = hosts['austin-web-1']!
  expect(counts(await mapBy('SITE', aViewer([host.uuid])))).toEqual([['A site that you do not see', 1]])
  const elsewhere = aViewer(['00000000-0000-7000-8000-00000000000b'])
  expect(await mapBy('SITE', elsewhere)).toMatchObject({ total: 0, clusters: [], links: [] })
})

test('the map follows the graph: a new item is on it within seconds', async () => {
  expect((await mapBy('CLASS')).total).toBe(15)
  await estate.change((em) => makeItems(em, 'Database', ['late']))
  const map = await mapBy('CLASS')
  expect(map.total).toBe(16)
  expect(counts(map)).toContainEqual(['Database', 1])
})
