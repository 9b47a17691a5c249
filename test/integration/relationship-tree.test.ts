import { beforeAll, expect, test } from 'vitest'
import { endRelationships } from '../../server/item/edges.ts'
import type { ConfigurationItem } from '../../server/item/item.entity.ts'
import { anEstate, aViewer, makeItems, nobody, relate } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { countStatements } from '../support/statements.ts'

const estate = anEstate()
const COPIES = 60
let site: ConfigurationItem
let shop: ConfigurationItem
let db: ConfigurationItem
let then: string

/** The shop depends on sixty copies of a service, each of those on one database; the first copy stands in Austin. */
beforeAll(async () => {
  const first = await estate.change(async (em) => {
    site = (await makeItems(em, 'Site', ['Austin']))[0]!
    ;[shop, db] = (await makeItems(em, 'Application', ['shop', 'db'])) as [ConfigurationItem, ConfigurationItem]
    const names = Array.from({ length: COPIES }, (_, at) => `copy ${String(at).padStart(2, '0')}`)
    const copies = await makeItems(em, 'Application', names)
    const [first] = await relate(em, [
      ...copies.map(({ uuid }) => ({ type: 'dependsOn', sourceId: shop.uuid, targetId: uuid })),
      ...copies.map(({ uuid }) => ({ type: 'dependsOn', sourceId: uuid, targetId: db.uuid })),
      ...[copies[0]!, shop].map(({ uuid }) => ({ type: 'locatedIn', sourceId: uuid, targetId: site.uuid })),
    ])
    return first!
  })
  then = await aMoment()
  await estate.change((em) => endRelationships(em, [first.uuid], nobody))
  await estate.topology.isCurrent()
})

interface Branch {
  relationshipGroups: { type: { name: string }; direction: string; count: number }[]
  relationships: { nodes: { other: { id: string; name: string } }[]; pageInfo: { endCursor: string } }
}
const GROUPS = 'relationshipGroups { type { name title inverseTitle } direction count }'
const BRANCH = `query($id: ID!, $at: Moment, $first: Int!, $after: String, $types: [String!], $direction: RelationDirection) {
  configurationItem(id: $id, at: $at) { ${GROUPS} relationships(first: $first, after: $after, types: $types, direction: $direction) {
    nodes { other { id name } } pageInfo { endCursor } } } }`
const branch = async (id: string, variables: object = {}, viewer = aViewer()) => {
  const data = await estate.query<{ configurationItem: Branch }>(BRANCH, { id, first: 40, ...variables }, viewer)
  const { relationshipGroups, relationships } = data.configurationItem
  return {
    groups: relationshipGroups.map(({ type, direction, count }) => `${type.name} ${direction} ${count}`),
    others: relationships.nodes.map(({ other }) => other),
    cursor: relationships.pageInfo.endCursor,
  }
}

test('a tree of relationships opens level by level, each group with its count, and goes on behind the first page', async () => {
  const top = await branch(shop.id)
  expect(top.groups).toEqual([`dependsOn OUT ${COPIES - 1}`, 'locatedIn OUT 1'])
  const rest = await branch(shop.id, { types: ['dependsOn'], direction: 'OUT', after: top.cursor })
  expect([...top.others, ...rest.others].map(({ name }) => name)).toEqual(
    Array.from({ length: COPIES - 1 }, (_, at) => `copy ${String(at + 1).padStart(2, '0')}`),
  )
  expect((await branch(shop.id, { types: ['locatedIn'], after: top.cursor })).others).toMatchObject([
    { name: 'Austin' },
  ])
  const second = await branch(rest.others[0]!.id)
  expect(second.groups).toEqual(['dependsOn OUT 1', 'dependsOn IN 1'])
  const third = await branch(second.others.find(({ name }) => name === 'db')!.id)
  expect(third.groups).toEqual([`dependsOn IN ${COPIES}`])
})

test('of an earlier time it has the groups of then, and of what somebody does not see it counts nothing', async () => {
  expect((await branch(shop.id, { at: then })).groups).toEqual([`dependsOn OUT ${COPIES}`, 'locatedIn OUT 1'])
  const theirs = aViewer([site.uuid])
  expect((await branch(shop.id, {}, theirs)).groups).toEqual(['locatedIn OUT 1'])
  expect((await branch(shop.id, { at: then }, theirs)).groups).toEqual(['dependsOn OUT 1', 'locatedIn OUT 1'])
})

test('the groups of a whole level take one statement', async () => {
  const count = async (first: number) =>
    (await countStatements(() => estate.query(`{ configurationItems(first: ${first}) { nodes { name ${GROUPS} } } }`)))
      .length
  expect(await count(50)).toBe(await count(1))
})
