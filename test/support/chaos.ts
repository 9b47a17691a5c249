// The road to a running deployment of light hosts, through the public API, and what the hosts themselves saw of it.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from '../../server/demo/client.ts'
import type { People } from '../../server/demo/people.ts'
import type { LightEstate } from '../../server/sample/light-hosts.ts'
import { aTask } from './fixtures.ts'

const launch = join(import.meta.dirname, '../../server/launch.mjs')
const ANSWER = 'userErrors { code message } position'

export interface Server {
  child: ChildProcess
  url: string
  /** Everything it printed until it was ready. */
  lines: string[]
}

/** Starts the whole program on a data folder, with further settings; resolves when it says that it is ready. */
export async function startServer(folder: string, port = 0, settings: Record<string, string> = {}): Promise<Server> {
  const foreign = /^(WAYBILL_|PORT$|HOST$|DATABASE_URL$)/
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  const fixed = { WAYBILL_DATA: folder, PORT: String(port), WAYBILL_LOG_LEVEL: 'error' }
  const env = { ...Object.fromEntries(own), ...fixed, ...settings }
  const child = spawn(process.execPath, [launch, 'main'], { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const lines: string[] = []
  const said = createInterface(child.stdout!)
  const ready = new Promise<string>((done, failed) => {
    said.on('line', (line) => {
      lines.push(line)
      if (line.startsWith('Waybill is ready at ')) done(line.slice('Waybill is ready at '.length))
    })
    child.once('exit', (code) => failed(new Error(`The server ended with ${code}: ${lines.join(' ')}`)))
  })
  const url = await ready
  // The set-up link comes with the next line.
  await sleep(50)
  return { child, url, lines }
}

/** kill -9 of the launcher and of the program that it started. PostgreSQL has a group of its own and lives on. */
export async function killServer({ child }: Server): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid!, 'SIGKILL')
  await once(child, 'exit')
}

/** Discovers and promotes the hosts, scans the repository, and answers what can be carried to what. */
export async function prepare({ admin, owner }: People, estate: LightEstate) {
  const { product } = await admin.mutate<{ product: { id: string } }>(
    `mutation($input: ProductRegisterInput!) { productRegister(input: $input) { product { id } ${ANSWER} } }`,
    { name: 'Light hosts', kind: 'local', config: { folder: estate.hosts } },
  )
  const { run } = await owner.mutate<{ run: { id: string } }>(
    `mutation($input: DiscoveryStartInput!) { discoveryStart(input: $input) { run { id } ${ANSWER} } }`,
    { productId: product.id },
  )
  await untilEnded(owner, `query($id: ID!) { it: discoveryRun(id: $id) { state } }`, run.id)
  await owner.mutate(`mutation($input: ItemsPromoteInput!) { itemsPromote(input: $input) { ${ANSWER} } }`, {
    everything: true,
  })
  const { repository } = await owner.mutate<{ repository: { id: string } }>(
    `mutation($input: RepositoryDefineInput!) { repositoryDefine(input: $input) { repository { id } ${ANSWER} } }`,
    { name: 'Packages', kind: 'directory', config: { folder: estate.repository }, productId: product.id },
  )
  await owner.mutate(`mutation($input: IdInput!) { repositoryScan(input: $input) { ${ANSWER} } }`, {
    id: repository.id,
  })
  await untilEnded(owner, `query($id: ID!) { it: repository(id: $id) { lastScan { state } } }`, repository.id)
  const { configurationItems, packages } = await owner.query<{
    configurationItems: { nodes: { id: string }[] }
    packages: { nodes: { versions: { nodes: { id: string; number: string }[] } }[] }
  }>(`{ configurationItems(filter: { classNames: ["ComputerSystem"], authorized: true }, first: 200) { nodes { id } }
        packages(first: 1) { nodes { versions(first: 10) { nodes { id number } } } } }`)
  const versions = new Map(packages.nodes[0]!.versions.nodes.map(({ id, number }) => [number, id]))
  const targetIds = configurationItems.nodes.map(({ id }) => id)
  return { versions, targetIds }
}

/** Creates, validates, approves and starts a deployment of a task of its own, which is over when it was confirmed. Answers its id. */
export async function deploy(
  { owner, approver, deployer }: People,
  targetIds: string[],
  sourceId: string,
): Promise<string> {
  const taskId = await aTask(owner, 'Chaos', sourceId, targetIds)
  const { deployment } = await owner.mutate<{ deployment: { id: string } }>(
    `mutation($input: DeploymentCreateInput!) { deploymentCreate(input: $input) { deployment { id } ${ANSWER} } }`,
    { taskId, title: 'Under fire', sourceId },
  )
  const { id } = deployment
  await owner.mutate(`mutation($input: MoveInput!) { deploymentValidate(input: $input) { ${ANSWER} } }`, { id })
  const ask = `query($id: ID!) { it: deployment(id: $id) { state validation { digest } } }`
  const digest = await until(60_000, async () => {
    const { it } = await owner.query<{ it: { state: string; validation: { digest: string | null } | null } }>(ask, {
      id,
    })
    if (it.state === 'BLOCKED') throw new Error('The validation blocks the deployment.')
    return it.state === 'VALIDATING' || it.state === 'DRAFT' ? null : (it.validation?.digest ?? null)
  })
  await approver.mutate(
    `mutation($input: DeploymentApproveInput!) { deploymentApprove(input: $input) { ${ANSWER} } }`,
    { id, digest },
  )
  await deployer.mutate(`mutation($input: MoveInput!) { deploymentStart(input: $input) { ${ANSWER} } }`, { id })
  return id
}

export interface Standing {
  state: string
  confirmation: string
  counts: { reported: number; confirmed: number; pending: number; running: number; failed: number; inDoubt: number }
  causes: { message: string; count: number }[]
}

export async function standingOf(client: ApiClient, id: string): Promise<Standing> {
  const document = `query($id: ID!) { it: deployment(id: $id) { state confirmation
    counts { reported confirmed pending running failed inDoubt } causes { message count } } }`
  return (await client.query<{ it: Standing }>(document, { id })).it
}

/** Asks until there is an answer; a server that is down or starting is asked again. */
export async function until<T>(limit: number, ask: () => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + limit; ; await sleep(50)) {
    const answer = await ask().catch((error: Error) => {
      if (Date.now() > deadline || /blocks/.test(error.message)) throw error
      return null
    })
    if (answer !== null) return answer
    if (Date.now() > deadline) throw new Error(`It did not happen within ${limit} ms.`)
  }
}

async function untilEnded(client: ApiClient, document: string, id: string): Promise<void> {
  await until(60_000, async () => {
    const said = JSON.stringify(await client.query<object>(document, { id }))
    if (said.includes('FAILED')) throw new Error(`It failed: ${said}`)
    return said.includes('SUCCEEDED') ? true : null
  })
}

interface Effect {
  effect: string
  attemptId: string
  version: string
}

/** What the journal of a host says about changes of its release, in order. */
export async function switchesAt(hosts: string, name: string): Promise<Effect[]> {
  const text = await readFile(join(hosts, name, 'state', 'effects.log'), 'utf8').catch(() => '')
  const lines = text.split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as Effect).filter(({ effect }) => effect === 'switch')
}
