/** A host has thousands of packages: what is installed on it is a page like any other list. */
import { beforeAll, expect, test } from 'vitest'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { makeItems } from '../support/estate.ts'
import { aMoment } from '../support/moment.ts'
import { machine, software, sourcesOfTests, whole } from '../support/sources.ts'
import { countStatements } from '../support/statements.ts'

const estate = sourcesOfTests()
const PACKAGES = 3_000
const nameOf = (n: number) => `pack-${String(n).padStart(4, '0')}`
let big: { id: string }
let before: Date

interface Answer {
  configurationItem: {
    installed: {
      totalCount: number
      nodes: { name: string; version: string }[]
      pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string; startCursor: string }
    }
  }
}
const LIST = `query($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $names: [String!], $search: String, $at: Moment) {
  configurationItem(id: $id, at: $at) { installed(first: $first, after: $after, last: $last, before: $before, names: $names, search: $search) {
    totalCount nodes { name version } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
const installed = async (variables: object) =>
  (await estate.query<Answer>(LIST, { id: big.id, ...variables })).configurationItem.installed

beforeAll(async () => {
  const product = await estate.source()
  const hosts = Array.from({ length: 24 }, (_, n) => `small-${n}`)
  const look = (version: string) =>
    estate.load(product, [
      machine({ key: 'big', name: 'big' }),
      ...Array.from({ length: PACKAGES }, (_, n) => software('big', nameOf(n), n === 7 ? version : '1.0')).flat(),
      ...hosts.flatMap((host) => [
        machine({ key: host, name: host }),
        ...software(host, 'shop', '2.0'),
        ...software(host, 'agent', '1.1'),
      ]),
      whole,
    ])
  expect(await look('1.0')).toMatchObject({ state: 'SUCCEEDED', errors: 0 })
  const item = async (name: string) => {
    const [found] = await estate.sql<{ uuid: string }>('select uuid from actual_item where name = ?', [name])
    const [made] = await estate.change((em) => makeItems(em, 'ComputerSystem', [name], { actualItemId: found!.uuid }))
    return { id: toNodeId('ci', made!.uuid) }
  }
  big = await item('big')
  for (const host of hosts) await item(host)
  await aMoment()
  before = new Date()
  await aMoment()
  await look('9.9')
})

test('a walk over all pages gives each package once and in order, forwards and backwards', async () => {
  const walk = async (size: 'first' | 'last', cursor: 'after' | 'before') => {
    const names: string[] = []
    let at: string | null = null
    for (let more = true; more;) {
      const page = await installed({ [size]: 200, [cursor]: at })
      const some = page.nodes.map(({ name }) => name)
      if (size === 'first') names.push(...some)
      else names.unshift(...some)
      at = size === 'first' ? page.pageInfo.endCursor : page.pageInfo.startCursor
      more = size === 'first' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage
      expect(page.totalCount).toBe(PACKAGES)
    }
    return names
  }
  const all = Array.from({ length: PACKAGES }, (_, n) => nameOf(n))
  expect(await walk('first', 'after')).toEqual(all)
  expect(await walk('last', 'before')).toEqual(all)
})

test('packages are asked for by their names, or by a part of them', async () => {
  expect(await installed({ first: 10, names: [nameOf(7), nameOf(2_999), 'not there'] })).toMatchObject({
    totalCount: 2,
    nodes: [
      { name: nameOf(7), version: '9.9' },
      { name: nameOf(2_999), version: '1.0' },
    ],
  })
  expect(await installed({ first: 5, search: 'ACK-299' })).toMatchObject({
    totalCount: 10,
    nodes: [0, 1, 2, 3, 4].map((n) => ({ name: `pack-299${n}` })),
  })
  expect(await installed({ first: 5, names: [] })).toMatchObject({ totalCount: 0, nodes: [] })
})

test('what was installed then is a page too', async () => {
  const now = await installed({ first: 10, names: [nameOf(7)] })
  const then = await installed({ first: 10, names: [nameOf(7)], at: before.toISOString() })
  expect([now.nodes[0]!.version, then.nodes[0]!.version]).toEqual(['9.9', '1.0'])
  const first = await installed({ first: 3, at: before.toISOString() })
  expect(first).toMatchObject({ totalCount: PACKAGES, pageInfo: { hasNextPage: true } })
  const next = await installed({ first: 2, after: first.pageInfo.endCursor, at: before.toISOString() })
  expect(next.nodes.map(({ name }) => name)).toEqual([nameOf(3), nameOf(4)])
})

test('a page must be asked for, within bounds, by a cursor of this list', async () => {
  const why = (variables: object) =>
    installed(variables).then(
      () => 'an answer',
      (error: Error) => error.message,
    )
  expect(await why({})).toContain('give either first or last, from 1 to 200')
  expect(await why({ first: 201 })).toContain('A page holds 1 to 200 rows; 201 was asked for.')
  expect(await why({ first: 5, after: 'x' })).toContain('The cursor is not one that this API gave out.')
  expect(await why({ first: 5, names: Array.from({ length: 201 }, (_, n) => nameOf(n)) })).toContain(
    'At most 200 names of software can be asked for at once; these are 201.',
  )
})

test('the software of 24 hosts takes as many statements as that of two', async () => {
  const text = `query($first: Int!) { configurationItems(first: $first, filter: { search: "small-" }) {
    nodes { installed(first: 1) { totalCount nodes { name version confirmedBy { number } } } } } }`
  let nodes: unknown[] = []
  const ask = (first: number) =>
    countStatements(async () => {
      const answer = await estate.query<{ configurationItems: { nodes: unknown[] } }>(text, { first })
      nodes = answer.configurationItems.nodes
    })
  const few = await ask(2)
  const all = await ask(24)
  expect(nodes).toHaveLength(24)
  for (const one of nodes)
    expect(one).toEqual({
      installed: { totalCount: 2, nodes: [{ name: 'agent', version: '1.1', confirmedBy: null }] },
    })
  expect(all.length, all.join('\n')).toBe(few.length)
})
