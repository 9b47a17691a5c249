import { mkdtemp, realpath, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAdapters } from '../../server/discovery/adapters/registry.ts'
import { workDiscovery } from '../../server/discovery/discovery.job.ts'
import { createLocal } from '../../server/integrations/local/index.ts'
import { createJobs, type Jobs } from '../../server/kernel/jobs.ts'
import { registerProduct } from '../../server/product/product.service.ts'
import { workReconciliation } from '../../server/reconciliation/reconciliation.job.ts'
import { startLightHosts, type LightEstate } from '../../server/sample/light-hosts.ts'
import { stopHosts } from '../../server/sample/stop-hosts.ts'
import { anEstate, nobody, quiet } from '../support/estate.ts'

/** Real hosts, the real module, real jobs: discover, promote, reconcile through the API. */
const local = createLocal()
const integrations = new Map([['local', local]])
const adapters = createAdapters(integrations)
const services = { integrations, adapters, sources: adapters, jobs: undefined as unknown as Jobs }
const estate = anEstate(() => services)
let folder: string
let hosts: LightEstate

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'waybill-')))
  hosts = await startLightHosts(folder, 6)
  const url = estate.orm.config.get('clientUrl')!
  services.jobs = createJobs({ url, log: quiet })
  estate.services.jobs = services.jobs
  workDiscovery(services.jobs, estate.orm.em, estate.services)
  workReconciliation(services.jobs, estate.orm.em, estate.services)
  await services.jobs.start()
})
afterAll(async () => {
  await services.jobs?.stop()
  await stopHosts(hosts.hosts)
  await local.close?.()
  await rm(folder, { recursive: true, force: true })
})

const mutate = async (text: string, input: object) => {
  const data = await estate.query<Record<string, { userErrors: object[] }>>(text, { input })
  const [payload] = Object.values(data)
  expect(payload!.userErrors).toEqual([])
  return payload as unknown as Record<string, { id: string }>
}

test('hosts that are found by looking become items, a vanished one is missing, a vanished folder changes nothing', async () => {
  const product = await estate.change((em) =>
    registerProduct(em, { name: 'Local estate', kind: 'local', config: { folder: hosts.hosts } }, services, nobody),
  )
  const discover = async () => {
    const { run } = await mutate(
      'mutation($input: DiscoveryStartInput!) { discoveryStart(input: $input) { run { id } userErrors { message } } }',
      { productId: product.id },
    )
    const read = async () =>
      (
        await estate.query<{ discoveryRun: { state: string } }>(
          'query($id: ID!) { discoveryRun(id: $id) { state percent seen created changed unchanged missing failure startedBy { name } } }',
          { id: run!.id },
        )
      ).discoveryRun
    await expect.poll(async () => (await read()).state, { timeout: 15_000 }).toMatch(/SUCCEEDED|FAILED/)
    return read()
  }
  // 6 hosts with one installation each, in Austin and Tokyo.
  expect(await discover()).toMatchObject({ state: 'SUCCEEDED', percent: 100, seen: 14, created: 14, missing: 0 })
  await mutate(
    'mutation($input: ItemsPromoteInput!) { itemsPromote(input: $input) { items { id } userErrors { message } } }',
    { everything: true },
  )
  const { configurationItems } = await estate.query<{ configurationItems: object }>(
    `{ configurationItems(first: 10, filter: { targetable: true, authorized: true }) { totalCount nodes { name className site { name } product { name }
       installed(first: 5) { nodes { name version digest } } actualItem { state } relationships(first: 9) { totalCount } } } }`,
  )
  expect(configurationItems).toMatchObject({ totalCount: 6 })
  expect((configurationItems as { nodes: object[] }).nodes[0]).toMatchObject({
    name: 'light-0001',
    className: 'ComputerSystem',
    site: { name: 'Austin' },
    product: { name: 'Local estate' },
    installed: { nodes: [{ version: '1.0.0', digest: expect.stringMatching(/^sha256:/) }] },
    actualItem: { state: 'PRESENT' },
    relationships: { totalCount: 2 },
  })
  expect(await discover()).toMatchObject({ state: 'SUCCEEDED', seen: 14, created: 0, changed: 0, missing: 0 })

  await rm(join(hosts.hosts, 'light-0006'), { recursive: true })
  expect(await discover()).toMatchObject({ state: 'SUCCEEDED', seen: 12, missing: 2 })
  const { run } = await mutate(
    'mutation($input: ReconciliationStartInput!) { reconciliationStart(input: $input) { run { id } userErrors { message } } }',
    {},
  )
  const results = () =>
    estate.query<{ reconciliationResults: { nodes: object[] } }>(
      'query($run: ID) { reconciliationResults(first: 9, filter: { runId: $run }) { nodes { kind configurationItem { name } actualItem { state } } } }',
      { run: run!.id },
    )
  await expect.poll(async () => (await results()).reconciliationResults.nodes.length, { timeout: 15_000 }).toBe(2)
  expect((await results()).reconciliationResults.nodes).toEqual(
    expect.arrayContaining([
      { kind: 'MISSING', configurationItem: { name: 'light-0006' }, actualItem: { state: 'MISSING' } },
    ]),
  )

  await rename(hosts.hosts, `${hosts.hosts}-away`)
  expect(await discover()).toMatchObject({
    state: 'FAILED',
    failure: expect.stringMatching(/^Local estate could not be looked at, so nothing was changed: .*hosts/),
  })
  await rename(`${hosts.hosts}-away`, hosts.hosts)
})
