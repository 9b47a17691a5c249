import type { ApiClient } from './client.ts'
import { distribute, type Outcome } from './distribute.ts'
import type { People } from './people.ts'
import type { Terminal } from './terminal.ts'

const ANSWER = 'userErrors { code message } position'

/** Drives the eleven steps of a distribution through the public API. Answers how each deployment ended. */
export async function driveTheRoad(
  { admin, owner, approver, deployer }: People,
  terminal: Terminal,
): Promise<Outcome[]> {
  terminal.step(1, 'Register a management product and discover what it manages')
  const productId = await openSample(admin)
  await discover(owner, productId, terminal)

  terminal.step(2, 'Move the observations into the configuration graph')
  const seen = await owner.query<{ actualItems: { totalCount: number } }>('{ actualItems(first: 1) { totalCount } }')
  terminal.say(`${seen.actualItems.totalCount} actual items, each value with the run that saw it`)

  terminal.step(3, 'Reconcile and promote')
  const targets = await promote(owner, terminal)

  terminal.step(4, 'Scan the repository into the definitive media library')
  const source = await scan(owner, targets, terminal)

  terminal.step(5, 'Create a release')
  const release = await owner.mutate<{ release: { id: string; number: string; version: number } }>(
    `mutation($input: ReleaseCreateInput!) { releaseCreate(input: $input) { release { id number version } ${ANSWER} } }`,
    {
      title: `${source.name} ${source.number}`,
      purpose: 'Carry the sample service to every host and see it arrive.',
      backOutPlan: 'Deploy the version confirmed before.',
      verificationPlan: 'Each service is asked for its version and digest.',
      sourceIds: [source.id],
      targetIds: targets.map(({ id }) => id),
    },
  )
  await owner.mutate(`mutation($input: MoveInput!) { releasePlan(input: $input) { ${ANSWER} } }`, {
    id: release.release.id,
  })
  await owner.mutate(`mutation($input: MoveInput!) { releaseStart(input: $input) { ${ANSWER} } }`, {
    id: release.release.id,
  })
  terminal.say(
    `${release.release.number}: ${source.name} ${source.number} for ${targets.length} items, owned by ${owner.name}`,
  )

  terminal.step(6, 'Add a task of the type software distribution')
  const { task } = await owner.mutate<{ task: Task }>(
    `mutation($input: TaskCreateInput!) { taskCreate(input: $input) { task { ${TASK} } ${ANSWER} } }`,
    {
      releaseId: release.release.id,
      title: 'Distribute to every site',
      type: 'SOFTWARE_DISTRIBUTION',
      sourceId: source.id,
      targetIds: targets.map(({ id }) => id),
    },
  )
  terminal.say(`${task.number}: ${task.title}`)

  terminal.step(7, 'Check that source and every target are defined')
  if (!task.readiness.ready)
    throw new Error(`${task.number} is not ready: ${task.readiness.missing.map(({ message }) => message).join(' ')}`)
  terminal.say(`${task.number} is ready`)

  const sites = Map.groupBy(targets, (target) => target.site?.name ?? 'no site')
  return distribute({ owner, approver, deployer }, task.id, sites, terminal)
}

interface Task {
  id: string
  number: string
  title: string
  readiness: { ready: boolean; missing: { message: string }[] }
}
const TASK = 'id number title readiness { ready missing { message } }'

async function openSample(admin: ApiClient): Promise<string> {
  const { installation } = await admin.query<{ installation: { sampleOpened: boolean } }>(
    '{ installation { sampleOpened } }',
  )
  if (!installation.sampleOpened) {
    const { product } = await admin.mutate<{ product: { id: string } }>(
      `mutation($input: PlainInput!) { sampleOpen(input: $input) { product { id } ${ANSWER} } }`,
    )
    return product.id
  }
  const { managementProducts } = await admin.query<{ managementProducts: { nodes: { id: string; kind: string }[] } }>(
    '{ managementProducts(first: 50) { nodes { id kind } } }',
  )
  return managementProducts.nodes.find(({ kind }) => kind === 'local')!.id
}

interface Run {
  state: string
  percent: number
  step: string | null
  seen: number
  created: number
  changed: number
  missing: number
  failure: string | null
}

async function discover(owner: ApiClient, productId: string, terminal: Terminal): Promise<void> {
  const started = await owner.mutate<{ run: { id: string; number: string } }>(
    `mutation($input: DiscoveryStartInput!) { discoveryStart(input: $input) { run { id number } ${ANSWER} } }`,
    { productId },
  )
  const { discoveryRun: run } = await owner.follow<{ discoveryRun: Run | null }>(
    `subscription($id: ID!, $after: Position) { discoveryRunChanged(id: $id, after: $after) {
       position discoveryRun { state percent step seen created changed missing failure } } }`,
    { id: started.run.id, after: started.position },
    ({ discoveryRun }) => {
      if (discoveryRun) terminal.progress(started.run.number, discoveryRun.percent / 100, discoveryRun.step ?? '')
      return !!discoveryRun && !['QUEUED', 'RUNNING'].includes(discoveryRun.state)
    },
  )
  if (run?.state !== 'SUCCEEDED') throw new Error(`${started.run.number} ended ${run?.state}: ${run?.failure}`)
  terminal.say(`${run.seen} seen: ${run.created} new, ${run.changed} changed, ${run.missing} missing`)
}

/** An item that can be a target. */
export interface Target {
  id: string
  name: string
  site: { name: string } | null
}

async function promote(owner: ApiClient, terminal: Terminal): Promise<Target[]> {
  const promoted = await owner.mutate<{ items: unknown[] }>(
    `mutation($input: ItemsPromoteInput!) { itemsPromote(input: $input) { items { id } ${ANSWER} } }`,
    { everything: true },
  )
  const { configurationItems } = await owner.query<{ configurationItems: { nodes: Target[] } }>(
    '{ configurationItems(filter: { classNames: ["ComputerSystem"], authorized: true }, first: 200) { nodes { id name site { name } } } }',
  )
  terminal.say(`${promoted.items.length} items promoted, ${configurationItems.nodes.length} of them can be targets`)
  return configurationItems.nodes
}

interface Source {
  id: string
  name: string
  number: string
}

/** Scans, and chooses what to carry: 1.1.0, or 1.0.0 where a demo before this one brought 1.1.0 everywhere. */
async function scan(owner: ApiClient, targets: Target[], terminal: Terminal): Promise<Source> {
  const { repositories } = await owner.query<{ repositories: { nodes: { id: string }[] } }>(
    '{ repositories(first: 10) { nodes { id } } }',
  )
  const repositoryId = repositories.nodes[0]!.id
  const started = await owner.mutate<{ scan: { id: string; number: string } }>(
    `mutation($input: IdInput!) { repositoryScan(input: $input) { scan { id number } ${ANSWER} } }`,
    { id: repositoryId },
  )
  const { repository } = await owner.follow<{
    repository: {
      lastScan: { id: string; state: string; percent: number; found: number; failure: string | null } | null
    } | null
  }>(
    `subscription($id: ID!, $after: Position) { repositoryChanged(id: $id, after: $after) { position repository { lastScan { id state percent found failure } } } }`,
    { id: repositoryId, after: started.position },
    ({ repository }) => {
      const scan = repository?.lastScan
      if (scan?.id !== started.scan.id) return false
      terminal.progress(started.scan.number, scan.percent / 100, `${scan.found} found`)
      return !['QUEUED', 'RUNNING'].includes(scan.state)
    },
  )
  const last = repository!.lastScan!
  if (last.state !== 'SUCCEEDED') throw new Error(`${started.scan.number} ended ${last.state}: ${last.failure}`)
  const { packages } = await owner.query<{
    packages: {
      nodes: {
        name: string
        versions: { nodes: { id: string; number: string; state: string; installedOn: { totalCount: number } }[] }
      }[]
    }
  }>(
    '{ packages(first: 10) { nodes { name versions(first: 20) { nodes { id number state installedOn(first: 1) { totalCount } } } } } }',
  )
  const [found] = packages.nodes
  const versions = found!.versions.nodes
  terminal.say(
    `${found!.name}: ${versions
      .map(({ number }) => number)
      .sort()
      .join(', ')}; the bytes are held by digest`,
  )
  const chosen = ['1.1.0', '1.0.0']
    .map((number) => versions.find((version) => version.number === number)!)
    .find((version) => version.installedOn.totalCount < targets.length)
  return { id: chosen!.id, name: found!.name, number: chosen!.number }
}
