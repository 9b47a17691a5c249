/** Hosts over SSH through the whole of a discovery run: nobody is trusted until a person says so. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sshAdapter } from '../../server/discovery/adapters/ssh/index.ts'
import { runDiscovery } from '../../server/discovery/discovery.job.ts'
import { startDiscovery } from '../../server/discovery/discovery.service.ts'
import { approveHostKey } from '../../server/discovery/host-key.service.ts'
import type { Jobs } from '../../server/kernel/jobs.ts'
import { rows } from '../../server/kernel/sql.ts'
import { registerProduct } from '../../server/product/product.service.ts'
import { anEstate, aViewer, nobody } from '../support/estate.ts'
import { recordedHosts, recordedPassword, type RecordedHost } from '../support/recorded-hosts.ts'

const jobs = { enqueue: () => Promise.resolve() } as unknown as Jobs
const adapters = new Map([['ssh', sshAdapter()]])
const services = { jobs, integrations: new Map(), adapters, sources: adapters }
const estate = anEstate(() => services)
const viewer = aViewer()

let hosts: RecordedHost[]
beforeAll(async () => void (hosts = await recordedHosts(join(import.meta.dirname, '../data/ssh/three-hosts.capture'))))
afterAll(() => Promise.all(hosts.map((host) => host.close())))

interface Page {
  managementProduct: {
    hostKeys: { nodes: { id: string; host: string; fingerprint: string; state: string }[] }
    hostCaptures: { totalCount: number }
  }
}

test('A first run finds three keys to compare; once they are approved the next one finds the hosts', async () => {
  const lines = hosts.map(({ name, port }) => `${name} discover@127.0.0.1:${port}`).join('\n')
  const config = { hosts: lines, password: recordedPassword }
  const product = await estate.change((em) =>
    registerProduct(em, { name: 'Lab', kind: 'ssh', config }, estate.services, nobody),
  )
  const look = async () => {
    const run = await estate.change((em) => startDiscovery(em, { productId: product.id }, services, viewer))
    await runDiscovery(estate.orm.em, run.uuid, estate.services, new AbortController().signal)
    return rows<{ rule: string; message: string }>(
      estate.orm.em.fork(),
      'select rule, message from discovery_problem where run_id = $1',
      [run.uuid],
    )
  }
  const page = () =>
    estate.query<Page>(
      `query ($id: ID!) { managementProduct(id: $id) {
         hostKeys(first: 10) { nodes { id host fingerprint state } } hostCaptures(first: 10) { totalCount } } }`,
      { id: product.id },
    )
  const machines = async () =>
    (
      await rows<{ name: string }>(
        estate.orm.em.fork(),
        `select name from actual_item where class_name = 'ComputerSystem'`,
      )
    )
      .map(({ name }) => name)
      .toSorted()

  const problems = await look()
  expect(problems.filter(({ rule }) => rule === 'host-key')).toHaveLength(3)
  expect(await machines()).toEqual([])
  const { nodes } = (await page()).managementProduct.hostKeys
  for (const host of hosts) {
    const { fingerprint } = host.shown()
    expect(nodes).toContainEqual(expect.objectContaining({ host: host.name, fingerprint, state: 'PENDING' }))
  }

  for (const { id } of nodes) await estate.change((em) => approveHostKey(em, { id }, viewer))
  expect((await look()).filter(({ rule }) => rule === 'host-key')).toEqual([])
  expect(await machines()).toEqual(['web1', 'web2', 'web3'])
  expect((await page()).managementProduct.hostCaptures.totalCount).toBe(3)
  const edges = await rows<{ from: string; to: string }>(
    estate.orm.em.fork(),
    `select s.name as "from", t.name as "to" from actual_relationship r join actual_item s on s.uuid = r.source_id
     join actual_item t on t.uuid = r.target_id where r.type = 'dependsOn' and s.class_name = 'ComputerSystem'`,
  )
  expect(edges).toEqual([{ from: 'web1', to: 'web2' }])
})
