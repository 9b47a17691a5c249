import 'reflect-metadata'
import { Entity, Property } from '@mikro-orm/decorators/legacy'
import type { MikroORM } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from '../../server/kernel/connection.ts'
import type { Context } from '../../server/kernel/context.ts'
import { createOrm } from '../../server/kernel/database.ts'
import { lean } from '../../server/kernel/lean.ts'
import { ChangingNoun } from '../../server/kernel/noun.ts'
import { childPage, pageOf, type ListQuery } from '../../server/kernel/page.ts'
import { aDatabase } from '../support/database.ts'
import { countStatements } from '../support/statements.ts'

@Entity({ tableName: 'parcel' })
class Parcel extends ChangingNoun {
  get prefix() {
    return 'ci' as const
  }

  @Property({ type: 'text' })
  name!: string

  @Property({ type: 'uuid', nullable: true })
  parentId: string | null = null

  @Property({ type: 'json' })
  attributes: Record<string, unknown> = {}
}

const database = aDatabase()
let orm: MikroORM

beforeAll(async () => {
  orm = await createOrm(database.url, { entities: [Parcel], migrations: [] })
  await database.rows(
    `create table parcel (uuid uuid primary key, name text, parent_id uuid, attributes jsonb, version int not null default 1, scope_ids uuid[], created_at timestamptz, updated_at timestamptz)`,
  )
})
afterAll(() => orm.close(true))

const list: ListQuery = {
  select: 'x.*',
  from: 'parcel x',
  order: [
    { column: 'x.created_at', cast: 'timestamptz', descending: true },
    { column: 'x.uuid', cast: 'uuid' },
  ],
}

function save(parcels: Partial<Parcel>[]) {
  const em = orm.em.fork()
  for (const facts of parcels) em.persist(Object.assign(new Parcel(), facts))
  return em.flush()
}

test('walking a list forwards meets every row once, also when rows are inserted before the cursor', async () => {
  await save(Array.from({ length: 7 }, (_, n) => ({ name: `p${n}`, createdAt: new Date(1000 * n), attributes: { n } })))
  const em = orm.em.fork()
  const names: string[] = []
  let after: string | null = null
  do {
    const page: Page<Parcel> = await pageOf(em, list, { first: 3, after }, (found) => lean(em, Parcel, found))
    names.push(...page.nodes.map((parcel) => parcel.name))
    expect(await page.total()).toBeGreaterThanOrEqual(7)
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
    await save([{ name: 'newer', createdAt: new Date(1e9) }])
  } while (after)
  expect(names).toEqual(['p6', 'p5', 'p4', 'p3', 'p2', 'p1', 'p0'])
})

test('walking backwards gives pages in the order of the list', async () => {
  const em = orm.em.fork()
  const page = await pageOf(em, list, { last: 2 }, (found) => lean(em, Parcel, found))
  expect(page.nodes.map((parcel) => parcel.name)).toEqual(['p1', 'p0'])
  expect(page.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false })
})

test('rows become instances with dates, arrays, JSON and getters', async () => {
  const em = orm.em.fork()
  const scope = '01990000-0000-7000-8000-000000000001'
  await save([{ name: 'whole', createdAt: new Date(5e11), scopeIds: [scope], attributes: { a: [1] } }])
  const [parcel] = (await pageOf(em, list, { first: 1 }, (found) => lean(em, Parcel, found))).nodes
  expect(parcel).toBeInstanceOf(Parcel)
  expect(parcel!.createdAt).toEqual(new Date(5e11))
  expect(parcel!.scopeIds).toEqual([scope])
  expect(parcel!.attributes).toEqual({ a: [1] })
  expect(parcel!.version).toBe(1)
  expect(parcel!.version).toBe(1)
  expect(parcel!.id).toMatch(/^ci_[0-9a-f]{32}$/)
})

test('a page without a size, or with one above 200, is refused with the rule', async () => {
  const em = orm.em.fork()
  const page = (args: object) => pageOf(em, list, args, (found) => lean(em, Parcel, found))
  await expect(page({})).rejects.toThrow('give either first or last, from 1 to 200')
  await expect(page({ first: 201 })).rejects.toThrow('1 to 200 rows; 201')
  await expect(page({ first: 1, after: 'x' })).rejects.toThrow('cursor')
})

test('the children of many parents come in one statement', async () => {
  const parents = new Array(5).fill(0).map(() => Object.assign(new Parcel(), { name: 'parent' }))
  await save(parents)
  await save(
    parents.flatMap((parent, n) =>
      new Array(n).fill(0).map((_, i) => ({ name: `${n}.${i}`, parentId: parent.uuid, createdAt: new Date(i) })),
    ),
  )
  const em = orm.em.fork()
  const context = { em, loaders: new Map() } as unknown as Context
  let pages: Page<Parcel>[] = []
  const statements = await countStatements(async () => {
    pages = await Promise.all(
      parents.map((parent) =>
        childPage(context, 'parcels', parent.uuid, 'x.parent_id', list, { first: 2 }, (found) =>
          lean(em, Parcel, found),
        ),
      ),
    )
  })
  expect(statements).toHaveLength(1)
  expect(pages.map((page) => page.nodes.map((parcel) => parcel.name))).toEqual([
    [],
    ['1.0'],
    ['2.1', '2.0'],
    ['3.2', '3.1'],
    ['4.3', '4.2'],
  ])
  expect(await Promise.all(pages.map((page) => page.total()))).toEqual([0, 1, 2, 3, 4])
})
