import type { MikroORM } from '@mikro-orm/postgresql'
import fastify, { type FastifyInstance } from 'fastify'
import { Arg, buildSchemaSync, Ctx, Int, Mutation, Query, Resolver } from 'type-graphql'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SignInLimits } from '../../server/account/account.services.ts'
import { createSetUpLink } from '../../server/account/one-time-link.ts'
import { entities } from '../../server/entities.ts'
import { createApolloServer } from '../../server/http/apollo.ts'
import { fastifyGraphql } from '../../server/http/fastify-graphql.ts'
import { createAuthentication } from '../../server/account/authentication.ts'
import { contextOfRequests } from '../../server/http/request-context.ts'
import { authorize } from '../../server/kernel/authorize.ts'
import type { Context, Services } from '../../server/kernel/context.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { BadInput } from '../../server/kernel/errors.ts'
import { limits } from '../../server/kernel/limits.ts'
import { rows } from '../../server/kernel/sql.ts'
import { resolvers } from '../../server/schema.ts'
import { gateMutations } from '../../server/audit/mutation-gate.ts'
import { aDatabase } from '../support/database.ts'
import { PASSWORD } from '../support/people.ts'

/** Things that go wrong. */
@Resolver()
class TroubleResolver {
  @Query(() => Int)
  defect(): number {
    throw new Error('password=hunter2 in table secret_things')
  }

  @Query(() => Int)
  refusal(@Arg('n', () => Int) n: number): number {
    throw new BadInput(`${n} is not a good number.`, { field: ['n'] })
  }

  @Query(() => String)
  long(@Arg('n', () => Int) n: number): string {
    return 'web-01.example '.repeat(n)
  }

  @Query(() => Int)
  async slow(@Ctx() { em }: Context): Promise<number> {
    for (let i = 0; i < 500; i++) {
      await sleep(20)
      await rows(em, 'select 1')
      steps++
    }
    return 1
  }

  @Query(() => Int)
  async database(@Ctx() { em }: Context): Promise<number> {
    await rows(em, 'select pg_terminate_backend(pg_backend_pid())')
    return 1
  }

  @Mutation(() => Int)
  async databaseLost(@Ctx() { em }: Context): Promise<number> {
    await rows(em, `update account set name = 'half done'`)
    await rows(em, 'select pg_terminate_backend(pg_backend_pid())')
    return 1
  }
}

/** What a request may take here, in ms: enough for argon2 on a busy machine. */
const TIME = 4_000
let steps = 0
const database = aDatabase()
let orm: MikroORM
let app: FastifyInstance
let stop: () => Promise<void>
const logged: string[] = []
const log = (first: unknown, message?: string) => void logged.push(`${message ?? ''} ${JSON.stringify(first)}`)

beforeAll(async () => {
  orm = await createOrm(database.url, { entities, migrations: [] })
  const schema = gateMutations(
    buildSchemaSync({
      resolvers: [...resolvers, TroubleResolver] as never,
      authChecker: authorize,
      validate: false,
      pubSub: { publish() {}, subscribe: () => ({}) as never },
    }),
  )
  const apollo = createApolloServer(schema, {
    log: { debug: log, info: log, warn: log, error: log } as never,
    limits: { ...limits, time: TIME },
  })
  await apollo.start()
  app = fastify()
  const services = {
    accounts: {
      sessionHours: 1,
      publicUrl: () => 'http://localhost',
      signIns: new SignInLimits(),
      knownScopes: async () => [],
      installation: { version: '1', sample: async () => ({ offered: false, opened: false }) },
    },
  } as unknown as Services
  const contextOf = contextOfRequests({ em: orm.em, events: {} as never, services }, createAuthentication(orm.em))
  fastifyGraphql(app, apollo, contextOf, { ...limits, time: TIME })
  await app.ready()
  stop = async () => {
    await app.close()
    await apollo.stop()
    await orm.close()
  }
})
afterAll(() => stop())

interface Answer {
  data?: Record<string, unknown>
  errors?: { message: string; path?: unknown; extensions: Record<string, unknown> }[]
}

async function post(query: string, variables: object = {}, headers: Record<string, string> = {}) {
  const reply = await app.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json', ...headers },
    payload: JSON.stringify({ query, variables }),
  })
  return {
    status: reply.statusCode,
    cookie: reply.headers['set-cookie'] as string | undefined,
    ...(reply.json() as Answer),
  }
}

const SET_UP = `mutation($input: InstallationSetUpInput!) { installationSetUp(input: $input) { viewer { account { login } } userErrors { code message } } }`

let session = ''
const own = () => ({ cookie: session, 'x-waybill-csrf': '1' })

describe('before set-up', () => {
  test('only the set-up answers, everything else says what to do', async () => {
    const { status, errors } = await post(`{ accounts(first: 1) { totalCount } }`)
    expect(status).toBe(503)
    expect(errors).toMatchObject([
      { extensions: { code: 'NOT_SET_UP' }, message: expect.stringContaining('set-up link') },
    ])
    expect(
      await post(`mutation { signIn(input: { login: "a", password: "b" }) { userErrors { code } } }`),
    ).toMatchObject({ status: 503 })
    expect((await post(`{ installation { setUp } viewer { account { id } } }`)).data).toEqual({
      installation: { setUp: false },
      viewer: null,
    })
  })

  test('set-up sets a cookie that scripts cannot read and foreign pages cannot send', async () => {
    const token = await orm.em.fork().transactional((em) => createSetUpLink(em))
    const { cookie, data } = await post(SET_UP, { input: { token, login: 'ada', name: 'Ada', password: PASSWORD } })
    expect(data).toEqual({ installationSetUp: { viewer: { account: { login: 'ada' } }, userErrors: [] } })
    expect(cookie).toMatch(/^waybill_session=wb_ses_\w+; Path=\/; HttpOnly; SameSite=Lax; Expires=.* GMT$/)
    session = cookie!.split(';')[0]!
    expect((await post(`{ viewer { account { login } } }`, {}, own())).data).toEqual({
      viewer: { account: { login: 'ada' } },
    })
  })
})

describe('foreign pages', () => {
  test.each([
    ['another origin', { origin: 'https://evil.example', 'x-waybill-csrf': '1' }],
    ['no origin and no header of ours', {}],
    ['an origin that is no address', { origin: 'null', 'x-waybill-csrf': '1' }],
  ])('cannot use the session: %s', async (_name, headers) => {
    const { status, errors } = await post(
      `{ viewer { account { login } } }`,
      {},
      { cookie: session, ...(headers as object) },
    )
    expect(status).toBe(403)
    expect(errors).toMatchObject([{ extensions: { code: 'CROSS_SITE' } }])
  })

  test('our own page can', async () => {
    const { data } = await post(
      `{ viewer { account { login } } }`,
      {},
      { ...own(), origin: 'http://localhost:80', host: 'localhost:80' },
    )
    expect(data).toBeUndefined()
    const same = await post(
      `{ viewer { account { login } } }`,
      {},
      { ...own(), origin: 'http://waybill.test:4000', host: 'waybill.test:4000' },
    )
    expect(same.data).toEqual({ viewer: { account: { login: 'ada' } } })
  })

  test('cannot send a form', async () => {
    const reply = await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'content-type': 'text/plain' },
      payload: '{"query":"{ __typename }"}',
    })
    expect(reply.statusCode).toBe(415)
  })
})

describe('what strangers learn', () => {
  test('no schema', async () => {
    expect((await post(`{ __schema { types { name } } }`)).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ])
    expect((await post(`{ __schema { queryType { name } } }`, {}, own())).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    })
  })

  test('no suggestions, which the signed-in get', async () => {
    const [stranger, known] = [await post(`{ acounts }`), await post(`{ acounts }`, {}, own())]
    expect(stranger.errors![0]!.message).toBe('Cannot query field "acounts" on type "Query".')
    expect(known.errors![0]!.message).toContain('Did you mean "accounts"')
  })

  test('no landing page, no GET', async () => {
    const reply = await app.inject({
      method: 'GET',
      url: '/graphql?query={__typename}',
      headers: { accept: 'text/html' },
    })
    expect(reply.statusCode).toBe(405)
    expect(reply.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
  })
})

describe('errors', () => {
  test('a defect shows a number, and the log has the rest under it', async () => {
    const { errors, data } = await post(`{ defect }`, {}, own())
    expect(data).toBeNull()
    expect(JSON.stringify(errors)).not.toMatch(/hunter2|secret_things|stack|\.ts/)
    const requestId = errors![0]!.extensions.requestId as string
    expect(errors).toMatchObject([{ path: ['defect'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
    expect(logged.some((line) => line.includes(requestId))).toBe(true)
  })

  test('a refusal in a query keeps its words, code and field', async () => {
    expect((await post(`{ refusal(n: 7) }`, {}, own())).errors).toMatchObject([
      { message: '7 is not a good number.', extensions: { code: 'BAD_INPUT', field: ['n'] } },
    ])
  })

  test('a lost database is said to be one, and nothing is half done', async () => {
    const query = await post(`{ database }`, {}, own())
    expect(query).toMatchObject({
      status: 503,
      errors: [{ extensions: { code: 'UNAVAILABLE', requestId: expect.any(String) } }],
    })
    await sleep(50) // until the pool has seen it too
    const mutation = await post(`mutation { databaseLost }`, {}, own())
    expect(mutation).toMatchObject({ status: 503, errors: [{ extensions: { code: 'UNAVAILABLE' } }] })
    expect(await database.rows(`select 1 from account where name = 'half done'`)).toEqual([])
    expect(await database.rows(`select outcome, code from audit_entry where mutation = 'databaseLost'`)).toEqual([
      { outcome: 'REFUSED', code: 'INTERNAL_SERVER_ERROR' },
    ])
    expect((await post(`{ viewer { account { login } } }`, {}, own())).data).toEqual({
      viewer: { account: { login: 'ada' } },
    })
  })

  test('more lost connections than the pool has places leave it working', async () => {
    for (let i = 0; i < 25; i++) {
      await post(`mutation { databaseLost }`, {}, own())
      await sleep(60)
    }
    expect((await post(`{ viewer { account { login } } }`, {}, own())).data).toEqual({
      viewer: { account: { login: 'ada' } },
    })
  })

  test('a bad token is an error, not a stranger', async () => {
    const { status, errors } = await post(`{ __typename }`, {}, { authorization: 'Bearer wb_api_nonsense' })
    expect(status).toBe(401)
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  })
})

test('long answers travel packed to whoever can unpack them; others, and short ones, as they are', async () => {
  const ask = async (n: number, accepted: string) => {
    const { headers, rawPayload, statusCode } = await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'content-type': 'application/json', 'accept-encoding': accepted, ...own() },
      payload: JSON.stringify({ query: `{ long(n: ${n}) }` }),
    })
    expect([statusCode, headers['cache-control']]).toEqual([200, 'no-store'])
    return { packing: headers['content-encoding'], bytes: rawPayload }
  }
  const plain = await ask(1_000, 'identity')
  expect(plain.packing).toBeUndefined()
  expect((JSON.parse(plain.bytes.toString()) as Answer).data!.long).toHaveLength(15_000)
  for (const [accepted, packing, unpack] of [
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
  ] as const) {
    const packed = await ask(1_000, accepted)
    expect(packed.packing).toBe(packing)
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 10)
    expect(unpack(packed.bytes).equals(plain.bytes)).toBe(true)
    expect((await ask(10, accepted)).packing).toBeUndefined()
  }
})

describe('limits', () => {
  test.each([
    ['depth', `{ viewer { account { ${'grants { grantedBy { '.repeat(10)} id ${'} } '.repeat(10)} } } }`, 20, 23],
    ['aliases', `{ ${Array.from({ length: 201 }, (_, i) => `a${i}: __typename`).join(' ')} }`, 200, 201],
    ['directives', `{ viewer { account { ${'id @include(if: true) '.repeat(101)} } } }`, 100, 101],
    ['rootFields', `{ ${'__typename '.repeat(31)} }`, 30, 31],
    ['fields', `{ viewer { account { ${'id '.repeat(2001)} } } }`, 2000, 2003],
    ['tokens', `{ ${'__typename '.repeat(5000)} }`, 5000, 'more than 5000'],
  ])('%s: says the limit and what was measured', async (limit, query, max, measured) => {
    const { errors, status } = await post(query, {}, own())
    expect(status).toBe(400)
    const found = errors!.find(({ extensions }) => extensions.limit === limit)
    expect(found?.extensions).toEqual({ code: 'LIMIT_EXCEEDED', limit, max, measured })
    expect(found?.message).toContain(String(max))
  })

  test('cost counts lists at the length that is asked for, also in variables', async () => {
    const query = `query($n: Int) { accounts(first: $n) { nodes { grants { grantedBy { grants { grantedBy { grants { grantedBy { login } } } } } } } } }`
    const { errors, status } = await post(query, { n: 200 }, own())
    expect(status).toBe(400)
    expect(errors).toMatchObject([
      { extensions: { code: 'LIMIT_EXCEEDED', limit: 'cost', max: 250_000, measured: expect.any(Number) } },
    ])
    expect((await post(query, { n: 2 }, own())).errors).toBeUndefined()
  })

  test('a body over 1 MB is not read', async () => {
    const { status, errors } = await post(`{ __typename } # ${'x'.repeat(1_100_000)}`)
    expect(status).toBe(413)
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'body', max: 1_048_576 } }])
    expect(errors![0]!.extensions.measured).toBeGreaterThan(1_100_000)
  })

  test('a list over 200 rows is refused', async () => {
    expect((await post(`{ accounts(first: 201) { totalCount } }`, {}, own())).errors).toMatchObject([
      { extensions: { code: 'BAD_INPUT', rule: 'list size' } },
    ])
  })

  test('after its time a request is answered, and begins no further statement', async () => {
    steps = 0
    const { status, errors } = await post(`{ slow }`, {}, own())
    expect(status).toBe(504)
    expect(errors).toMatchObject([{ extensions: { code: 'TIME_OUT', limit: 'time', max: TIME } }])
    await sleep(100)
    const after = steps
    await sleep(200)
    expect(steps).toBe(after)
    expect(steps).toBeLessThan(TIME / 20 + 1)
  })

  test('an exotic character set is refused before it is decoded', async () => {
    const { status } = await post(`{ __typename }`, {}, { 'content-type': 'application/json; charset=utf-7' })
    expect(status).toBe(415)
  })

  test('a stranger who hurries is slowed down, the signed-in are not', async () => {
    const answers = await Promise.all(Array.from({ length: 110 }, () => post(`{ __typename }`)))
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0)
    expect((await post(`{ __typename }`, {}, own())).status).toBe(200)
  })
})
