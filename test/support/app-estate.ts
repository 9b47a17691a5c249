// An estate of light hosts that the app has discovered, promoted and can deploy to; all of it made through the API.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { startLightHosts, type LightEstate } from '../../server/sample/light-hosts.ts'
import type { Person, TestApp } from './app.ts'
import { until } from './until.ts'

export interface Item {
  id: string
  name: string
  site: { id: string; name: string }
}

/** How a deployment goes about its targets. */
interface Pace {
  maxInFlight?: number
  attemptSeconds?: number
}

export interface PlannedDeployment {
  id: string
  number: string
  state: string
}

export interface AppEstate {
  hosts: LightEstate
  librarian: Person
  owner: Person
  approver: Person
  deployer: Person
  productId: string
  repositoryId: string
  /** Package version ids by number. */
  versions: Record<string, string>
  items: Item[]
  site(name: string): string
  taskId: string
  releaseId: string
  /** A draft for these items; 1.1.0 unless told otherwise. */
  draft(options?: {
    items?: Item[]
    version?: string
    taskId?: string
    by?: Person
    pace?: Pace
  }): Promise<PlannedDeployment>
  /** Validated and approved: everything but Deploy. */
  approved(options?: { items?: Item[]; version?: string; taskId?: string; pace?: Pace }): Promise<PlannedDeployment>
  validated(id: string): Promise<Validated>
  /** A release under way with its task. */
  planned(items: Item[], versions?: string[], by?: Person): Promise<{ releaseId: string; taskId: string }>
  state(id: string): Promise<DeploymentSeen>
  ends(id: string, state: string, confirmation?: string, patience?: number): Promise<DeploymentSeen>
}

export interface Validated {
  state: string
  validation: {
    id: string
    state: string
    digest: string | null
    invalidatedBy: string | null
    findings: { nodes: Finding[] }
  }
}
interface Finding {
  rule: string
  severity: string
  message: string
  itemName: string | null
}

export interface DeploymentSeen {
  state: string
  confirmation: string
  canRollBack: boolean
  causes: { message: string; count: number }[]
  targets: {
    nodes: {
      id: string
      state: string
      confirmation: string
      cause: string | null
      previousVersion: string | null
      item: { id: string; name: string }
      attempts: { id: string; state: string }[]
      evidence: { verdict: string; observedVersion: string | null; by: string | null; method: string; detail: string }[]
    }[]
  }
}

const SEEN = `state confirmation canRollBack causes { message count } targets(first: 50) { nodes { id state confirmation cause previousVersion
  item { id name } attempts { id state } evidence { verdict observedVersion by method detail } } }`

const VALIDATED = `state validation { id state digest invalidatedBy findings(first: 200) { nodes { rule severity message itemName } } }`

/** `count` light hosts, every second one in Tokyo, with people for each part of the work. */
export async function anAppEstate(app: TestApp, count: number): Promise<AppEstate> {
  const hosts = await startLightHosts(app.folder, count)
  app.hostsIn(hosts.hosts)
  const librarian = await app.person(['CONFIGURATION_LIBRARIAN', 'INTEGRATOR'], undefined, 'Lily Librarian')
  const owner = await app.person(['RELEASE_MANAGER', 'RELEASE_OWNER'], undefined, 'Olga Owner')
  const approver = await app.person('APPROVER', undefined, 'Amir Approver')
  const deployer = await app.person('DEPLOYER', undefined, 'Dora Deployer')
  const { product } = await librarian.does<{ product: { id: string } }>(
    'productRegister',
    { name: 'Light estate', kind: 'local', config: { folder: hosts.hosts } },
    'product { id }',
  )
  await discovered(librarian, product.id)
  await librarian.does('itemsPromote', { everything: true })
  const { repository } = await librarian.does<{ repository: { id: string } }>(
    'repositoryDefine',
    { name: 'Software', kind: 'directory', config: { folder: hosts.repository }, productId: product.id },
    'repository { id }',
  )
  expect(await scanned(librarian, repository.id)).toMatchObject({ state: 'SUCCEEDED', found: 3 })
  const { packages } = await librarian.query<{
    packages: { nodes: { versions: { nodes: { id: string; number: string }[] } }[] }
  }>('{ packages(first: 9) { nodes { versions(first: 9) { nodes { id number } } } } }')
  const versions = Object.fromEntries(packages.nodes[0]!.versions.nodes.map(({ id, number }) => [number, id]))
  const { configurationItems } = await librarian.query<{ configurationItems: { nodes: Item[] } }>(
    '{ configurationItems(filter: { classNames: ["ComputerSystem"] }, first: 200) { nodes { id name site { id name } } } }',
  )
  const items = configurationItems.nodes.sort((a, b) => (a.name < b.name ? -1 : 1))
  expect(items).toHaveLength(count)

  async function planned(targets: Item[], numbers = ['1.1.0'], by = owner) {
    const sourceIds = numbers.map((number) => versions[number]!)
    const targetIds = targets.map(({ id }) => id)
    const { release } = await by.does<{ release: { id: string } }>(
      'releaseCreate',
      { title: 'Storefront', sourceIds, targetIds, backOutPlan: 'Back.', verificationPlan: 'Ask.', purpose: 'Test.' },
      'release { id }',
    )
    await by.does('releasePlan', { id: release.id })
    await by.does('releaseStart', { id: release.id })
    const { task } = await by.does<{ task: { id: string } }>(
      'taskCreate',
      { releaseId: release.id, title: 'Distribute', type: 'SOFTWARE_DISTRIBUTION', sourceId: sourceIds[0], targetIds },
      'task { id }',
    )
    return { releaseId: release.id, taskId: task.id }
  }
  const plan = await planned(items, ['1.1.0', '1.0.0', '1.2.0'])

  async function draft({ items: chosen = items, version = '1.1.0', taskId = plan.taskId, by = owner, pace = {} } = {}) {
    const { deployment } = await by.does<{ deployment: PlannedDeployment }>(
      'deploymentCreate',
      {
        taskId,
        title: `${version} for ${chosen.length}`,
        sourceId: versions[version],
        targetIds: chosen.map(({ id }) => id),
        ...pace,
      },
      'deployment { id number state }',
    )
    return deployment
  }

  async function validated(id: string): Promise<Validated> {
    await owner.does('deploymentValidate', { id })
    const read = async () =>
      (await owner.query<{ deployment: Validated }>(`query($id: ID!) { deployment(id: $id) { ${VALIDATED} } }`, { id }))
        .deployment
    return until(read, ({ state }) => !['DRAFT', 'VALIDATING', 'VALIDATED'].includes(state))
  }

  const state = async (id: string) =>
    (await owner.query<{ deployment: DeploymentSeen }>(`query($id: ID!) { deployment(id: $id) { ${SEEN} } }`, { id }))
      .deployment

  return {
    hosts,
    librarian,
    owner,
    approver,
    deployer,
    productId: product.id,
    repositoryId: repository.id,
    versions,
    items,
    site: (name) => items.find(({ site }) => site.name === name)!.site.id,
    ...plan,
    draft,
    planned,
    validated,
    state,
    async approved(options) {
      const made = await draft(options)
      const { validation, state: now } = await validated(made.id)
      expect(now).toBe('AWAITING_APPROVAL')
      await approver.does('deploymentApprove', { id: made.id, digest: validation.digest, comment: 'Good.' })
      return made
    },
    ends: (id, wanted, confirmation, patience) =>
      until(
        () => state(id),
        (seen) => seen.state === wanted && (!confirmation || seen.confirmation === confirmation),
        patience,
      ),
  }
}

export interface RunSeen {
  state: string
  seen: number
  created: number
  changed: number
  missing: number
  failure: string | null
}

/** One discovery, to its end. */
export async function discovered(person: Person, productId: string): Promise<RunSeen> {
  const { run } = await person.does<{ run: { id: string } }>('discoveryStart', { productId }, 'run { id }')
  const read = async () =>
    (
      await person.query<{ discoveryRun: RunSeen }>(
        'query($id: ID!) { discoveryRun(id: $id) { state seen created changed missing failure } }',
        { id: run.id },
      )
    ).discoveryRun
  return until(read, ({ state }) => !['QUEUED', 'RUNNING'].includes(state))
}

export interface ScanSeen {
  state: string
  found: number
  alerts: string[]
  failure: string | null
}

/** One scan, to its end. */
export async function scanned(person: Person, repositoryId: string): Promise<ScanSeen> {
  const { scan } = await person.does<{ scan: { id: string } }>('repositoryScan', { id: repositoryId }, 'scan { id }')
  const read = async () =>
    (
      await person.query<{ node: ScanSeen }>(
        'query($id: ID!) { node(id: $id) { ... on RepositoryScan { state found alerts failure } } }',
        { id: scan.id },
      )
    ).node
  return until(read, ({ state }) => !['QUEUED', 'RUNNING'].includes(state))
}

/** What the host itself counted: each switch of its release, by attempt. */
export async function switchesAt(hosts: string, name: string): Promise<{ attemptId: string; version: string }[]> {
  const text = await readFile(join(hosts, name, 'state', 'effects.log'), 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { effect: string; attemptId: string; version: string })
    .filter(({ effect }) => effect === 'switch')
}

export const faultAt = (hosts: string, name: string, fault: object | null) =>
  writeFile(join(hosts, name, 'faults.json'), JSON.stringify(fault ?? []))
