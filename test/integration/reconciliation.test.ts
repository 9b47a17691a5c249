import { expect, test } from 'vitest'
import { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import { ConfigurationItem } from '../../server/item/item.entity.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { uuidv7 } from '../../server/kernel/noun.ts'
import { rows } from '../../server/kernel/sql.ts'
import { promoteItems } from '../../server/reconciliation/promote.ts'
import { runReconciliation } from '../../server/reconciliation/reconciliation.job.ts'
import { resolveResult, startReconciliation } from '../../server/reconciliation/reconciliation.service.ts'
import { anEstate, aViewer, makeItems, nobody } from '../support/estate.ts'
import { countStatements } from '../support/statements.ts'

const services = { jobs: { enqueue: () => Promise.resolve() } as unknown as Jobs, integrations: new Map() }
const estate = anEstate(() => services)
const viewer = aViewer()

/** What discovery would have seen: a host, its site and its software. */
function seen(name: string, facts: Partial<ActualItem> = {}, site = 'Quito') {
  return estate.change(async (em) => {
    const now = new Date()
    const times = { firstSeenAt: now, lastSeenAt: now }
    const make = async (className: string, name: string, attributes: object = {}) => {
      const there = await em.findOne(ActualItem, { className, name })
      if (there) return there
      const item = Object.assign(new ActualItem(), { className, name, nativeKey: name, attributes, ...times })
      em.persist(item)
      await em.flush()
      return item
    }
    const host = Object.assign(
      await make('ComputerSystem', name, { port: 80, machineId: `m-${name}`, startedAt: now.toISOString() }),
      facts,
    )
    const software = await make('SoftwareInstallation', `shop on ${name}`, { package: 'shop', version: '1.0.0' })
    const place = await make('Site', site)
    await em.flush()
    for (const [type, source, target] of [
      ['locatedIn', host, place],
      ['runsOn', software, host],
    ] as const) {
      await rows(
        em,
        `insert into actual_relationship (uuid, type, source_id, target_id, evidence, first_seen_at, last_seen_at) values ($1, $2, $3, $4, 'test', now(), now()) on conflict do nothing`,
        [uuidv7(), type, source.uuid, target.uuid],
      )
    }
    return { host, software, place }
  })
}

const promote = (input: object, who = viewer) =>
  estate.change((em) => promoteItems(em, estate.catalogue.now, input, who))

async function reconcile() {
  const run = await estate.change((em) => startReconciliation(em, services, nobody))
  await runReconciliation(estate.orm.em, run.uuid, estate.services)
  return run
}

interface Result {
  id: string
  kind: string
  state: string
  comment: string | null
  differences: object[]
  allowedActions: string[]
}
const results = async (name: string, who = viewer) => {
  const { reconciliationResults } = await estate.query<{
    reconciliationResults: { nodes: (Result & { about: { name: string } | null; seen: { name: string } | null })[] }
  }>(
    `{ reconciliationResults(first: 200) { nodes { id kind state comment allowedActions differences { attribute authorized actual }
      run { number } about: configurationItem { name } seen: actualItem { name } } } }`,
    {},
    who,
  )
  return reconciliationResults.nodes.filter((one) => (one.about ?? one.seen)?.name === name)
}
const update = (uuid: string, facts: Partial<ActualItem>) =>
  estate.change(async (em) => void Object.assign(await em.findOneOrFail(ActualItem, uuid), facts))

test('promoting a host authorizes it with its site and software, related, in scope, and twice makes nothing new', async () => {
  const { host } = await seen('p1')
  const items = await promote({ actualItemIds: [host.id] })
  expect(items.map(({ className, name, state }) => [className, name, state]).toSorted()).toEqual([
    ['ComputerSystem', 'p1', 'PRODUCTION'],
    ['Site', 'Quito', 'PRODUCTION'],
    ['SoftwareInstallation', 'shop on p1', 'PRODUCTION'],
  ])
  const [made, site] = [items.find(({ name }) => name === 'p1')!, items.find(({ className }) => className === 'Site')!]
  expect(
    await estate.query(
      `query($id: ID!) { configurationItem(id: $id) { authorized site { name } attributes { name value authorizedValue source }
      actualItem { name configurationItem { id } } relationships(first: 9) { nodes { type { name } direction other { name } } } } }`,
      { id: made.id },
      aViewer([site.uuid]),
    ),
  ).toMatchObject({
    configurationItem: {
      authorized: true,
      site: { name: 'Quito' },
      attributes: [
        { name: 'port', value: 80, authorizedValue: 80 },
        { name: 'machineId' },
        { name: 'startedAt', authorizedValue: null },
      ],
      actualItem: { name: 'p1', configurationItem: { id: made.id } },
      relationships: {
        nodes: [
          { type: { name: 'locatedIn' }, direction: 'OUT' },
          { type: { name: 'runsOn' }, direction: 'IN' },
        ],
      },
    },
  })
  const before = await rows(
    estate.orm.em.fork(),
    'select (select count(*) from configuration_item_version) as v, (select count(*) from relationship) as r',
  )
  await promote({ actualItemIds: [host.id] })
  await promote({ everything: true })
  expect(
    await rows(
      estate.orm.em.fork(),
      'select (select count(*) from configuration_item_version) as v, (select count(*) from relationship) as r',
    ),
  ).toEqual(before)
})

test('promotion links what people recorded before, by machine id or by name, and refuses to guess', async () => {
  const { host } = await seen('p2')
  const { host: other } = await seen('p3')
  const [planned, byName] = await estate.change(async (em) => [
    ...(await makeItems(em, 'ComputerSystem', ['planned'], {
      attributes: { machineId: 'm-p2', owner: 'Kim' },
      state: 'BUILD',
    })),
    ...(await makeItems(em, 'ComputerSystem', ['p3'])),
  ])
  const items = await promote({ actualItemIds: [host.id, other.id] })
  expect(items.map(({ uuid }) => uuid)).toEqual(expect.arrayContaining([planned!.uuid, byName!.uuid]))
  const linked = await estate.orm.em.fork().findOneOrFail(ConfigurationItem, planned!.uuid)
  expect(linked).toMatchObject({
    name: 'planned',
    state: 'BUILD',
    attributes: { owner: 'Kim' },
    actualItemId: host.uuid,
  })
  const { host: twin } = await seen('p4')
  await estate.change((em) => makeItems(em, 'ComputerSystem', ['p4', 'p4']))
  await expect(promote({ actualItemIds: [twin.id] })).rejects.toThrow('p4 could be any of 2 configuration items')
  await expect(promote({ actualItemIds: [twin.id] }, aViewer([uuidv7()]))).rejects.toThrow(
    'may promote only within a scope',
  )
  await expect(promote({})).rejects.toThrow('Say what to promote')
  await update(twin.uuid, { state: 'MISSING' })
  await expect(promote({ actualItemIds: [twin.id] })).rejects.toThrow('p4 is MISSING')
})

test('differences open results, one decision each; what no longer holds is closed by the next run', async () => {
  const { host, place } = await seen('r1')
  const { host: gone } = await seen('r2')
  await promote({ actualItemIds: [host.id, gone.id] })
  const { host: stranger } = await seen('r3')
  await update(host.uuid, { attributes: { ...host.attributes, port: 81, answering: true } })
  await update(gone.uuid, { state: 'MISSING' })
  await reconcile()
  const [mismatch] = await results('r1')
  expect(mismatch).toMatchObject({
    kind: 'MISMATCH',
    state: 'OPEN',
    differences: [{ attribute: 'port', authorized: 80, actual: 81 }],
    allowedActions: ['acceptActual', 'resolve', 'ignore'],
  })
  expect(await results('r2')).toMatchObject([
    { kind: 'MISSING', state: 'OPEN', allowedActions: ['acceptActual', 'resolve', 'ignore'] },
  ])
  expect(await results('r3')).toMatchObject([{ kind: 'UNEXPECTED', state: 'OPEN' }])
  expect(await results('r3', aViewer([place.uuid]))).toEqual([])

  const again = await reconcile()
  expect(await results('r1')).toMatchObject([{ id: mismatch!.id, run: { number: again.number } }])
  const decide = (id: string, action: string, facts: object = {}) =>
    estate.change((em) => resolveResult(em, estate.catalogue.now, { id, action, ...facts }, viewer))
  await update(host.uuid, { attributes: { ...host.attributes, port: 82 } })
  await expect(decide(mismatch!.id, 'acceptActual')).rejects.toThrow(
    'port of r1 was seen as 82 since; reconcile again, then decide.',
  )
  await reconcile()
  await decide(mismatch!.id, 'acceptActual', { comment: 'moved on purpose' })
  expect(await estate.orm.em.fork().findOneOrFail(ConfigurationItem, { name: 'r1' })).toMatchObject({
    attributes: { port: 82 },
  })
  await decide((await results('r3'))[0]!.id, 'acceptActual')
  expect(await estate.orm.em.fork().count(ConfigurationItem, { actualItemId: stranger.uuid })).toBe(1)
  await decide((await results('r2'))[0]!.id, 'ignore', { comment: 'in repair' })

  await reconcile()
  expect(await results('r1')).toMatchObject([{ state: 'RESOLVED', comment: 'moved on purpose' }])
  expect(await results('r2')).toMatchObject([{ state: 'IGNORED', comment: 'in repair' }])
  await update(gone.uuid, { state: 'PRESENT' })
  const last = await reconcile()
  expect(await results('r2')).toMatchObject([{ state: 'RESOLVED', comment: 'in repair' }])
  expect(
    await estate.query(
      `{ reconciliationRuns(first: 1) { nodes { number state compared matches differences failure } } }`,
    ),
  ).toMatchObject({
    reconciliationRuns: { nodes: [{ number: last.number, state: 'SUCCEEDED', failure: null }] },
  })
})

test('a run links lone pairs, leaves the ambiguous to people, and refuses to run twice at once', async () => {
  await seen('l1')
  await estate.change((em) => makeItems(em, 'ComputerSystem', ['l1']))
  await seen('l2')
  await estate.change((em) => makeItems(em, 'ComputerSystem', ['l2', 'l2']))
  await reconcile()
  expect(await results('l1')).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ kind: 'LINK', state: 'RESOLVED', allowedActions: [] })]),
  )
  expect(await results('l2')).toMatchObject([{ kind: 'LINK_FAILURE', state: 'OPEN' }])
  const run = await estate.change((em) => startReconciliation(em, services, nobody))
  await expect(estate.change((em) => startReconciliation(em, services, nobody))).rejects.toThrow(
    `${run.number} is under way already.`,
  )
  await runReconciliation(estate.orm.em, run.uuid, estate.services)
})

test('mutations answer refusals as userErrors, and promote with a position that subscriptions pass', async () => {
  const { host } = await seen('g1')
  const text = `mutation($input: ItemsPromoteInput!) { itemsPromote(input: $input) { items { id } position userErrors { code message itemId } } }`
  expect(await estate.query(text, { input: {} })).toMatchObject({
    itemsPromote: { items: [], userErrors: [{ code: 'BAD_INPUT' }] },
  })
  const { itemsPromote } = await estate.query<{ itemsPromote: { position: string } }>(text, {
    input: { actualItemIds: [host.id] },
  })
  expect(itemsPromote).toMatchObject({
    userErrors: [],
    items: expect.arrayContaining([{ id: expect.stringMatching(/^ci_/) }]),
  })
  expect(itemsPromote.position).toMatch(/^[0-9a-f]{8}:\d+$/)
  expect(
    await estate.query(
      `mutation($input: PromotionScopeCreateInput!) { promotionScopeCreate(input: $input) { promotionScope { name attributes } userErrors { message } } }`,
      { input: { name: 'Bare', className: 'ComputerSystem', attributes: ['colour'] } },
    ),
  ).toMatchObject({
    promotionScopeCreate: {
      promotionScope: null,
      userErrors: [{ message: 'A ComputerSystem has no attribute "colour".' }],
    },
  })
})

test('a promotion scope is made, listed and changed; twins, strange attributes and old versions are refused', async () => {
  const answer = '{ promotionScope { id name includesRelated attributes version } userErrors { code message field } }'
  const create = `mutation($input: PromotionScopeCreateInput!) { promotionScopeCreate(input: $input) ${answer} }`
  const update = `mutation($input: PromotionScopeUpdateInput!) { promotionScopeUpdate(input: $input) ${answer} }`
  const made = await estate.query<{ promotionScopeCreate: { promotionScope: { id: string; version: number } } }>(
    create,
    {
      input: { name: 'Bare machines', className: 'ComputerSystem', includesRelated: false },
    },
  )
  const { id, version } = made.promotionScopeCreate.promotionScope
  expect(await estate.query('{ promotionScopes { name } }')).toMatchObject({
    promotionScopes: expect.arrayContaining([{ name: 'Bare machines' }]),
  })
  expect(
    await estate.query(update, {
      input: { id, expectedVersion: version, name: 'Machines by address', attributes: ['address'] },
    }),
  ).toMatchObject({
    promotionScopeUpdate: {
      promotionScope: { name: 'Machines by address', includesRelated: false, attributes: ['address'] },
      userErrors: [],
    },
  })
  const refusals = [
    [{ id, expectedVersion: version, name: 'Late' }, 'VERSION_CONFLICT', ['expectedVersion']],
    [{ id, attributes: ['colour'] }, 'BAD_INPUT', ['attributes']],
    [{ id, name: 'Computers with their site and software' }, 'BAD_INPUT', ['name']],
  ] as const
  for (const [input, code, field] of refusals) {
    expect(await estate.query(update, { input })).toMatchObject({
      promotionScopeUpdate: { promotionScope: null, userErrors: [{ code, field }] },
    })
  }
})

test('a list of results with both sides takes 6 statements, however long it is', async () => {
  await reconcile()
  const text = `query($first: Int) { reconciliationResults(first: $first) { nodes { run { number } configurationItem { name site { name } } actualItem { name product { name } } resolvedBy { name } } } }`
  const forty = await countStatements(() => estate.query(text, { first: 40 }))
  // Results, runs, items, their sites, actual items, people.
  expect(forty.length).toBeLessThanOrEqual(6)
})
