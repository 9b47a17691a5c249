// What asks for too much is refused with the limit, its value and what was measured; and how the server says how it is.
import 'reflect-metadata'
import { once } from 'node:events'
import { Client } from 'pg'
import { beforeAll, describe, expect, test } from 'vitest'
import WebSocket from 'ws'
import { limits } from '../../../server/kernel/limits.ts'
import { anApp, type Person } from '../../support/app.ts'

const app = anApp()
let owner: Person
let token: string

beforeAll(async () => {
  owner = await app.person('RELEASE_MANAGER')
  token = (await owner.does<{ secret: string }>('apiTokenCreate', { name: 'limits' }, 'secret')).secret
})

interface Answer {
  status: number
  errors?: { message: string; extensions: { code: string; limit?: string; max?: number; measured?: unknown } }[]
  data?: Record<string, unknown>
}

async function post(body: unknown): Promise<Answer> {
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, ...((await response.json()) as object) }
}

const nested = (depth: number) => {
  const turns = Math.floor(depth / 2)
  return `{ releases(first: 1) { nodes ${'{ tasks(first: 1) { nodes { release '.repeat(turns)} { id } ${'} } }'.repeat(turns)} } }`
}

describe('a request that asks for too much is refused with the reason', () => {
  const cases: [string, string, () => unknown][] = [
    ['depth', 'depth', () => ({ query: nested(20) })],
    [
      'aliases',
      'aliases',
      () => ({
        query: `{ ${Array.from({ length: 25 }, (_, i) => `a${i}: viewer { ${Array.from({ length: 10 }, (_, k) => `b${k}: __typename`).join(' ')} }`).join(' ')} }`,
      }),
    ],
    [
      'root fields',
      'rootFields',
      () => ({ query: `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: __typename`).join(' ')} }` }),
    ],
    ['tokens', 'tokens', () => ({ query: `{ ${'__typename '.repeat(limits.tokens + 1)} }` })],
    [
      'fields',
      'fields',
      () => ({
        query: `{ viewer { ${'...F '.repeat(300)} } } fragment F on Viewer { account { id name login state version createdAt } }`,
      }),
    ],
    [
      'cost',
      'cost',
      () => ({
        query:
          '{ releases(first: 200) { nodes { tasks(first: 200) { nodes { targets(first: 200) { nodes { id name } } } } } } }',
      }),
    ],
    ['body', 'body', () => ({ query: '{ viewer { account { id } } }', variables: { pad: 'x'.repeat(limits.body) } })],
  ]
  test.each(cases)('%s', async (_, limit, body) => {
    const { status, errors } = await post(body())
    expect(errors![0]).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED', limit } })
    expect(errors![0]!.extensions.max).toBe(limits[limit as keyof typeof limits])
    expect(errors![0]!.message).toMatch(/At most/)
    expect([400, 413]).toContain(status)
  })

  test('list size', async () => {
    const { errors } = await post({ query: '{ releases(first: 201) { nodes { id } } }' })
    expect(errors![0]!.message).toMatch(/1 to 200 rows; 201/)
    const many = await post({
      query: 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      variables: { ids: Array(1_000).fill('x') },
    })
    expect(many.errors![0]!.message).toMatch(/\d+/)
  })

  test('and the same over a socket', async () => {
    for (const [, , body] of cases.slice(0, 2)) {
      const { query } = body() as { query: string }
      const followed = owner.follow(query, { after: null }, () => true)
      await expect(followed).rejects.toThrow(/At most/)
    }
  })

  test('a subscription that could cost too much is refused with the same reason as a query', async () => {
    const targets = (inner: string) => `targets(first: 200) { nodes { deployment { ${inner} } } }`
    const document = `subscription($after: Position) { deploymentChanged(after: $after) { position deployment { ${targets(targets(targets('id')))} } } }`
    await expect(owner.follow(document, { after: null }, () => true)).rejects.toThrow(/too many values/)
  })

  test('time: what waits too long for a lock is given up, in words, and the mutation has not happened', async () => {
    const { release } = await owner.does<{ release: { id: string } }>(
      'releaseCreate',
      { title: 'Slow' },
      'release { id }',
    )
    const holder = new Client({ connectionString: app.database.url })
    await holder.connect()
    try {
      await holder.query('set idle_in_transaction_session_timeout = 0')
      await holder.query('begin')
      await holder.query('lock table release in access exclusive mode')
      const { status, errors } = await post({
        query: 'mutation($input: MoveInput!) { releasePlan(input: $input) { userErrors { message } } }',
        variables: { input: { id: release.id } },
      })
      expect(status).toBe(504)
      expect(errors![0]).toMatchObject({ extensions: { code: 'TIME_OUT', limit: 'statement' } })
      expect(errors![0]!.message).toMatch(/waited too long for somebody else's change/)
    } finally {
      await holder.query('rollback')
      await holder.end()
    }
    const seen = await post({ query: 'query($id: ID!) { release(id: $id) { state } }', variables: { id: release.id } })
    expect(seen.data).toEqual({ release: { state: 'DRAFT' } })
  }, 60_000)
})

describe('the server says how it is', () => {
  test('by health and metrics, without a sign-in and without secrets', async () => {
    const get = async (path: string) => {
      const response = await fetch(`${app.url}${path}`)
      return { status: response.status, text: await response.text() }
    }
    expect(await get('/health/live')).toMatchObject({ status: 200, text: expect.stringContaining('live') })
    expect(await get('/health/ready')).toMatchObject({ status: 200, text: expect.stringMatching(/database.*ok/) })
    const metrics = await get('/metrics')
    expect(metrics.status).toBe(200)
    expect(metrics.text).toMatch(/^# (HELP|TYPE) /m)
    expect(metrics.text).toMatch(/^waybill_\w+/m)
    expect(metrics.text).not.toContain(token)
  })

  test('and when it stops it closes its sockets as going away, and answers no more', async () => {
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init', payload: { token } }))
    const [message] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(String(message))).toMatchObject({ type: 'connection_ack' })
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { activity { seq } }' } }))
    const { url } = app
    const closed = once(socket, 'close') as Promise<[number, Buffer]>
    const began = Date.now()
    await app.stop()
    expect((await closed)[0]).toBe(1001)
    expect(Date.now() - began).toBeLessThan(10_000)
    await expect(fetch(`${url}/health/live`)).rejects.toThrow()
  })
})
