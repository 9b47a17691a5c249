/** Software is on a computer whether it runs there, is installed there, or is either on the operating system that is there. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { observeInstalled } from '../../server/discovery/observe-installed.ts'
import type { Sighting } from '../../server/discovery/adapters/adapter.ts'
import { toNodeId } from '../../server/kernel/node-id.ts'
import { aValidated, aWorld, digestOf, start, type World } from '../support/deployment/world.ts'
import { aMoment } from '../support/moment.ts'
import { machine, sourcesOfTests, whole } from '../support/sources.ts'

const estate = sourcesOfTests()
let world: World
let used = 0
beforeAll(async () => {
  world = await aWorld(estate.url, '/nowhere', 12, 'nothing')
  await world.jobs.start()
})
afterAll(() => world.close())

type Link = 'runsOn' | 'installedOn'
const relate = (type: Link, from: string, to: string): Sighting => ({
  kind: 'relationship',
  type,
  from,
  to,
  evidence: 'test',
})
const thing = (className: string, key: string, attributes: object): Sighting =>
  ({ kind: 'item', ref: key, className, name: key, key, attributes }) as Sighting
const storefront = (key: string, number: string) =>
  thing('SoftwareInstallation', key, { package: 'storefront', version: number, digest: digestOf(number) })

/** Each way in which a source can tell that the software `${host}/shop` is on `host`. */
const WAYS: [way: string, on: (host: string) => Sighting[]][] = [
  ['it runs on the computer', (host) => [relate('runsOn', `${host}/shop`, host)]],
  ['it is installed on the computer', (host) => [relate('installedOn', `${host}/shop`, host)]],
  [
    'it is installed on the operating system that runs on the computer',
    (host) => [
      thing('Linux', `${host}/os`, { osName: 'Debian' }),
      relate('runsOn', `${host}/os`, host),
      relate('installedOn', `${host}/shop`, `${host}/os`),
    ],
  ],
  [
    'it runs on the operating system that is installed on the computer',
    (host) => [
      thing('OperatingSystem', `${host}/os`, { osName: 'Debian' }),
      relate('installedOn', `${host}/os`, host),
      relate('runsOn', `${host}/shop`, `${host}/os`),
    ],
  ],
]
const actual = async (name: string) =>
  (await estate.sql<{ uuid: string }>('select uuid from actual_item where name = ?', [name]))[0]!.uuid

/** The first of the items of the world that is free, seen with storefront 1.0.0 on it. */
async function seen(on: (host: string) => Sighting[]) {
  const product = await estate.source()
  const item = world.items[used++]!
  const host = `place-${used}`
  const look = (number: string) =>
    estate.load(product, [machine({ key: host, name: host }), storefront(`${host}/shop`, number), ...on(host), whole])
  await look('1.0.0')
  await estate.sql('update configuration_item set actual_item_id = ? where uuid = ?', [await actual(host), item])
  return { product, item, id: toNodeId('ci', item), host, look }
}

async function deployed(item: string, version: string): Promise<string> {
  const deployment = await aValidated(world, { items: [item], version })
  await start(world, deployment)
  await estate.sql(`update deployment set started_at = now(), finished_at = now() + interval '1 s' where uuid = ?`, [
    deployment.uuid,
  ])
  await estate.sql('update deployment_target set touched = true where deployment_id = ?', [deployment.uuid])
  return deployment.number
}

test('software that was promoted as another class is shown as installed on its own page, now and then', async () => {
  const { host, item } = await seen(WAYS[0]![1])
  const own = world.items[used++]!
  await estate.sql(`update configuration_item set actual_item_id = ?, class_name = 'Application' where uuid = ?`, [
    await actual(`${host}/shop`),
    own,
  ])
  const at = await aMoment()
  const text = `query($id: ID!, $at: Moment) { configurationItem(id: $id, at: $at) { className
    installed(first: 5) { nodes { name version } } } }`
  const nodes = [{ name: 'storefront', version: '1.0.0' }]
  for (const when of [undefined, at]) {
    const ask = (uuid: string) => estate.query(text, { id: toNodeId('ci', uuid), at: when })
    expect(await ask(own)).toEqual({ configurationItem: { className: 'Application', installed: { nodes } } })
    expect(await ask(item)).toMatchObject({ configurationItem: { installed: { nodes } } })
  }
})

test.for(WAYS)('software is shown on its computer when %s', async ([, on]) => {
  const { id } = await seen(on)
  const text = `query($id: ID!) { configurationItem(id: $id) { installed(first: 5) { nodes { name version } } } }`
  expect(await estate.query(text, { id })).toEqual({
    configurationItem: { installed: { nodes: [{ name: 'storefront', version: '1.0.0' }] } },
  })
  const version = `query($id: ID!) { packageVersion(id: $id) { installedOn(first: 50) { nodes { id } } } }`
  const { packageVersion } = await estate.query<{ packageVersion: { installedOn: { nodes: { id: string }[] } } }>(
    version,
    { id: toNodeId('pkv', world.versions['1.0.0']!) },
  )
  expect(packageVersion.installedOn.nodes.filter((one) => one.id === id)).toHaveLength(1)
})

test.for(WAYS)('a deployment explains the new version of software when %s', async ([, on]) => {
  const { item, host, look } = await seen(on)
  await aMoment()
  const number = await deployed(item, '1.1.0')
  await look('1.1.0')
  await aMoment()
  await look('6.6.6')
  const { actualItem } = await estate.query<{ actualItem: { observedChanges: object[] } }>(
    `query($id: ID!) { actualItem(id: $id) { observedChanges { attribute value deploymentNumber } } }`,
    { id: toNodeId('act', await actual(`${host}/shop`)) },
  )
  expect(actualItem.observedChanges.filter((one) => (one as { attribute: string }).attribute === 'version')).toEqual([
    { attribute: 'version', value: '6.6.6', deploymentNumber: null },
    { attribute: 'version', value: '1.1.0', deploymentNumber: number },
  ])
})

test('what a confirmation saw of software that is only installed is said of the same software', async () => {
  const { item, host } = await seen(WAYS[2]![1])
  const seenNow = { itemId: item, name: 'storefront', version: '1.2.0', digest: digestOf('1.2.0'), at: new Date() }
  await estate.change((em) => observeInstalled(em, [{ ...seenNow, deploymentId: null }]))
  expect(
    await estate.sql(`select name, attributes->>'version' as version from actual_item where name like ?`, [
      `%${host}%shop%`,
    ]),
  ).toEqual([{ name: `${host}/shop`, version: '1.2.0' }])
  expect(await estate.sql(`select name from actual_item where name like ?`, [`storefront on ${host}`])).toEqual([])
})

test('software of a virtual machine is not on the computer that carries the machine', async () => {
  const { product, id, host } = await seen(() => [])
  await estate.load(product, [
    machine({ key: host, name: host }),
    machine({ key: `${host}/vm`, name: `${host}/vm` }),
    relate('runsOn', `${host}/vm`, host),
    storefront(`${host}/shop`, '1.0.0'),
    relate('runsOn', `${host}/shop`, `${host}/vm`),
    whole,
  ])
  const text = `query($id: ID!) { configurationItem(id: $id) { installed(first: 5) { totalCount } } }`
  expect(await estate.query(text, { id })).toEqual({ configurationItem: { installed: { totalCount: 0 } } })
})
