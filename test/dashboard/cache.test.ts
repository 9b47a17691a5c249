import { Client, fetchExchange } from '@urql/core'
import { expect, test } from 'vitest'
import { createCache } from '../../dashboard/src/graphql/cache.ts'

const query = /* GraphQL */ `
  query Relations($id: ID!) {
    configurationItem(id: $id) {
      id
      relationships(first: 10) {
        nodes {
          id
          direction
          other {
            id
            name
          }
        }
      }
    }
  }
`
const item = (id: string) => ({ __typename: 'ConfigurationItem', id, name: id.slice(3) })

test('a relationship that was read from one end is not taken for that of the other', async () => {
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const { id } = (JSON.parse(String(init!.body)) as { variables: { id: string } }).variables
    const [direction, other] = id === 'ci_api' ? ['OUT', 'ci_db'] : ['IN', 'ci_api']
    const nodes = [{ __typename: 'Relationship', id: 'rel_1', direction, other: item(other) }]
    const relationships = { __typename: 'RelationshipConnection', nodes }
    return Response.json({ data: { configurationItem: { ...item(id), relationships } } })
  }
  const client = new Client({
    url: 'http://nowhere',
    preferGetMethod: false,
    exchanges: [createCache(), fetchExchange],
    fetch: fetch as typeof globalThis.fetch,
  })
  const read = async (id: string) =>
    (await client.query(query, { id }).toPromise()).data!.configurationItem.relationships.nodes[0]
  await read('ci_api')
  expect(await read('ci_db')).toMatchObject({ direction: 'IN', other: { name: 'api' } })
  expect(await read('ci_api')).toMatchObject({ direction: 'OUT', other: { name: 'db' } })
})
