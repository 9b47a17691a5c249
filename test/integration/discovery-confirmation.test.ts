// What a look after a deployment saw becomes an observation beside those of discovery.
import { expect, test } from 'vitest'
import { observeInstalled } from '../../server/discovery/observe-installed.ts'
import { makeItems } from '../support/estate.ts'
import { aFakeProduct, server } from '../support/fake-product.ts'
import { countStatements } from '../support/statements.ts'

const { world, estate, aProduct, discover, actual } = aFakeProduct()

test('what a confirmation saw is an observation of its own and shows as installed', async () => {
  const product = await aProduct()
  world.targets = [server('k1')]
  await discover(product)
  const host = await actual('k1')
  const deploymentId = '01936000-0000-7000-8000-0000000000d1'
  const [item, bare] = await estate.change(async (em) => [
    ...(await makeItems(em, 'ComputerSystem', ['k1'], {
      actualItemId: host.uuid,
      productId: product.uuid,
      nativeKey: 'k1',
    })),
    ...(await makeItems(em, 'ComputerSystem', ['k2'])),
  ])
  for (const itemId of [item!.uuid, bare!.uuid]) {
    await estate.change((em) =>
      observeInstalled(em, [
        { itemId, name: 'shop', version: '1.1.0', digest: 'sha256:next', at: new Date(), deploymentId },
      ]),
    )
  }
  const text = `query($id: ID!) { configurationItem(id: $id) { actualItem { name } installed(first: 5) { nodes { name version digest observedAt } } } }`
  for (const one of [item!, bare!]) {
    expect(await estate.query(text, { id: one.id })).toMatchObject({
      configurationItem: {
        actualItem: { name: one.name },
        installed: { nodes: [{ name: 'shop', version: '1.1.0', digest: 'sha256:next' }] },
      },
    })
  }
  const software = await actual('shop on k1')
  expect(software.attributes).toMatchObject({ version: '1.1.0' })
  world.targets = [
    server('k1', { software: [{ name: 'shop', version: '1.1.0', digest: 'sha256:next', active: true }] }),
  ]
  expect(await discover(product)).toMatchObject({ changed: 0, unchanged: 3 })
})

test('software that a confirmation saw first is the same when discovery sees it', async () => {
  const product = await aProduct()
  world.targets = [server('n1', { software: [], relationships: [] })]
  await discover(product)
  const host = await actual('n1')
  const [item] = await estate.change((em) => makeItems(em, 'ComputerSystem', ['n1'], { actualItemId: host.uuid }))
  const shop = { name: 'shop', version: '2.0.0', digest: null, at: new Date(), deploymentId: null }
  await estate.change((em) => observeInstalled(em, [{ itemId: item!.uuid, ...shop }]))
  const software = await actual('shop on n1')
  world.targets = [server('n1', { software: [{ name: 'shop', version: '2.0.0', active: true }], relationships: [] })]
  expect(await discover(product)).toMatchObject({ created: 0, changed: 0, unchanged: 2 })
  expect((await actual('shop on n1')).uuid).toBe(software.uuid)
})

test('what a confirmation saw of 40 hosts is written in as many statements as what it saw of four', async () => {
  const product = await aProduct()
  const names = Array.from({ length: 22 }, (_, n) => `c${n}`)
  world.targets = names.map((name) => server(name, { on: [] }))
  await discover(product)
  const seenBefore = await Promise.all(names.map(actual))
  const items = await estate.change(async (em) => [
    ...(await Promise.all(
      seenBefore.map(
        async ({ name, uuid }) => (await makeItems(em, 'ComputerSystem', [name], { actualItemId: uuid }))[0]!,
      ),
    )),
    ...(await makeItems(
      em,
      'ComputerSystem',
      names.map((name) => `bare-${name}`),
    )),
  ])
  const see = (some: typeof items) =>
    countStatements(() =>
      estate.change((em) =>
        observeInstalled(
          em,
          some.map(({ uuid: itemId }) => ({
            itemId,
            name: 'shop',
            version: '3.0.0',
            digest: 'sha256:third',
            at: new Date(),
            deploymentId: '01936000-0000-7000-8000-0000000000d2',
          })),
        ),
      ),
    )
  const few = await see([...items.slice(20, 22), ...items.slice(42)])
  const many = await see([...items.slice(0, 20), ...items.slice(22, 42)])
  expect(many.length, many.map((text) => text.slice(0, 100)).join('\n')).toBe(few.length)
  const text = `query($id: ID!) { configurationItem(id: $id) { installed(first: 5) { nodes { name version digest } } } }`
  for (const { id } of [items[0]!, items[41]!, items[20]!]) {
    expect(await estate.query(text, { id })).toEqual({
      configurationItem: { installed: { nodes: [{ name: 'shop', version: '3.0.0', digest: 'sha256:third' }] } },
    })
  }
})
