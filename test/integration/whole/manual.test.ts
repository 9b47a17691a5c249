// A product without a module: what Waybill cannot do itself it says, and people do it with their name under it.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildSampleRepository } from '../../../server/sample/repository.ts'
import { anApp, type Person } from '../../support/app.ts'
import { scanned } from '../../support/app-estate.ts'
import { until } from '../../support/until.ts'

const app = anApp()
let librarian: Person
let owner: Person
let approver: Person
let hands: Person
let sourceId: string
let productId: string
let folder: string

beforeAll(async () => {
  librarian = await app.person(['CONFIGURATION_LIBRARIAN', 'INTEGRATOR'])
  owner = await app.person('RELEASE_OWNER')
  approver = await app.person('APPROVER')
  hands = await app.person('DEPLOYER', undefined, 'Hana Hands')
  folder = join(app.folder, 'repository')
  await buildSampleRepository(folder)
  const { product } = await librarian.does<{ product: { id: string; module: null } }>(
    'productRegister',
    { name: 'Old provisioning', kind: 'tpm', endpoint: 'https://tpm.example' },
    'product { id module { id } }',
  )
  expect(product.module).toBeNull()
  productId = product.id
})

test('a product without a module is not discovered, and no repository is bound to it: the module is named', async () => {
  const missing = [{ code: 'MODULE_MISSING', message: expect.stringMatching(/tpm/) }]
  expect(await librarian.tries('discoveryStart', { productId })).toMatchObject(missing)
  const config = { folder }
  expect(
    await librarian.tries('repositoryDefine', { name: 'Bound', kind: 'directory', config, productId }),
  ).toMatchObject(missing)
  const { repository } = await librarian.does<{ repository: { id: string } }>(
    'repositoryDefine',
    { name: 'Plain', kind: 'directory', config },
    'repository { id }',
  )
  expect(await librarian.tries('repositoryUpdate', { id: repository.id, productId })).toMatchObject(missing)
  await librarian.does('repositoryRetire', { id: repository.id })
})

/** A version that no module carries, of a repository that is bound to no product. */
async function aSource(): Promise<string> {
  const { repository } = await librarian.does<{ repository: { id: string; distribution: string } }>(
    'repositoryDefine',
    { name: 'Plain store', kind: 'directory', config: { folder } },
    'repository { id distribution }',
  )
  expect(repository.distribution).toBe('MANUAL')
  expect(await scanned(librarian, repository.id)).toMatchObject({ state: 'SUCCEEDED', found: 3 })
  const { packages } = await librarian.query<{
    packages: { nodes: { versions: { nodes: { id: string; number: string }[] } }[] }
  }>(
    'query($id: ID) { packages(first: 9, filter: { repositoryId: $id }) { nodes { versions(first: 9) { nodes { id number } } } } }',
    { id: repository.id },
  )
  return packages.nodes[0]!.versions.nodes.find(({ number }) => number === '1.1.0')!.id
}

/** A deployment by hand to new items of these names, approved. */
async function approvedByHand(sourceId: string, names: string[]) {
  const targetIds: string[] = []
  for (const name of names) {
    const { item } = await librarian.does<{ item: { id: string } }>(
      'itemCreate',
      { name, className: 'ComputerSystem', productId },
      'item { id }',
    )
    await librarian.does('itemMove', { id: item.id, action: 'goLive' })
    targetIds.push(item.id)
  }
  const { release } = await owner.does<{ release: { id: string } }>(
    'releaseCreate',
    { title: 'By hand', sourceIds: [sourceId], targetIds },
    'release { id }',
  )
  await owner.does('releasePlan', { id: release.id })
  await owner.does('releaseStart', { id: release.id })
  const { task } = await owner.does<{ task: { id: string } }>(
    'taskCreate',
    { releaseId: release.id, title: 'Install', type: 'SOFTWARE_DISTRIBUTION' },
    'task { id readiness { ready } }',
  )
  expect(task).toMatchObject({ readiness: { ready: true } })
  const { deployment } = await owner.does<{ deployment: { id: string; number: string } }>(
    'deploymentCreate',
    { taskId: task.id, title: 'Racks' },
    'deployment { id number distribution }',
  )
  expect(deployment).toMatchObject({ distribution: 'MANUAL' })
  await owner.does('deploymentValidate', { id: deployment.id })
  const read = async () =>
    (
      await owner.query<{ deployment: Seen }>(
        `query($id: ID!) { deployment(id: $id) { state confirmation instructions validation { digest }
          targets(first: 9) { nodes { id state confirmation cause checklist item { name } evidence { verdict by method detail } } } } }`,
        { id: deployment.id },
      )
    ).deployment
  const { validation, targets } = await until(read, ({ state }) => state === 'AWAITING_APPROVAL')
  await approver.does('deploymentApprove', { id: deployment.id, digest: validation.digest })
  return { id: deployment.id, read, targetIds: targets.nodes.map(({ id }) => id) }
}

test('a deployment by hand has instructions and a checklist, and is CONFIRMED by a statement with a name', async () => {
  sourceId = await aSource()
  const { id, read, targetIds } = await approvedByHand(sourceId, ['rack-1', 'rack-2'])
  expect(await hands.tries('manualTargetConfirm', { id: targetIds[0]!, statement: 'Too early.' })).toMatchObject([
    { code: 'WRONG_DISTRIBUTION' },
  ])
  await hands.does('deploymentStart', { id })
  const running = await read()
  expect(running.state).toBe('RUNNING')
  expect(running.instructions).toMatch(/storefront[\s\S]*1\.1\.0/)
  for (const { checklist } of running.targets.nodes) expect(checklist.length).toBeGreaterThan(1)

  const [first, second] = running.targets.nodes
  expect(await hands.tries('manualTargetConfirm', { id: first!.id, statement: ' ' })).toMatchObject([
    { code: 'BAD_INPUT' },
  ])
  await hands.does('manualTargetConfirm', { id: first!.id, statement: 'I installed it and saw version 1.1.0.' })
  expect(await read()).toMatchObject({ state: 'RUNNING', confirmation: 'AWAITED' })
  expect(await hands.tries('manualTargetConfirm', { id: first!.id, statement: 'Once more, to be sure.' })).toHaveLength(
    1,
  )
  await hands.does('manualTargetConfirm', { id: second!.id, statement: 'The same here.' })
  const ended = await until(read, ({ state }) => state !== 'RUNNING')
  expect(ended).toMatchObject({ state: 'SUCCEEDED', confirmation: 'CONFIRMED' })
  expect(ended.targets.nodes[0]!.evidence).toEqual([
    {
      verdict: 'CONFIRMED',
      by: 'Hana Hands',
      method: 'signed statement',
      detail: 'I installed it and saw version 1.1.0.',
    },
  ])
})

test('many targets are signed for or reported as failed by one call: all or none, with one entry in the audit log', async () => {
  const { id, read, targetIds } = await approvedByHand(sourceId, ['rack-3', 'rack-4', 'rack-5', 'rack-6'])
  const [a, b, c, d] = targetIds as [string, string, string, string]
  const confirm = (ids: string[], statement: string) => ({ id, targetIds: ids, statement })
  expect(await hands.tries('manualTargetsConfirm', confirm([a, b], 'Too early.'))).toMatchObject([
    { code: 'WRONG_DISTRIBUTION', message: expect.stringMatching(/AWAITING_APPROVAL|SCHEDULED.*RUNNING/) },
  ])
  await hands.does('deploymentStart', { id })
  expect(await hands.tries('manualTargetsConfirm', confirm([a, b], ' '))).toMatchObject([
    { code: 'BAD_INPUT', field: ['statement'] },
  ])
  expect(await hands.tries('manualTargetsFail', { id, targetIds: [a], cause: '' })).toMatchObject([
    { code: 'BAD_INPUT', field: ['cause'] },
  ])
  expect(await owner.tries('manualTargetsConfirm', confirm([a, b], 'I may not.'))).toMatchObject([
    { message: expect.stringContaining('manual.confirm') },
  ])
  const entries = async () =>
    (
      await app.database.rows<{ mutation: string; outcome: string }>(
        `select mutation, outcome from audit_entry where mutation like 'manualTargets%' and outcome = 'ACCEPTED'`,
      )
    ).map(({ mutation }) => mutation)
  await hands.does('manualTargetsConfirm', confirm([a, b], 'I installed it on both and saw version 1.1.0.'))
  expect(await entries()).toEqual(['manualTargetsConfirm'])

  const refused = await hands.tries('manualTargetsFail', { id, targetIds: [b, c], cause: 'The power is off.' })
  expect(refused).toMatchObject([
    { code: 'ILLEGAL_TRANSITION', message: expect.stringMatching(/^rack-4 is REPORTED_OK/) },
  ])
  expect((await read()).targets.nodes.map(({ state }) => state)).toEqual([
    'REPORTED_OK',
    'REPORTED_OK',
    'PENDING',
    'PENDING',
  ])
  await hands.does('manualTargetsFail', { id, targetIds: [c, d], cause: 'The power is off.' })
  const ended = await until(read, ({ state }) => state !== 'RUNNING')
  expect(ended).toMatchObject({ state: 'PARTIAL' })
  const detail = 'I installed it on both and saw version 1.1.0.'
  const signed = [{ verdict: 'CONFIRMED', by: 'Hana Hands', method: 'signed statement', detail }]
  expect(ended.targets.nodes).toMatchObject([
    { confirmation: 'CONFIRMED', cause: null, evidence: signed },
    { confirmation: 'CONFIRMED', cause: null, evidence: signed },
    { confirmation: 'UNCONFIRMED', cause: 'The power is off.', evidence: [] },
    { confirmation: 'UNCONFIRMED', cause: 'The power is off.', evidence: [] },
  ])
})

interface Seen {
  state: string
  confirmation: string
  instructions: string | null
  validation: { digest: string }
  targets: { nodes: { id: string; state: string; checklist: string[]; evidence: object[] }[] }
}
