// What promotion may not relate is left out, and said; two who relate at once cannot break a rule between them.
import { expect, test } from 'vitest'
import { defineClass } from '../../server/catalogue/class.service.ts'
import { defineRelationshipType, defineRule } from '../../server/catalogue/relationship-type.service.ts'
import { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import { moveItem } from '../../server/item/item.service.ts'
import { createRelationship, removeRelationship } from '../../server/item/relationship.service.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { rows } from '../../server/kernel/sql.ts'
import { promoteItems } from '../../server/reconciliation/promote.ts'
import { runReconciliation } from '../../server/reconciliation/reconciliation.job.ts'
import { resolveResult, startReconciliation } from '../../server/reconciliation/reconciliation.service.ts'
import { anEstate, aViewer, makeItems, nobody, relate } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'
import { until } from '../support/until.ts'

const services = { jobs: { enqueue: () => Promise.resolve() } as unknown as Jobs, integrations: new Map() }
const estate = anEstate(() => services)
const viewer = aViewer()
const sql = <T>(text: string, values: unknown[] = []) => rows<T>(estate.orm.em.fork(), text, values)

/** What discovery would have seen: things of a class by their names, and what relates them. */
async function seen(className: string, names: string[], edges: [from: string, type: string, to: string][] = []) {
  return estate.change(async (em) => {
    const now = new Date()
    for (const name of names) {
      const facts = { className, name, nativeKey: name, attributes: {}, firstSeenAt: now, lastSeenAt: now }
      em.persist(Object.assign(new ActualItem(), facts))
    }
    await em.flush()
    for (const [from, type, to] of edges) {
      await rows(
        em,
        `insert into actual_relationship (uuid, type, source_id, target_id, evidence, first_seen_at, last_seen_at)
         select $1, $2, s.uuid, t.uuid, 'test', clock_timestamp(), clock_timestamp() from actual_item s, actual_item t where s.name = $3 and t.name = $4`,
        [uuidv7(), type, from, to],
      )
    }
    return em.find(ActualItem, { name: { $in: names } }, { orderBy: { name: 'asc' } })
  })
}
const promote = (items: readonly { id: string }[]) =>
  estate.change((em) => promoteItems(em, estate.catalogue.now, { actualItemIds: items.map(({ id }) => id) }, viewer))

/** `A type B` of all that is authorized now between items of these names. */
const authorized = async (...names: string[]) =>
  (
    await sql<{ edge: string }>(
      `select s.name || ' ' || r.type || ' ' || t.name as edge from relationship r join configuration_item s on s.uuid = r.source_id
         join configuration_item t on t.uuid = r.target_id where r.valid_to is null and s.name = any($1) order by 1`,
      [names],
    )
  ).map(({ edge }) => edge)

const RESULT = `id kind state message comment allowedActions run { number } configurationItem { name } relationships { type other authorized }`
interface Result {
  id: string
  state: string
  message: string
  comment: string | null
  run: { number: string } | null
  configurationItem: { name: string }
}
const leftOutAt = async (name: string, who = viewer) =>
  (
    await estate.query<{ reconciliationResults: { nodes: Result[] } }>(
      `{ reconciliationResults(first: 200, filter: { kinds: [LINK_FAILURE] }) { nodes { ${RESULT} } } }`,
      {},
      who,
    )
  ).reconciliationResults.nodes.filter((one) => one.configurationItem?.name === name)

async function reconcile() {
  const run = await estate.change((em) => startReconciliation(em, services, nobody))
  await runReconciliation(estate.orm.em, run.uuid, estate.services)
  return run.number
}

test('a ring of three places that was seen is promoted without what closes it, and a result says which ring', async () => {
  const places = await seen(
    'Site',
    ['ring A', 'ring B', 'ring C'],
    [
      ['ring A', 'locatedIn', 'ring B'],
      ['ring B', 'locatedIn', 'ring C'],
      ['ring C', 'locatedIn', 'ring A'],
    ],
  )
  const text = `mutation($input: ItemsPromoteInput!) { itemsPromote(input: $input) { items { name } leftOut { ${RESULT} } userErrors { message } } }`
  const { itemsPromote } = await estate.query<{ itemsPromote: { leftOut: Result[] } }>(text, {
    input: { actualItemIds: places.map(({ id }) => id) },
  })
  expect(await authorized('ring A', 'ring B', 'ring C')).toEqual(['ring A locatedIn ring B', 'ring B locatedIn ring C'])
  expect(itemsPromote).toMatchObject({
    userErrors: [],
    leftOut: [
      {
        kind: 'LINK_FAILURE',
        state: 'OPEN',
        allowedActions: ['acceptActual', 'keepApart', 'resolve', 'ignore'],
        run: null,
        configurationItem: { name: 'ring C' },
        relationships: [{ type: 'locatedIn', other: 'ring A', authorized: false }],
        message:
          'ring C is located in ring A, as it is seen, was not authorized: ring C cannot be inside ring A, because ring A is inside ring C.' +
          ' The ring would be ring C → ring A → ring B → ring C. (Rule: no rings of containment.)',
      },
    ],
  })
  expect(await leftOutAt('ring C')).toEqual(itemsPromote.leftOut)
  // Only who sees both ends reads of what should relate them.
  const [a, c] = await sql<{ uuid: string }>(
    `select uuid from configuration_item where name in ('ring A', 'ring C') order by name`,
  )
  expect(await leftOutAt('ring C', aViewer([a!.uuid]))).toEqual([])
  expect(await leftOutAt('ring C', aViewer([c!.uuid]))).toHaveLength(1)

  // A second source that says the same makes it no other thing.
  await sql(
    `with other as (insert into management_product (uuid, name, kind, state)
       values (gen_random_uuid(), 'Other', 'other', 'ACTIVE') returning uuid)
     insert into actual_relationship (uuid, type, source_id, target_id, product_id, evidence, first_seen_at, last_seen_at)
     select gen_random_uuid(), type, source_id, target_id, other.uuid, 'test', now(), now() from actual_relationship, other`,
  )
  await promote(places)
  expect(await leftOutAt('ring C')).toEqual(itemsPromote.leftOut)
  const number = await reconcile()
  expect(await leftOutAt('ring C')).toMatchObject([{ id: itemsPromote.leftOut[0]!.id, run: { number } }])
})

test('a result of what was left out is closed by the promotion that takes it over, or by the run that does not find it any more', async () => {
  const places = await seen('Site', ['old town', 'new town'])
  const hosts = await seen(
    'ComputerSystem',
    ['mover', 'stayer'],
    [
      ['mover', 'locatedIn', 'new town'],
      ['stayer', 'locatedIn', 'new town'],
    ],
  )
  await promote(places)
  const [oldTown] = await sql<{ uuid: string }>(`select uuid from configuration_item where name = 'old town'`)
  const planned = await estate.change((em) => makeItems(em, 'ComputerSystem', ['mover', 'stayer']))
  const [mover] = await estate.change((em) =>
    relate(
      em,
      planned.map(({ uuid }) => ({ type: 'locatedIn', sourceId: uuid, targetId: oldTown!.uuid })),
    ),
  )
  await promote(hosts)
  expect(await authorized('mover', 'stayer')).toEqual(['mover locatedIn old town', 'stayer locatedIn old town'])
  expect((await leftOutAt('mover'))[0]!.message).toBe(
    'mover is located in new town, as it is seen, was not authorized: mover is located in old town already, and it can have only one such relationship. Remove that one first. (Rule: only one of this type.)',
  )
  await estate.change((em) => removeRelationship(em, estate.catalogue.now, { id: mover!.id }, viewer))
  await promote(hosts.filter(({ name }) => name === 'mover'))
  expect(await authorized('mover')).toEqual(['mover locatedIn new town'])
  expect(await leftOutAt('mover')).toMatchObject([
    { state: 'RESOLVED', comment: 'It does not hold any more, says a promotion.' },
  ])

  const [early] = await leftOutAt('stayer')
  await estate.change((em) =>
    resolveResult(em, estate.catalogue.now, { id: early!.id, action: 'resolve', comment: 'moved' }, viewer),
  )
  const number = await reconcile()
  const [result] = (await leftOutAt('stayer')).filter(({ state }) => state === 'OPEN')
  expect(result).toMatchObject({ run: { number } })
  await estate.change((em) =>
    resolveResult(em, estate.catalogue.now, { id: result!.id, action: 'ignore', comment: 'it moves in May' }, viewer),
  )
  await reconcile()
  await promote(hosts)
  const stayer = async () => (await leftOutAt('stayer')).filter(({ id }) => id !== early!.id)
  expect(await stayer()).toMatchObject([{ state: 'IGNORED', comment: 'it moves in May' }])
  await sql(`update actual_relationship set gone_at = now() where source_id = $1`, [
    hosts.find(({ name }) => name === 'stayer')!.uuid,
  ])
  await reconcile()
  expect(await stayer()).toMatchObject([{ id: result!.id, state: 'RESOLVED' }])
})

test('of two sources that were seen for a target that can have only one, the first seen is promoted and the other is said', async () => {
  await estate.change(async (em) => {
    await defineRelationshipType(
      em,
      { name: 'heats', title: 'heats', inverse: 'heatedBy', inverseTitle: 'is heated by', cardinality: 'ONE_TO_MANY' },
      viewer,
    )
    await defineRule(em, { type: 'heats', source: 'ComputerSystem', target: 'Site' }, viewer)
  })
  await until(
    () => Promise.resolve(estate.catalogue.now.relationshipType('heats')),
    (type) => type?.pairs.length === 1,
  )
  const [room] = await seen('Site', ['room'])
  const heaters = await seen(
    'ComputerSystem',
    ['heater 1', 'heater 2'],
    [
      ['heater 2', 'heats', 'room'],
      ['heater 1', 'heats', 'room'],
    ],
  )
  await promote([room!, ...heaters])
  expect(await authorized('heater 1', 'heater 2')).toEqual(['heater 2 heats room'])
  expect(await leftOutAt('heater 1')).toMatchObject([
    { message: expect.stringContaining('room is heated by heater 2 already, and it can have only one such') },
  ])
})

test('what is seen of a class, a type or an item that may not be related any more is left out, in words', async () => {
  await estate.change((em) => defineClass(em, { name: 'Kettle', title: 'Kettle' }, viewer))
  await until(
    () => Promise.resolve(estate.catalogue.now.class('Kettle')),
    (known) => known !== undefined,
  )
  const [kitchen, closed] = await seen('Site', ['kitchen', 'kitchen, closed'])
  await seen('ComputerSystem', ['stove'], [['stove', 'locatedIn', 'kitchen, closed']])
  const kettle = await seen(
    'Kettle',
    ['kettle'],
    [
      ['kettle', 'locatedIn', 'kitchen'],
      ['kettle', 'loves', 'kitchen'],
    ],
  )
  await promote([kitchen!, closed!])
  const [item] = await sql<{ uuid: string }>(`select uuid from configuration_item where name = 'kitchen, closed'`)
  await estate.change((em) =>
    moveItem(em, estate.catalogue.now, { id: toNodeId('ci', item!.uuid), action: 'decommission' }, viewer),
  )
  const stove = await estate.orm.em.fork().findOneOrFail(ActualItem, { name: 'stove' })
  await promote([...kettle, stove])
  expect(await authorized('kettle', 'stove')).toEqual([])
  const [said] = await leftOutAt('kettle')
  expect(said!.message).toContain('kettle (Kettle) cannot be the source of locatedIn: only')
  expect(said!.message).toContain('There is no relationship type loves any more. (Rule: relationship type.)')
  expect((await leftOutAt('stove'))[0]!.message).toContain('kitchen, closed is DECOMMISSIONED.')
})

test('of two edges that close a ring together, made by hand and by a promotion at once, one gets in', async () => {
  for (let round = 0; round < 5; round++) {
    const names = [`dock ${round}`, `port ${round}`] as const
    const places = await seen('Site', [...names], [[names[0], 'locatedIn', names[1]]])
    const [dock, port] = await estate.change((em) => makeItems(em, 'Site', [...names]))
    const input = { type: 'locatedIn', sourceId: port!.id, targetId: dock!.id }
    const [byHand] = await Promise.allSettled([
      estate.change((em) => createRelationship(em, estate.catalogue.now, input, viewer)),
      promote(places),
    ])
    const edges = await authorized(...names)
    expect(edges).toHaveLength(1)
    if (byHand.status === 'fulfilled') expect((await leftOutAt(names[0]))[0]!.message).toContain('cannot be inside')
    else expect(String(byHand.reason)).toContain(`${names[1]} cannot be inside ${names[0]}`)
  }
})

test('of two places that would be inside each other, promoted by two people at once, one gets in', async () => {
  for (let round = 0; round < 3; round++) {
    const names = [`egg ${round}`, `hen ${round}`] as const
    const [egg, hen] = await seen(
      'Site',
      [...names],
      [
        [names[0], 'locatedIn', names[1]],
        [names[1], 'locatedIn', names[0]],
      ],
    )
    await Promise.all([promote([egg!]), promote([hen!])])
    expect(await authorized(...names)).toEqual([`${names[0]} locatedIn ${names[1]}`])
    const said = [...(await leftOutAt(names[0])), ...(await leftOutAt(names[1]))].filter(
      ({ state }) => state === 'OPEN',
    )
    expect(said.map(({ message }) => message)).toEqual([
      expect.stringContaining(`${names[1]} cannot be inside ${names[0]}`),
    ])
  }
})

test('of two containers that two people give one item at once, one gets in', async () => {
  const [host, one, other] = await estate.change(async (em) => [
    ...(await makeItems(em, 'ComputerSystem', ['wanted twice'])),
    ...(await makeItems(em, 'Site', ['left bank', 'right bank'])),
  ])
  const both = await Promise.allSettled(
    [one!, other!].map(({ id }) =>
      estate.change((em) =>
        createRelationship(em, estate.catalogue.now, { type: 'locatedIn', sourceId: host!.id, targetId: id }, viewer),
      ),
    ),
  )
  expect(await authorized('wanted twice')).toHaveLength(1)
  expect(both.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []))).toEqual([
    expect.stringMatching(/wanted twice is located in (left|right) bank already, and it can have only one/),
  ])
})

test('a promotion of 40 rings takes as many statements as one of four', async () => {
  const ringsOf = (count: number, mark: string) => {
    const names = Array.from({ length: count }, (_, n) => [`${mark}${n} in`, `${mark}${n} out`] as const)
    return seen(
      'Site',
      names.flat(),
      names.flatMap(([inner, outer]) => [
        [inner, 'locatedIn', outer],
        [outer, 'locatedIn', inner],
      ]),
    )
  }
  const [four, forty] = [await ringsOf(4, 'few '), await ringsOf(40, 'many ')]
  const few = await countStatements(() => promote(four))
  const many = await countStatements(() => promote(forty))
  expect(await authorized(...forty.map(({ name }) => name))).toHaveLength(40)
  expect(many.length).toBeLessThanOrEqual(few.length)
})

test('many relationships at once are written without reading the table for each of them, also where it was small before', async () => {
  const [hub, ...hosts] = await estate.change((em) =>
    makeItems(em, 'ComputerSystem', ['hub', ...Array.from({ length: 500 }, (_, n) => `spoke ${n}`)]),
  )
  await sql('analyze relationship')
  await estate.change(async (em) => {
    const reads = async () =>
      (
        await rows<{ n: string }>(
          em,
          `select seq_scan as n from pg_stat_xact_user_tables where relname = 'relationship'`,
        )
      )[0]!.n
    const before = Number(await reads())
    await relate(
      em,
      hosts.map(({ uuid }) => ({ type: 'dependsOn', sourceId: uuid, targetId: hub!.uuid })),
    )
    expect(Number(await reads()) - before).toBeLessThan(10)
  })
})
