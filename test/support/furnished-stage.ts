import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import type { ApiClient } from '../../server/demo/client.ts'
import { driveTheRoad } from '../../server/demo/road.ts'
import { uuidOf } from '../../server/kernel/node-id.ts'
import { findPostgres } from '../../server/kernel/postgres.ts'
import { silent } from './cast.ts'
import { addFault, approvedDeployment, aTask, gridOf, start } from './fixtures.ts'
import type { Stage } from './stage.ts'
import { until } from './until.ts'

const ANSWER = 'userErrors { code message } position'
const MAPPING = {
  class: 'ComputerSystem',
  name: 'Host',
  key: 'Host',
  attributes: { serialNumber: 'Serial', cpus: 'CPUs' },
}

/** Paths of the pages on which each question of the dashboard can be asked. */
export interface Furnished {
  /** A deployment that went wrong at one target; somebody else holds it. */
  partial: string
  /** One that is not validated yet; the administrator holds it. */
  draft: string
  /** A release that is still being planned. */
  planned: string
  /** A release under way, and its task that waits for its deployments. */
  release: string
  task: string
  /** An item with a past, relationships, and values that two sources told. */
  item: string
  /** A product whose hosts showed keys that nobody has looked at. */
  hosts: string
  repository: string
}

/** Walks the demo's road on the stage, and brings it into every state in which the dashboard asks something. */
export async function furnish({ waybill, people }: Stage): Promise<Furnished> {
  const { admin, owner, deployer } = people
  await driveTheRoad(people, silent)
  const partial = await approvedDeployment(people, '1.0.0')
  const { names } = await gridOf(admin, partial)
  await addFault(waybill, names[0]!, { step: 'health', fault: 'fail' })
  await start(deployer, partial)
  await does(owner, 'deploymentHold', 'MoveInput', { id: partial })

  const { release, task, draft } = await underWay(owner)
  const { release: made } = await does<{ release: { id: string } }>(
    ...([owner, 'releaseCreate', 'ReleaseCreateInput', { title: 'The next one' }, 'release { id }'] as const),
  )
  await does(admin, 'deploymentHold', 'MoveInput', { id: draft })
  const item = await withAPast(admin)
  await differences(waybill.folder, admin)
  const hosts = await hostKeys(waybill.folder, admin)
  await does(admin, 'apiTokenCreate', 'ApiTokenCreateInput', { name: 'nightly pipeline' })
  const view = { name: 'Trouble', path: '/deployments?show=trouble', shared: true }
  await does(admin, 'savedViewCreate', 'SavedViewCreateInput', view)

  const settled = async () =>
    (await gridOf(admin, partial)).state.every((state) => !['QUEUED', 'RUNNING'].includes(state))
  await until(settled, Boolean, 60_000)
  const { repositories } = await admin.query<{ repositories: { nodes: { id: string }[] } }>(
    '{ repositories(first: 1) { nodes { id } } }',
  )
  return {
    partial: `/deployments/${partial}`,
    draft: `/deployments/${draft}`,
    planned: `/releases/${made.id}`,
    release: `/releases/${release}`,
    task: `/tasks/${task}`,
    item: `/items/${item}`,
    hosts: `/products/${hosts}`,
    repository: `/library/${repositories.nodes[0]!.id}`,
  }
}

const does = <T>(who: ApiClient, name: string, type: string, input: object, selection = '') =>
  who.mutate<T>(`mutation($input: ${type}!) { ${name}(input: $input) { ${selection} ${ANSWER} } }`, input)

/** A release in which everything is still to do. */
async function underWay(owner: ApiClient) {
  const { packages, configurationItems } = await owner.query<{
    packages: { nodes: { versions: { nodes: { id: string; number: string }[] } }[] }
    configurationItems: { nodes: { id: string }[] }
  }>(`{ packages(first: 1) { nodes { versions(first: 9) { nodes { id number } } } }
    configurationItems(first: 100, filter: { targetable: true, authorized: true }) { nodes { id } } }`)
  const source = packages.nodes[0]!.versions.nodes.find(({ number }) => number === '1.1.0')!
  const targetIds = configurationItems.nodes.map(({ id }) => id)
  const taskId = await aTask(owner, 'Again 1.1.0', source.id, targetIds)
  const { task } = await owner.query<{ task: { release: { id: string } } }>(
    'query($id: ID!) { task(id: $id) { release { id } } }',
    { id: taskId },
  )
  const { deployment } = await does<{ deployment: { id: string } }>(
    ...([owner, 'deploymentCreate', 'DeploymentCreateInput'] as const),
    { taskId, title: 'Not checked yet', targetIds: targetIds.slice(0, 2) },
    'deployment { id }',
  )
  return { release: task.release.id, task: taskId, draft: deployment.id }
}

/** An item of the sample that a person changed twice. */
async function withAPast(admin: ApiClient): Promise<string> {
  const { configurationItems } = await admin.query<{ configurationItems: { nodes: { id: string }[] } }>(
    '{ configurationItems(first: 1, filter: { targetable: true, search: "austin-api-1" }) { nodes { id } } }',
  )
  const { id } = configurationItems.nodes[0]!
  await does(admin, 'itemUpdate', 'ItemUpdateInput', { id, attributes: { cpus: 8 }, reason: 'It got another board.' })
  await does(admin, 'itemUpdate', 'ItemUpdateInput', { id, attributes: { cpus: 16 }, reason: 'It got two of them.' })
  return id
}

/** Machines of a table that changed after they were promoted: drift, and results of each kind. */
async function differences(folder: string, admin: ApiClient) {
  const path = join(folder, 'machines.csv')
  const write = (...lines: string[]) => writeFile(path, ['Host,Serial,CPUs', ...lines, ''].join('\n'))
  await write('rack-1,SX9001,4', 'rack-2,SX9002,4', 'rack-3,SX9003,4')
  const input = { name: 'Machines', kind: 'table', config: { path, mapping: MAPPING } }
  const { product } = await does<{ product: { id: string } }>(
    ...([admin, 'productRegister', 'ProductRegisterInput', input, 'product { id }'] as const),
  )
  await discovered(admin, product.id)
  await does(admin, 'itemsPromote', 'ItemsPromoteInput', { everything: true })
  await write('rack-1,SX9001,4', 'rack-2,SX9002,16', 'rack-9,SX9009,4')
  await discovered(admin, product.id)
  await does(admin, 'reconciliationStart', 'ReconciliationStartInput', {})
  const results = async () =>
    (
      await admin.query<{ reconciliationResults: { nodes: { kind: string }[] } }>(
        '{ reconciliationResults(first: 200) { nodes { kind } } }',
      )
    ).reconciliationResults.nodes.map(({ kind }) => kind)
  await until(results, (kinds) => ['MISMATCH', 'MISSING', 'UNEXPECTED'].every((kind) => kinds.includes(kind)))
}

async function discovered(admin: ApiClient, productId: string) {
  const { run } = await does<{ run: { id: string } }>(
    ...([admin, 'discoveryStart', 'DiscoveryStartInput', { productId }, 'run { id }'] as const),
  )
  const text = 'query($id: ID!) { discoveryRun(id: $id) { state } }'
  const state = async () =>
    (await admin.query<{ discoveryRun: { state: string } }>(text, { id: run.id })).discoveryRun.state
  await until(state, (now) => now === 'SUCCEEDED')
}

/** Hosts that are reached over SSH; their keys stand there as if a run had seen them. */
async function hostKeys(folder: string, admin: ApiClient): Promise<string> {
  const config = { hosts: 'web1 discover@192.0.2.11', password: 'secret' }
  const { product } = await does<{ product: { id: string } }>(
    admin,
    ...(['productRegister', 'ProductRegisterInput', { name: 'Hosts', kind: 'ssh', config }, 'product { id }'] as const),
  )
  const database = new Client({ connectionString: await findPostgres(folder) })
  await database.connect()
  await database.query(
    `insert into host_key (uuid, product_id, host, address, type, fingerprint, state)
       values (gen_random_uuid(), $1, 'web1', '192.0.2.11:22', 'ssh-ed25519', 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDZWDGYuXzVMa3ry9g', 'PENDING')`,
    [uuidOf(product.id, 'prd')],
  )
  await database.end()
  return product.id
}
