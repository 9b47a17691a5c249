import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ActualItem } from '../../server/discovery/actual-item.entity.ts'
import { cancelDiscovery, startDiscovery } from '../../server/discovery/discovery.service.ts'
import { runDiscovery } from '../../server/discovery/discovery.job.ts'
import type { DiscoveredTarget } from '../../server/integrations/integration.ts'
import { aViewer, makeItems } from '../support/estate.ts'
import { aFakeProduct, server } from '../support/fake-product.ts'
import { countStatements } from '../support/statements.ts'

const { world, services, estate, viewer, aProduct, discover, actual } = aFakeProduct()
const countEvents = () =>
  estate.orm.em
    .getConnection()
    .execute<{ n: number }[]>(
      `select (select count(*) from event where topic = 'actualItem.changed') + (select count(*) from event_inbox where topic = 'actualItem.changed') as n`,
    )

test('a look makes hosts, their site and their software, with what relates them', async () => {
  const product = await aProduct()
  world.targets = [server('a1', { on: ['a2'] }), server('a2'), server('a3', { on: ['nobody'] })]
  const run = await discover(product)
  expect(run).toMatchObject({
    state: 'SUCCEEDED',
    percent: 100,
    seen: 7,
    created: 7,
    changed: 0,
    unchanged: 0,
    missing: 0,
  })
  const { actualItems } = await estate.query<{ actualItems: unknown }>(
    `query($product: ID!) { actualItems(first: 50, filter: { search: "a1", productId: $product }) { totalCount nodes { className name state nativeKey product { name }
       attributes { name value source } observations { source attributes run { number } }
       relationships(first: 9) { nodes { direction type { name } other { name className } } } } } }`,
    { product: product.id },
  )
  expect(actualItems).toMatchObject({
    totalCount: 2,
    nodes: [
      {
        className: 'ComputerSystem',
        name: 'a1',
        product: { name: product.name },
        attributes: [
          { name: 'platform', value: 'linux', source: product.name },
          { name: 'port', value: 80 },
        ],
        observations: [{ source: product.name, run: { number: run.number } }],
        relationships: {
          nodes: [
            { direction: 'OUT', type: { name: 'dependsOn' }, other: { name: 'a2' } },
            { direction: 'OUT', type: { name: 'locatedIn' }, other: { name: 'Lima', className: 'Site' } },
            {
              direction: 'IN',
              type: { name: 'runsOn' },
              other: { name: 'shop on a1', className: 'SoftwareInstallation' },
            },
          ],
        },
      },
      {
        name: 'shop on a1',
        attributes: [{ name: 'package', value: 'shop' }, { name: 'version', value: '1.0.0' }, { name: 'digest' }],
      },
    ],
  })
})

test('a second look at the same makes no version and no event, only a later time', async () => {
  const product = await aProduct()
  world.targets = [server('b1'), server('b2')]
  await discover(product)
  const before = await actual('b1')
  const lastSeen = async () => {
    const { actualItems } = await estate.query<{ actualItems: { nodes: { lastSeenAt: string }[] } }>(
      `query($product: ID!) { actualItems(first: 1, filter: { search: "b1", productId: $product }) { nodes { lastSeenAt } } }`,
      { product: product.id },
    )
    return Date.parse(actualItems.nodes[0]!.lastSeenAt)
  }
  const seenAt = await lastSeen()
  const events = await countEvents()
  expect(await discover(product)).toMatchObject({
    seen: 5,
    created: 0,
    changed: 0,
    unchanged: 5,
    missing: 0,
    changes: { totalCount: 0 },
  })
  const after = await actual('b1')
  expect(after.version).toBe(before.version)
  expect(await lastSeen()).toBeGreaterThan(seenAt)
  expect(await countEvents()).toEqual(events)
})

test('another value, a vanished host and its return are told one by one; nothing is deleted', async () => {
  const product = await aProduct()
  world.targets = [server('c1'), server('c2'), server('c3')]
  await discover(product)
  world.targets = [server('c1', { port: '81' }), server('c2')]
  expect(await discover(product)).toMatchObject({
    changed: 1,
    missing: 2,
    changes: {
      nodes: [
        { kind: 'MISSING', name: 'c3' },
        { kind: 'MISSING', name: 'shop on c3' },
        { kind: 'CHANGED', name: 'c1', details: { port: { from: 80, to: 81 } } },
      ],
    },
  })
  expect((await actual('c3')).state).toBe('MISSING')
  expect(await discover(product)).toMatchObject({ missing: 0, changes: { totalCount: 0 } })
  world.targets = [server('c1', { port: '81' }), server('c2'), server('c3')]
  expect(await discover(product)).toMatchObject({
    created: 0,
    changed: 2,
    changes: { nodes: [{ kind: 'RETURNED' }, { kind: 'RETURNED' }] },
  })
  expect((await actual('c3')).state).toBe('PRESENT')
  const kept = await estate.orm.em
    .getConnection()
    .execute(
      `select attributes->>'port' as port, current from observation where actual_item_id = ? order by first_at`,
      [(await actual('c1')).uuid],
    )
  expect(kept).toEqual([
    { port: '80', current: false },
    { port: '81', current: true },
  ])
})

test('a dry run shows the change set and writes none of it', async () => {
  const product = await aProduct()
  world.targets = [server('d1')]
  const dry = await discover(product, true)
  expect(dry).toMatchObject({
    dryRun: true,
    created: 2,
    changes: {
      nodes: [
        { kind: 'CREATED', name: 'd1', itemId: null },
        { kind: 'CREATED' },
        { kind: 'RELATIONSHIP_NEW', name: 'd1' },
        { kind: 'RELATIONSHIP_NEW' },
      ],
    },
  })
  expect(await estate.orm.em.fork().count(ActualItem, { name: 'd1' })).toBe(0)
})

test('the machine id decides what is the same: a moved key is the same machine, a new machine under an old key is another', async () => {
  const product = await aProduct()
  world.targets = [server('e1'), server('e2')]
  await discover(product)
  const [e1, e2] = [await actual('e1'), await actual('e2')]
  const id = (value: string) => ({ identities: [{ kind: 'machine-id', value }] })
  world.targets = [server('e9', id('m-e1')), server('e2', id('m-other'))]
  await discover(product)
  expect((await actual('e9')).uuid).toBe(e1.uuid)
  const now = await estate.orm.em.fork().find(ActualItem, { name: 'e2' }, { orderBy: { createdAt: 1 } })
  expect(now.map(({ uuid, state }) => [uuid === e2.uuid, state])).toEqual([
    [true, 'MISSING'],
    [false, 'PRESENT'],
  ])
  // Cloned machines: an identity that two claim counts for neither.
  world.targets = [server('f1', id('m-clone')), server('f2', id('m-clone'))]
  const other = await aProduct()
  expect(await discover(other)).toMatchObject({ created: 4 })
  // The same machine through two products is one item with two observations.
  world.targets = [server('e9-elsewhere', id('m-e1'))]
  await discover(other)
  expect(
    await estate.orm.em
      .getConnection()
      .execute('select count(*)::int as n from observation where current and actual_item_id = ?', [e1.uuid]),
  ).toEqual([{ n: 2 }])
})

test('a product that cannot be looked at fails the run with the reason and changes nothing', async () => {
  const product = await aProduct()
  world.targets = [server('g1')]
  await discover(product)
  world.fault = 'connection to https://x:secret@host refused'
  const run = await discover(product)
  world.fault = null
  expect(run.state).toBe('FAILED')
  expect(run.failure).toBe(
    `${product.name} could not be looked at, so nothing was changed: connection to https://x:***@host refused`,
  )
  expect((await actual('g1')).state).toBe('PRESENT')
  const folder = await aProduct('local', { folder: '/nowhere/at/all' })
  expect(await discover(folder)).toMatchObject({ state: 'FAILED', failure: expect.stringContaining('/nowhere/at/all') })
})

test('a cancelled run writes nothing, and a run that a dead process left is done anew by its job', async () => {
  const product = await aProduct()
  world.targets = [server('h1'), server('h2'), server('h3')]
  const run = await estate.change((em) => startDiscovery(em, { productId: product.id }, services, viewer))
  await expect(estate.change((em) => startDiscovery(em, { productId: product.id }, services, viewer))).rejects.toThrow(
    `${run.number} is looking at ${product.name} already.`,
  )
  world.onPage = async () => {
    world.onPage = undefined
    await estate.change((em) => cancelDiscovery(em, { id: run.id }, viewer))
  }
  await runDiscovery(estate.orm.em, run.uuid, estate.services, new AbortController().signal)
  expect(await estate.orm.em.fork().count(ActualItem, { name: 'h1' })).toBe(0)
  await expect(estate.change((em) => cancelDiscovery(em, { id: run.id }, viewer))).rejects.toThrow(
    'is CANCELLED, so it cannot cancel',
  )

  const second = await estate.change((em) => startDiscovery(em, { productId: product.id }, services, viewer))
  const killed = new AbortController()
  world.onPage = async () => killed.abort()
  await expect(runDiscovery(estate.orm.em, second.uuid, estate.services, killed.signal)).rejects.toThrow()
  world.onPage = undefined
  await runDiscovery(estate.orm.em, second.uuid, estate.services, new AbortController().signal)
  expect(
    await estate.query('query($id: ID!) { discoveryRun(id: $id) { state created allowedActions } }', { id: second.id }),
  ).toEqual({
    discoveryRun: { state: 'SUCCEEDED', created: 6, allowedActions: [] },
  })
})

test('of two tries of one run at once the second waits, and finds that the first did it', async () => {
  const product = await aProduct()
  world.targets = [server('t1'), server('t2')]
  const run = await estate.change((em) => startDiscovery(em, { productId: product.id }, services, viewer))
  const attempt = () => runDiscovery(estate.orm.em, run.uuid, estate.services, new AbortController().signal)
  let pages = 0
  let second: Promise<void> | undefined
  world.onPage = async () => {
    pages++
    second ??= attempt()
    await sleep(700)
  }
  await attempt()
  await second
  world.onPage = undefined
  expect(pages).toBe(1)
  expect(
    await estate.query('query($id: ID!) { discoveryRun(id: $id) { state failure seen } }', { id: run.id }),
  ).toMatchObject({ discoveryRun: { state: 'SUCCEEDED', failure: null } })
  expect(await estate.orm.em.fork().count(ActualItem, { name: { $in: ['t1', 't2'] } })).toBe(2)
})

test('who follows a run sees it begin, get on and end, and what changed at linked items', async () => {
  const product = await aProduct()
  world.targets = [server('w1'), server('w2'), server('w3')]
  await discover(product)
  const host = await actual('w1')
  const [item, other] = await estate.change(async (em) => [
    ...(await makeItems(em, 'ComputerSystem', ['w1'], { actualItemId: host.uuid })),
    ...(await makeItems(em, 'ComputerSystem', ['other'])),
  ])
  const runs = await estate.watch(
    'subscription($after: Position) { discoveryRunChanged(after: $after) { seq resync discoveryRun { state percent product { name } } } }',
    { after: estate.events.positionAt(estate.events.head()) },
  )
  const items = await estate.watch(
    'subscription($after: Position) { configurationItemChanged(after: $after) { resync configurationItem { name attributes { name value } } } }',
    { after: estate.events.positionAt(estate.events.head()) },
    aViewer([item!.uuid]),
  )
  expect(other!.uuid).toBeDefined()
  world.targets = [server('w1', { port: '8080' }), server('w2'), server('w3')]
  await discover(product)
  const states: ({ state: string; percent: number } | null)[] = []
  while (states.at(-1)?.state !== 'SUCCEEDED') {
    const { value } = await runs.next()
    const { discoveryRunChanged } = value!.data as { discoveryRunChanged: { discoveryRun: (typeof states)[number] } }
    states.push(discoveryRunChanged.discoveryRun)
  }
  expect(states.at(-1)).toEqual({ state: 'SUCCEEDED', percent: 100, product: { name: product.name } })
  const { value } = await items.next()
  expect(value!.data).toMatchObject({
    configurationItemChanged: {
      resync: false,
      configurationItem: { name: 'w1', attributes: expect.arrayContaining([{ name: 'port', value: 8080 }]) },
    },
  })
  await runs.return()
  await items.return()
})

test('a product without a module, or whose module cannot list, is refused and the module named', async () => {
  const start = (product: { id: string }) =>
    estate.change((em) => startDiscovery(em, { productId: product.id }, services, viewer))
  await expect(start(await aProduct('tpm'))).rejects.toThrow('the integration module "tpm" is missing here')
  await expect(start(await aProduct('dumb'))).rejects.toThrow('The integration module "dumb" of')
})

test('secrets go in and never come out', async () => {
  const product = await aProduct('fake', { token: 'hunter2' })
  const unknown = await aProduct('tpm', { password: 'hunter2', host: 'tpm.example' })
  const data = await estate.query(
    '{ managementProducts(first: 100) { nodes { name config module { configFields { name secret } } } } }',
  )
  expect(JSON.stringify(data)).not.toContain('hunter2')
  expect(data).toMatchObject({
    managementProducts: {
      nodes: expect.arrayContaining([{ name: unknown.name, config: { host: 'tpm.example' }, module: null }]),
    },
  })
  expect(product.secrets).toEqual({ token: 'hunter2' })
  await expect(aProduct('local', { folder: 'relative', colour: 1 })).rejects.toThrow('must be an absolute path')
  await expect(aProduct('fake', [] as never)).rejects.toThrow('config must be an object')
})

test('a look at 400 hosts is written in as many statements as one at 20', async () => {
  const product = await aProduct()
  const many = (n: number) => Array.from({ length: n }, (_, i) => server(`bulk-${n}-${i}`, { on: [`bulk-${n}-0`] }))
  const [few, all] = [await changeCount(product, many(20)), await changeCount(product, many(400))]
  expect(all).toBe(few)
})

/** Statements over what discovery keeps, the pages of the run itself not counted. */
async function changeCount(product: { id: string }, targets: DiscoveredTarget[]): Promise<number> {
  world.targets = targets
  const run = await estate.change((em) => startDiscovery(em, { productId: product.id }, services, viewer))
  const statements = await countStatements(() =>
    runDiscovery(estate.orm.em, run.uuid, estate.services, new AbortController().signal),
  )
  return statements.filter((text) => /actual_|observation|discovery_change/.test(text)).length
}
