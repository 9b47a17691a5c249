// "Bad input" of the API: what makes no sense, or is not there, gets an answer in words and changes nothing.
import 'reflect-metadata'
import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
} from 'graphql'
import { beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../../server/kernel/limits.ts'
import { nodeTypes, toNodeId, type NodePrefix } from '../../../server/kernel/node-id.ts'
import { anApp, type Person, type UserError } from '../../support/app.ts'
import { anAppEstate, scanned, switchesAt, type AppEstate, type Item } from '../../support/app-estate.ts'
import { until } from '../../support/until.ts'

const app = anApp()
let estate: AppEstate
let everything: Person

beforeAll(async () => {
  estate = await anAppEstate(app, 2)
  everything = app.admin
})

/** Which id stands where is not asked: all ids of the input are this one. */
function inputWith(type: GraphQLInputType, id: string): unknown {
  const named = getNamedType(type)
  if (isListType(getNullableType(type))) return [inputWith(named, id)]
  if (isEnumType(named)) return named.getValues()[0]!.value
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields())
    const wanted = fields.filter((field) => isNonNullType(field.type) || getNamedType(field.type).name === 'ID')
    return Object.fromEntries(wanted.map((field) => [field.name, inputWith(field.type, id)]))
  }
  return { ID: id, Int: 1, JSON: {}, Boolean: true, Moment: '2026-11-01T00:00:00Z' }[named.name] ?? 'garbage'
}

const NO_ID_NEEDED = ['accountCreate', 'itemsPromote']
const takesIds = (mutation: string) => {
  const input = getNamedType(app.schema.getMutationType()!.getFields()[mutation]!.args[0]!.type)
  return (
    isInputObjectType(input) && Object.values(input.getFields()).some(({ type }) => getNamedType(type).name === 'ID')
  )
}
const mutationsWithIds = () =>
  Object.values(app.schema.getMutationType()!.getFields()).filter(
    ({ name }) => takesIds(name) && !NO_ID_NEEDED.includes(name),
  )

async function answersTo(person: Person, ids: string[]): Promise<Map<string, UserError[][]>> {
  const answers = new Map<string, UserError[][]>()
  for (const field of mutationsWithIds()) {
    const all: UserError[][] = []
    for (let first = 0; first < ids.length; first += limits.rootFields)
      all.push(...(await answersAtOnce(person, field, ids.slice(first, first + limits.rootFields))))
    answers.set(field.name, all)
  }
  return answers
}

async function answersAtOnce(
  person: Person,
  field: ReturnType<typeof mutationsWithIds>[number],
  ids: string[],
): Promise<UserError[][]> {
  const type = getNamedType(field.args[0]!.type).name
  const variables = ids.map((_, index) => `$i${index}: ${type}!`).join(', ')
  const calls = ids.map(
    (_, index) => `c${index}: ${field.name}(input: $i${index}) { userErrors { code message field } }`,
  )
  const data = await person.query<Record<string, { userErrors: UserError[] }>>(
    `mutation(${variables}) { ${calls.join(' ')} }`,
    Object.fromEntries(ids.map((id, index) => [`i${index}`, inputWith(field.args[0]!.type, id)])),
  )
  return ids.map((_, index) => data[`c${index}`]!.userErrors)
}

describe('an id that is none', () => {
  // repositoryDefine asks for its kind first.
  const codes = /^(BAD_INPUT|NOT_FOUND|REPOSITORY_KIND_UNKNOWN)$/
  // At least four words and a full stop.
  const inWords = /^\S+( \S+){3,}[.!?]$/

  test('is refused in words by every mutation that takes one', async () => {
    const ids = ['garbage', '', '💥', "ci_'; drop table account; --", 'x'.repeat(5_000)]
    const answers = await answersTo(everything, ids)
    expect(answers.size).toBeGreaterThan(40)
    for (const [mutation, all] of answers) {
      for (const [index, errors] of all.entries()) {
        expect(errors, mutation).toHaveLength(1)
        expect(errors[0]!.code, `${mutation} with ${ids[index]!.slice(0, 20)}: ${errors[0]!.message}`).toMatch(codes)
        expect(errors[0]!.message, mutation).toMatch(inWords)
        expect(errors[0]!.message.length, mutation).toBeLessThan(400)
      }
    }
  })

  test('of another kind is refused, and one of the right kind that nobody has is not found', async () => {
    const prefixes = Object.keys(nodeTypes) as NodePrefix[]
    const answers = await answersTo(
      everything,
      prefixes.map((prefix) => toNodeId(prefix, randomUUID())),
    )
    for (const [mutation, all] of answers) {
      for (const [index, errors] of all.entries()) {
        expect(
          errors.map(({ code }) => code).join(),
          `${mutation} with ${prefixes[index]}: ${errors[0]?.message}`,
        ).toMatch(codes)
        expect(errors[0]!.message, mutation).toMatch(inWords)
      }
      const found = prefixes.filter((_, index) => all[index]![0]!.code === 'NOT_FOUND')
      // Where an input takes ids of two kinds, no single id is right for both.
      expect(found.length, `${mutation}: ${found.join()}`).toBeLessThan(3)
    }
  })

  test('is answered by every query and subscription, too', async () => {
    for (const field of Object.values(app.schema.getQueryType()!.getFields())) {
      if (!field.args.some(({ name }) => name === 'id')) continue
      for (const id of ['garbage', toNodeId('ci', randomUUID()), toNodeId('dpl', randomUUID())]) {
        const asked = everything.query<Record<string, unknown>>(`query($id: ID!) { ${field.name}(id: $id) { id } }`, {
          id,
        })
        const answer = await asked.catch((error: Error) => error.message)
        if (typeof answer === 'string') expect(answer, field.name).toMatch(inWords)
        else expect(answer[field.name], field.name).toBeNull()
      }
    }
    for (const field of Object.values(app.schema.getSubscriptionType()!.getFields())) {
      const arg = field.args.find(({ type }) => getNamedType(type).name === 'ID')
      if (!arg) continue
      const followed = everything.follow(
        `subscription($id: ID!) { ${field.name}(${arg.name}: $id) { __typename } }`,
        { id: 'garbage', after: null },
        () => true,
      )
      await expect(followed, field.name).rejects.toThrow(/garbage/)
    }
  })
})

describe('a value of the wrong type', () => {
  test('is refused with its place, and nothing happens', async () => {
    const before = await app.database.rows<{ n: number }>('select count(*)::int as n from release')
    const create =
      'mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { userErrors { code message } } }'
    const cases: [unknown, RegExp][] = [
      [{ title: 5 }, /title/],
      [{}, /title/],
      [{ title: null }, /title/],
      [{ title: 'x', targetIds: 'ci_1', color: 'red' }, /color/],
      [{ title: 'x', scheduledFor: 'tomorrow' }, /tomorrow|DateTime/],
      [{ title: 'x', sourceIds: [null] }, /sourceIds/],
      ['a release', /ReleaseCreateInput/],
      [null, /ReleaseCreateInput/],
    ]
    for (const [input, said] of cases) await expect(estate.owner.query(create, { input })).rejects.toThrow(said)
    for (const input of [{ title: '' }, { title: '   ' }, { title: 'x'.repeat(100_000) }, { title: 'nul \0' }]) {
      expect(await estate.owner.tries('releaseCreate', input)).toMatchObject([{ code: 'BAD_INPUT', field: ['title'] }])
    }
    expect(await app.database.rows('select count(*)::int as n from release')).toEqual(before)
  })

  test('in what is not JSON, not GraphQL or not a request gets a status of 4xx and a reason', async () => {
    const { secret } = await estate.owner.does<{ secret: string }>('apiTokenCreate', { name: 'raw' }, 'secret')
    const post = async (body: string, type = 'application/json') => {
      const response = await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: `Bearer ${secret}` },
        body,
      })
      return { status: response.status, text: await response.text() }
    }
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '42',
      '{"query":5}',
      '{"query":"{"}',
      '{"query":"{ nothing }"}',
      '{"query":"{ viewer { nothing } }"}',
    ]) {
      const { status, text } = await post(body)
      expect(status, body).toBe(400)
      expect(JSON.parse(text).errors[0].message, body).toMatch(/\w{3,} \w+/)
    }
    expect((await post('{}', 'text/plain')).status).toBeGreaterThanOrEqual(400)
    expect((await post('{"query":"{ viewer { account { name } } }"}')).status).toBe(200)
  })

  test('in a page that is asked for is named', async () => {
    for (const [args, said] of [
      ['', /first|last/],
      ['first: 0', /1 to 200 rows; 0/],
      ['first: 201', /200/],
      ['first: -1', /-1/],
      ['first: 1, last: 1', /first|last/],
      ['first: 1, after: "garbage"', /garbage|after|cursor/i],
    ] as const) {
      await expect(
        estate.owner.query(`{ deployments${args ? `(${args})` : ''} { nodes { id } } }`),
        args,
      ).rejects.toThrow(said)
    }
  })
})

describe('the library', () => {
  test('whose folder vanishes keeps what it has, and says which folder it looked for', async () => {
    const { repository } = estate.hosts
    await rename(repository, `${repository}-away`)
    try {
      expect(await scanned(estate.librarian, estate.repositoryId)).toMatchObject({
        state: 'FAILED',
        failure: expect.stringContaining(repository),
      })
      const made = await estate.draft({ items: estate.items.slice(0, 1) })
      expect(await estate.validated(made.id)).toMatchObject({ state: 'AWAITING_APPROVAL' })
      await estate.deployer.does('deploymentCancel', { id: made.id })
    } finally {
      await rename(`${repository}-away`, repository)
    }
    expect(await scanned(estate.librarian, estate.repositoryId)).toMatchObject({ state: 'SUCCEEDED', found: 3 })
  })

  test('that offers other bytes under the same digest raises an alert, and a deployment of them is blocked', async () => {
    const file = join(estate.hosts.repository, 'storefront-1.1.0.tar.gz')
    const good = await readFile(file)
    const [one, other] = estate.items as [Item, Item]
    const before = await estate.approved({ items: [one] })
    const made = await estate.draft({ items: [other] })
    const refusedStart = (id: string) => estate.deployer.tries('deploymentStart', { id })
    await writeFile(file, Buffer.concat([good, Buffer.from('evil')]))
    try {
      const scan = await scanned(estate.librarian, estate.repositoryId)
      expect(scan.alerts.join()).toMatch(/storefront.*1\.1\.0/)
      const { packageVersion } = await estate.owner.query<{ packageVersion: object }>(
        'query($id: ID!) { packageVersion(id: $id) { state alert digest } }',
        { id: estate.versions['1.1.0'] },
      )
      expect(packageVersion).toMatchObject({ state: 'ALERT', alert: expect.stringMatching(/sha256:/) })

      await expect(estate.draft({ items: [other] })).rejects.toThrow(/TASK_NOT_READY.*storefront 1\.1\.0 is ALERT/)
      const { state, validation } = await estate.validated(made.id)
      expect(state).toBe('BLOCKED')
      expect(validation.findings.nodes).toContainEqual(
        expect.objectContaining({
          rule: 'package-digest',
          severity: 'BLOCK',
          message: expect.stringMatching(/storefront 1\.1\.0 has changed in its repository/) as string,
        }),
      )
      expect(await refusedStart(made.id)).not.toEqual([])
      await estate.deployer.does('deploymentCancel', { id: made.id })

      // What was approved while the bytes were good is not carried either.
      await until(
        () => estate.state(before.id),
        (seen) => seen.state === 'INVALIDATED',
      )
      expect(await refusedStart(before.id)).not.toEqual([])
      await estate.deployer.does('deploymentCancel', { id: before.id })
    } finally {
      await writeFile(file, good)
    }
    expect((await scanned(estate.librarian, estate.repositoryId)).state).toBe('SUCCEEDED')
    const again = await estate.draft({ items: [one] })
    expect(await estate.validated(again.id)).toMatchObject({ state: 'AWAITING_APPROVAL' })
    await estate.deployer.does('deploymentCancel', { id: again.id })
    for (const { name } of estate.items) expect(await switchesAt(estate.hosts.hosts, name)).toEqual([])
  })

  test('whose own bytes were damaged fails each target before anything is switched', async () => {
    const { id } = await estate.approved({ items: estate.items.slice(0, 1) })
    const [{ digest }] = (await app.database.rows<{ digest: string }>(
      `select digest from package_version where number = '1.1.0'`,
    )) as [{ digest: string }]
    const held = app.app.services.contentStore.pathOf(digest)
    const good = await readFile(held)
    await rename(held, `${held}.good`)
    await writeFile(held, Buffer.concat([good.subarray(0, -4), Buffer.from('evil')]))
    try {
      await estate.deployer.does('deploymentStart', { id })
      const { targets } = await estate.ends(id, 'FAILED')
      expect(targets.nodes[0]).toMatchObject({ state: 'FAILED', cause: expect.stringMatching(/digest/) })
    } finally {
      await rename(`${held}.good`, held)
    }
  })
})
