// The eleven steps with three people and the sample estate, as the demo takes them; and each mutation sent twice.
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { driveTheRoad } from '../../../server/demo/road.ts'
import type { Terminal } from '../../../server/demo/terminal.ts'
import { hostOf, readFacts } from '../../../server/integrations/local/host.ts'
import { endProcess } from '../../../server/integrations/local/process.ts'
import { startHost } from '../../../server/sample/host.ts'
import { buildSampleRepository } from '../../../server/sample/repository.ts'
import { anApp, type Person } from '../../support/app.ts'
import { discovered, scanned, switchesAt } from '../../support/app-estate.ts'
import { until } from '../../support/until.ts'

const app = anApp()
const silent: Terminal = { step() {}, say() {}, progress() {}, settle() {} }
let owner: Person
let approver: Person
let deployer: Person
let productId: string
const sample = () => join(app.folder, 'sample')
const hosts = () => join(sample(), 'hosts')

beforeAll(async () => {
  owner = await app.person(
    ['RELEASE_MANAGER', 'RELEASE_OWNER', 'TASK_OWNER', 'CONFIGURATION_LIBRARIAN', 'INTEGRATOR'],
    undefined,
    'Olga Owner',
  )
  approver = await app.person(['APPROVER', 'VIEWER'])
  deployer = await app.person(['DEPLOYER', 'VIEWER'])
  app.hostsIn(hosts())
})

test('eleven steps end with two deployments CONFIRMED, and each of the eight hosts was changed once', async () => {
  const outcomes = await driveTheRoad({ admin: app.admin, owner, approver, deployer }, silent)
  expect(outcomes.map(({ title, state, confirmation, causes }) => ({ title, state, confirmation, causes }))).toEqual(
    ['Austin', 'Tokyo'].map((site) => ({
      title: `Patch to ${site}`,
      state: 'SUCCEEDED',
      confirmation: 'CONFIRMED',
      causes: [],
    })),
  )
  for (const site of ['austin', 'tokyo']) {
    for (const role of ['web-1', 'web-2', 'api-1', 'cache-1']) {
      expect(await switchesAt(hosts(), `${site}-${role}`)).toMatchObject([{ version: '1.1.0' }])
    }
  }
  const { managementProducts } = await owner.query<{ managementProducts: { nodes: { id: string }[] } }>(
    '{ managementProducts(first: 1) { nodes { id } } }',
  )
  productId = managementProducts.nodes[0]!.id
}, 120_000)

test('the launch link opens the same job in the product', async () => {
  const { deployments } = await owner.query<{ deployments: { nodes: { launchUrl: string; number: string }[] } }>(
    '{ deployments(first: 1) { nodes { number launchUrl } } }',
  )
  const response = await fetch(deployments.nodes[0]!.launchUrl)
  expect(response.status).toBe(200)
  expect(await response.text()).toMatch(/austin|tokyo/)
})

test('the audit log has one entry for each mutation of the road, and its chain is whole', async () => {
  const { auditEntries } = await owner.query<{ auditEntries: { nodes: { mutation: string; outcome: string }[] } }>(
    '{ auditEntries(first: 200) { nodes { mutation outcome } } }',
  )
  const count = (mutation: string) => auditEntries.nodes.filter((entry) => entry.mutation === mutation).length
  expect(
    Object.fromEntries(
      ['sampleOpen', 'releaseCreate', 'deploymentCreate', 'deploymentApprove', 'deploymentStart'].map((name) => [
        name,
        count(name),
      ]),
    ),
  ).toEqual({
    sampleOpen: 1,
    releaseCreate: 1,
    deploymentCreate: 2,
    deploymentApprove: 2,
    deploymentStart: 2,
  })
  const verified = async () =>
    (
      await owner.query<{ auditVerification: { ok: boolean; entries: number } }>(
        '{ auditVerification { ok entries detail } }',
      )
    ).auditVerification
  expect(await until(verified, ({ entries }) => entries >= auditEntries.nodes.length)).toMatchObject({ ok: true })
})

test('a host started by hand appears at the next discovery, and a killed one goes missing', async () => {
  const packages = await buildSampleRepository(join(sample(), 'repository'))
  const initial = { repository: join(sample(), 'repository'), package: packages[0]! }
  await startHost(hosts(), { name: 'austin-web-9', site: 'Austin', role: 'web', upstreams: ['austin-api-1'], initial })
  expect(await discovered(owner, productId)).toMatchObject({ state: 'SUCCEEDED', missing: 0 })
  const seen = async (name: string) =>
    (
      await owner.query<{
        actualItems: {
          nodes: {
            name: string
            state: string
            relationships: { nodes: { type: { name: string }; other: { name: string } }[] }
          }[]
        }
      }>(
        'query($name: String) { actualItems(first: 5, filter: { search: $name, classNames: ["ComputerSystem"] }) { nodes { name state relationships(first: 9) { nodes { type { name } other { name } } } } } }',
        { name },
      )
    ).actualItems.nodes
  expect(await seen('austin-web-9')).toMatchObject([{ name: 'austin-web-9', state: 'PRESENT' }])

  const host = hostOf(hosts(), 'austin-web-9')
  const { pid, processStart } = (await readFacts(host))!
  await endProcess({ pid, processStart, mark: host.folder })
  const run = await discovered(owner, productId)
  expect(run.state).toBe('SUCCEEDED')
  expect(run.missing).toBeGreaterThan(0)
  expect(await seen('austin-web-9')).toMatchObject([{ state: 'MISSING' }])
})

test('a repository folder that vanishes is named, and the product whose folder vanishes loses nothing', async () => {
  const { repositories } = await owner.query<{ repositories: { nodes: { id: string }[] } }>(
    '{ repositories(first: 1) { nodes { id } } }',
  )
  await rename(join(sample(), 'repository'), join(sample(), 'away'))
  expect(await scanned(owner, repositories.nodes[0]!.id)).toMatchObject({
    state: 'FAILED',
    failure: expect.stringContaining('repository'),
  })
  await rename(join(sample(), 'away'), join(sample(), 'repository'))
})

test('a mutation that is sent twice with one key has one effect, one answer and two entries in the audit log', async () => {
  const { packages, configurationItems } = await owner.query<{
    packages: { nodes: { versions: { nodes: { id: string; number: string }[] } }[] }
    configurationItems: { nodes: { id: string; name: string }[] }
  }>(
    '{ packages(first: 1) { nodes { versions(first: 9) { nodes { id number } } } } configurationItems(first: 99, filter: { classNames: ["ComputerSystem"], search: "tokyo-web" }) { nodes { id name } } }',
  )
  const source = packages.nodes[0]!.versions.nodes.find(({ number }) => number === '1.0.0')!
  const targets = configurationItems.nodes.filter(({ name }) => name === 'tokyo-web-1')
  const before = (await switchesAt(hosts(), 'tokyo-web-1')).length
  const counts = () =>
    app.database.rows(
      `select (select count(*)::int from release) as releases, (select count(*)::int from task) as tasks, (select count(*)::int from deployment) as deployments,
         (select count(*)::int from approval) as approvals, (select count(*)::int from validation) as validations`,
    )

  /** Twice, one after the other and both at once: everything but the position is the same. */
  async function twice<T>(person: Person, mutation: string, input: object, selection: string): Promise<T> {
    const idempotencyKey = `key-${mutation}`
    const [first, second] = await Promise.all([
      person.does<T>(mutation, { ...input, idempotencyKey }, selection),
      person.does<T>(mutation, { ...input, idempotencyKey }, selection),
    ])
    const now = await counts()
    const third = await person.does<T>(mutation, { ...input, idempotencyKey }, selection)
    expect(second, mutation).toEqual(first)
    expect(third, mutation).toEqual(first)
    expect(await counts(), mutation).toEqual(now)
    const { auditEntries } = await owner.query<{
      auditEntries: { nodes: { outcome: string; message: string | null }[] }
    }>(
      'query($mutation: String) { auditEntries(first: 3, filter: { mutation: $mutation }) { nodes { outcome message } } }',
      { mutation },
    )
    const told = auditEntries.nodes.map(({ message }) => /idempotency key/.test(message ?? ''))
    expect(told.filter(Boolean), mutation).toHaveLength(2)
    expect(auditEntries.nodes.map(({ outcome }) => outcome)).toEqual(['ACCEPTED', 'ACCEPTED', 'ACCEPTED'])
    return first
  }

  const { release } = await twice<{ release: { id: string } }>(
    owner,
    'releaseCreate',
    { title: 'Twice', sourceIds: [source.id], targetIds: targets.map(({ id }) => id) },
    'release { id number }',
  )
  await owner.does('releasePlan', { id: release.id })
  await owner.does('releaseStart', { id: release.id })
  const { task } = await twice<{ task: { id: string } }>(
    owner,
    'taskCreate',
    { releaseId: release.id, title: 'Twice', type: 'SOFTWARE_DISTRIBUTION' },
    'task { id number }',
  )
  const { deployment } = await twice<{ deployment: { id: string } }>(
    owner,
    'deploymentCreate',
    { taskId: task.id, title: 'Twice' },
    'deployment { id number }',
  )
  await twice(owner, 'deploymentValidate', { id: deployment.id }, 'deployment { id }')
  const read = async () =>
    (
      await owner.query<{ deployment: { state: string; confirmation: string; validation: { digest: string } | null } }>(
        'query($id: ID!) { deployment(id: $id) { state confirmation validation { digest } } }',
        { id: deployment.id },
      )
    ).deployment
  const { validation } = await until(read, ({ state }) => state === 'AWAITING_APPROVAL')
  await twice(approver, 'deploymentApprove', { id: deployment.id, digest: validation!.digest }, 'deployment { id }')
  await twice(deployer, 'deploymentStart', { id: deployment.id }, 'deployment { id }')
  await until(read, ({ confirmation }) => confirmation === 'CONFIRMED')
  expect((await switchesAt(hosts(), 'tokyo-web-1')).length).toBe(before + 1)

  expect(await owner.tries('releaseCreate', { title: 'Another', idempotencyKey: 'key-releaseCreate' })).toMatchObject([
    { code: 'IDEMPOTENCY_KEY_REUSED' },
  ])
}, 60_000)
