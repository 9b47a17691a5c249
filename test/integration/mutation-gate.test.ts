import type { MikroORM } from '@mikro-orm/postgresql'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import { execute, parse, type ExecutionResult, type GraphQLSchema } from 'graphql'
import {
  Arg,
  Authorized,
  buildSchemaSync,
  Ctx,
  Field,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { gateMutations } from '../../server/audit/mutation-gate.ts'
import { makeViewer, rightsOf } from '../../server/account/viewer.ts'
import { authorize } from '../../server/kernel/authorize.ts'
import type { Context, Viewer } from '../../server/kernel/context.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { BadInput } from '../../server/kernel/errors.ts'
import { record } from '../../server/kernel/events.ts'
import { MutationInput, MutationPayload } from '../../server/kernel/mutation.ts'
import { Node, Noun, uuidv7 } from '../../server/kernel/noun.ts'
import { rows } from '../../server/kernel/sql.ts'
import { aDatabase } from '../support/database.ts'

@ObjectType({ implements: Node })
@Entity({ tableName: 'crate' })
class Crate extends Noun {
  get prefix() {
    return 'rep' as const
  }
  @Field(() => String)
  @Property({ type: 'text' })
  label!: string
}

@InputType()
class CrateInput extends MutationInput {
  @Field(() => String)
  label!: string
  @Field(() => String, { nullable: true })
  password?: string | null
}

@ObjectType()
class CratePayload extends MutationPayload {
  @Field(() => Crate, { nullable: true })
  crate!: Crate | null
  @Field(() => String, { nullable: true })
  secret?: string | null
}

/** What happens inside the field, by label. */
const within: Record<string, (context: Context) => Promise<void>> = {}

@Resolver()
class CrateResolver {
  @Query(() => String)
  hello() {
    return 'hello'
  }

  @Authorized('release.edit')
  @Mutation(() => CratePayload)
  async cratePack(@Arg('input', () => CrateInput) input: CrateInput, @Ctx() context: Context): Promise<CratePayload> {
    const crate = context.em.create(Crate, { label: input.label } as never)
    await context.em.flush()
    await record(context.em, { topic: 'release.changed', subject: crate.uuid, scopeIds: [] })
    await within[input.label]?.(context)
    return { crate, secret: 'shown once' } as CratePayload
  }
}

const database = aDatabase()
let orm: MikroORM
let schema: GraphQLSchema
const ana = uuidv7()
const viewer = (role: 'RELEASE_OWNER' | 'VIEWER'): Viewer =>
  makeViewer({ accountId: ana, name: 'Ana', via: 'session' }, rightsOf([{ role, scopeId: null }]))

beforeAll(async () => {
  orm = await createOrm(database.url, { entities: [Crate], migrations: [] })
  await database.rows('create table crate (uuid uuid primary key, created_at timestamptz, label text not null)')
  await database.rows(`insert into account (uuid, login, name, state) values ($1, 'ana', 'Ana', 'ACTIVE')`, [ana])
  schema = gateMutations(buildSchemaSync({ resolvers: [CrateResolver], authChecker: authorize, validate: false }))
})
afterAll(() => orm.close())

let audited = 0
beforeEach(async () => {
  audited = (await entries()).length
})

const entries = () => database.rows<Record<string, unknown>>('select * from audit_entry order by created_at, uuid')
const newEntries = async () => (await entries()).slice(audited)

function contextOf(who: Viewer | null): Context {
  const events = { positionOf: async (id: string) => `00000000:${id}` }
  return { em: orm.em.fork(), viewer: who, requestId: 'r1', loaders: new Map(), events, services: {} } as never
}

interface Packed {
  cratePack: {
    crate: { id: string; label: string } | null
    secret: string | null
    position: string | null
    userErrors: { code: string; message: string; field: string[] | null }[]
  }
}

async function pack(input: object, who: Viewer | null = viewer('RELEASE_OWNER')) {
  const document = parse(`mutation($input: CrateInput!) {
    cratePack(input: $input) { crate { id label } secret position userErrors { code message field } } }`)
  const answer = await execute({ schema, document, contextValue: contextOf(who), variableValues: { input } })
  return answer as unknown as ExecutionResult<Packed>
}

test('an accepted call is committed with one audit entry and answers the position of its last event', async () => {
  const { data, errors } = await pack({ label: 'apples', password: 'hunter2hunter2', reason: 'harvest' })
  expect(errors).toBeUndefined()
  expect(data!.cratePack).toMatchObject({ crate: { label: 'apples' }, userErrors: [] })
  const [last] = await database.rows<{ id: string }>('select max(id) as id from event_inbox')
  expect(data!.cratePack.position).toBe(`00000000:${last!.id}`)
  const made = await newEntries()
  expect(made).toHaveLength(1)
  expect(made[0]).toMatchObject({
    mutation: 'cratePack',
    outcome: 'ACCEPTED',
    actor: 'Ana',
    actor_uuid: ana,
    reason: 'harvest',
    subject_id: data!.cratePack.crate!.id,
    input: { label: 'apples', password: '…', reason: 'harvest' },
  })
})

test('a refusal becomes userErrors, undoes everything and leaves one entry', async () => {
  within.pears = async () => {
    throw new BadInput('Pears are not packed.', { field: ['label'] })
  }
  const { data, errors } = await pack({ label: 'pears' })
  expect(errors).toBeUndefined()
  expect(data!.cratePack).toMatchObject({
    crate: null,
    position: null,
    userErrors: [{ code: 'BAD_INPUT', message: 'Pears are not packed.', field: ['label'] }],
  })
  expect(await database.rows(`select 1 from crate where label = 'pears'`)).toEqual([])
  expect(await newEntries()).toMatchObject([
    { outcome: 'REFUSED', code: 'BAD_INPUT', message: 'Pears are not packed.' },
  ])
})

test('a defect undoes everything and leaves one entry without the defect’s own words', async () => {
  within.nuts = async () => {
    throw new Error('secret column is broken')
  }
  const { errors } = await pack({ label: 'nuts' })
  expect(errors).toHaveLength(1)
  const made = await newEntries()
  expect(made).toMatchObject([{ outcome: 'REFUSED', code: 'INTERNAL_SERVER_ERROR' }])
  expect(made[0]!.message).not.toContain('secret')
})

test.each([
  ['nobody signed in', null, 'UNAUTHENTICATED'],
  ['Ana', 'VIEWER' as const, 'FORBIDDEN'],
])('a call that is not permitted to %s is a top-level error and audited all the same', async (name, role, code) => {
  const { errors } = await pack({ label: 'figs' }, role && viewer(role))
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code])
  expect(await newEntries()).toMatchObject([{ outcome: 'REFUSED', code, actor: name }])
})

test('three fields of one request are three transactions with three entries, in their order', async () => {
  within.bad = async () => {
    throw new BadInput('No.')
  }
  const document = parse(`mutation {
    a: cratePack(input: { label: "one" }) { crate { label } }
    b: cratePack(input: { label: "bad" }) { crate { label } userErrors { code } }
    c: cratePack(input: { label: "three" }) { crate { label } } }`)
  const { data } = await execute({ schema, document, contextValue: contextOf(viewer('RELEASE_OWNER')) })
  expect(data).toMatchObject({ a: { crate: { label: 'one' } }, b: { crate: null }, c: { crate: { label: 'three' } } })
  expect((await newEntries()).map(({ outcome }) => outcome)).toEqual(['ACCEPTED', 'REFUSED', 'ACCEPTED'])
})

test('a second call with the same key answers the same thing and does nothing', async () => {
  const first = await pack({ label: 'plums', idempotencyKey: 'k1' })
  const second = await pack({ label: 'plums', idempotencyKey: 'k1' })
  expect(second.data!.cratePack).toEqual({ ...first.data!.cratePack, secret: null })
  expect(await database.rows(`select 1 from crate where label = 'plums'`)).toHaveLength(1)
  expect(await newEntries()).toHaveLength(2)
  const [kept] = await database.rows<{ answer: object }>(`select answer from idempotency_key where key = 'k1'`)
  expect(JSON.stringify(kept)).not.toContain('shown once')
})

test('a key does not outlive the permission', async () => {
  await pack({ label: 'dates', idempotencyKey: 'k2' })
  const { errors } = await pack({ label: 'dates', idempotencyKey: 'k2' }, viewer('VIEWER'))
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN')
})

test('a key used for something else is refused', async () => {
  await pack({ label: 'limes', idempotencyKey: 'k3' })
  const { data } = await pack({ label: 'lemons', idempotencyKey: 'k3' })
  expect(data!.cratePack.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED', field: ['idempotencyKey'] }])
})

test('of two calls at once with one key, one works and the other waits for its answer', async () => {
  within.kiwis = async () => void (await sleep(100))
  const answers = await Promise.all(Array.from({ length: 5 }, () => pack({ label: 'kiwis', idempotencyKey: 'k4' })))
  expect(new Set(answers.map(({ data }) => data!.cratePack.crate!.id)).size).toBe(1)
  expect(await database.rows(`select 1 from crate where label = 'kiwis'`)).toHaveLength(1)
})

test('after a refusal the key is still free', async () => {
  let refuse = true
  within.melons = async () => {
    if (refuse) throw new BadInput('Not yet.')
  }
  await pack({ label: 'melons', idempotencyKey: 'k5' })
  refuse = false
  const { data } = await pack({ label: 'melons', idempotencyKey: 'k5' })
  expect(data!.cratePack.userErrors).toEqual([])
})

test('the loser of a deadlock is tried again', async () => {
  const [one, two] = [await pack({ label: 'one' }), await pack({ label: 'two' })]
  const lock = (context: Context, id: string) =>
    rows(context.em, `update crate set created_at = now() where uuid = $1`, [id])
  const [a, b] = [one, two].map(({ data }) => data!.cratePack.crate!.id.slice(4)) as [string, string]
  within.ab = async (context) => void (await lock(context, a), await sleep(100), await lock(context, b))
  within.ba = async (context) => void (await lock(context, b), await sleep(100), await lock(context, a))
  const answers = await Promise.all([pack({ label: 'ab' }), pack({ label: 'ba' })])
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([])
  expect(await newEntries()).toHaveLength(4)
})

test('text that cannot be stored is refused by name', async () => {
  const { data } = await pack({ label: 'nul\0' })
  expect(data!.cratePack.userErrors).toMatchObject([{ code: 'BAD_INPUT', field: ['label'] }])
  expect(await newEntries()).toHaveLength(1)
})

test('nobody changes or removes an entry', async () => {
  await expect(database.rows(`update audit_entry set actor = 'Eve'`)).rejects.toThrow('only ever added to')
  await expect(database.rows(`delete from audit_entry`)).rejects.toThrow('only ever added to')
  await expect(database.rows(`truncate audit_entry`)).rejects.toThrow('only ever added to')
})
