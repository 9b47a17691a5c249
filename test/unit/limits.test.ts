import 'reflect-metadata'
import { buildSchema, parse, specifiedRules, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import { costOf, limitRules, limits, tokenError } from '../../server/kernel/limits.ts'

const schema = buildSchema(`
  type Query { items(first: Int, last: Int): ItemConnection!, me: Item, tags: [String!]!, nodes(ids: [ID!]!): [Item]! }
  type ItemConnection { nodes: [Item!]!, totalCount: Int! }
  type Item { id: ID!, parent: Item, children(first: Int = 50): ItemConnection!, labels: [Item!]! }
`)

const faults = (query: string, change: object = {}) =>
  validate(schema, parse(query), [...specifiedRules, ...limitRules({ ...limits, ...change })])
    .filter(({ extensions }) => extensions.code === 'LIMIT_EXCEEDED')
    .map(({ extensions: { limit, measured } }) => [limit, measured])

const nested = (name: string, levels: number) => `${`${name} { `.repeat(levels)} id ${'} '.repeat(levels)}`

describe('depth', () => {
  test('counts fields below each other, through fragments too', () => {
    const query = `{ me { ...A } } fragment A on Item { parent { ...B } } fragment B on Item { parent { id } }`
    expect(faults(query, { depth: 3 })).toEqual([['depth', 4]])
    expect(faults(query, { depth: 4 })).toEqual([])
  })

  test('a fragment called __schema hides nothing', () => {
    const query = `{ me { ...__schema } } fragment __schema on Item { ${nested('parent', 30)} }`
    expect(faults(query)).toEqual([['depth', 32]])
  })

  test('a fragment that was measured at one place counts in full at another', () => {
    const query = `{ shallow: me { ...Deep } me { ${`parent { `.repeat(10)} ...Deep ${'} '.repeat(10)} } }
      fragment Deep on Item { ${nested('parent', 12)} }`
    expect(faults(query)).toEqual([['depth', 24]])
  })

  test('fields named like introspection are counted like all others', () => {
    const deep = `{ __schema { types { ${nested('ofType { fields { type', 10).replace(/ id /, ' name ')} ${'} } '.repeat(10)} } } }`
    expect(faults(deep.replaceAll('fields { type', 'fields{type')).some(([limit]) => limit === 'depth')).toBe(true)
  })

  test('a cycle of fragments ends', () => {
    expect(
      faults(`{ me { ...A } } fragment A on Item { parent { ...B } } fragment B on Item { parent { ...A } }`),
    ).toEqual([])
  })
})

test('fragments that double each other thirty times are counted, not expanded', () => {
  const fragments = Array.from({ length: 30 }, (_, i) => `fragment F${i} on Item { ...F${i + 1} ...F${i + 1} }`)
  const query = `{ me { ...F0 } } ${fragments.join(' ')} fragment F30 on Item { id }`
  const began = performance.now()
  expect(faults(query)).toEqual([['fields', 2 ** 30 + 1]])
  expect(performance.now() - began).toBeLessThan(1_000)
})

describe('cost', () => {
  const cost = (query: string, variables = {}) => costOf({ schema, document: parse(query), variables })

  test('multiplies by what the arguments ask for', () => {
    expect(cost(`{ items(first: 10) { nodes { id } } }`)).toBe(21)
    expect(cost(`query($n: Int) { items(last: $n) { nodes { id } } }`, { n: 100 })).toBe(201)
    expect(cost(`{ items(first: 10) { nodes { children { nodes { id } } } } }`)).toBe(1 + 10 * (1 + (1 + 50 * 2)))
  })

  test('counts ids one by one, and lists of unknown length as ten', () => {
    expect(cost(`{ nodes(ids: ["a", "b", "c"]) { id } }`)).toBe(4)
    expect(cost(`{ me { labels { id } } }`)).toBe(1 + (1 + 10))
  })

  test('a negative or absurd length does not make it cheap or endless', () => {
    expect(cost(`{ items(first: -5) { nodes { id } } }`)).toBe(3)
    expect(cost(`{ items(first: 2000000000) { nodes { id } } }`)).toBe(401)
  })
})

test('tokens are counted before anything is parsed, and no further than needed', () => {
  expect(tokenError(`{ ${'id '.repeat(4_998)} }`)).toBeNull()
  expect(tokenError(`{ ${'id '.repeat(4_999)} }`)?.extensions).toMatchObject({ limit: 'tokens', max: 5_000 })
  expect(tokenError('{ " unterminated')).toBeNull()
})
