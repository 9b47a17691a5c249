import { createInterface } from 'node:readline'
import type { Client } from 'ssh2'
import type { DiscoveryAdapter, Problem, ReadOrder, Sighting } from '../adapter.ts'
import { CaptureFault, capturesIn, type Capture } from './capture.ts'
import { checkConfig, configFields, configOf, type HostOrder, type SshConfig } from './config.ts'
import { factsOf, type HostFacts } from './facts.ts'
import { dependenciesAmong } from './flows.ts'
import { inTurns } from './in-turns.ts'
import { HostProblem, MOST_BYTES, openJump, readHost } from './session.ts'
import { sightingsOf } from './sightings.ts'

export const sshAdapter = (): DiscoveryAdapter => ({
  id: 'ssh',
  title: 'Hosts over SSH',
  configFields,
  checkConfig,
  upload: { endings: ['.capture'], maxSize: 512 * 1024 * 1024 },
  read: (order) => obeying(order.signal, order.upload ? replay(order, order.upload) : readHosts(order)),
})

/** Ends at the first word after the signal. */
async function* obeying(signal: AbortSignal, all: AsyncIterable<Sighting>): AsyncGenerator<Sighting> {
  for await (const one of all) {
    signal.throwIfAborted()
    yield one
  }
}

/** What the connections between the hosts show; its own scope, because it needs all of them. */
const CONNECTIONS = 'connections'

async function* readHosts(order: ReadOrder): AsyncGenerator<Sighting> {
  const config = configOf(order.product.config)
  let jump: Promise<Client> | undefined
  const jumped = () => (jump ??= openJump({ order, config }).catch(failTheRun))
  const one = async (host: HostOrder): Promise<Capture | HostProblem> => {
    const before = await keptOf(order, host)
    if (before) return before
    const reach = { order, config, ...(config.jump ? { jump: await jumped() } : {}) }
    const raw = await readHost(host, reach).catch(problemOr)
    if (typeof raw !== 'string') return raw
    // At once, so that whoever goes on with the run does not visit the host again.
    await order.keep?.(host.name, raw)
    return captureIn(raw)
  }
  const captures = async function* () {
    for await (const [host, found] of inTurns(config.hosts, config.concurrency, one)) yield { host: host.name, found }
  }
  try {
    yield* sightingsIn(captures(), config, config.hosts.length)
  } finally {
    await jump?.then(
      (client) => client.end(),
      () => undefined,
    )
  }
}

/** What an interrupted try of the run heard of the host, if it was all of it. */
async function keptOf(order: ReadOrder, host: HostOrder): Promise<Capture | undefined> {
  const raw = await order.kept?.(host.name)
  const capture = raw === undefined ? undefined : await captureIn(raw)
  return capture instanceof HostProblem ? undefined : capture
}

/** Without the jump host none can be reached: that is no problem of a single host. */
function failTheRun(error: Error): never {
  throw new Error(error.message, { cause: error })
}

/** The same sightings from what was kept. */
async function* replay(order: ReadOrder, upload: NonNullable<ReadOrder['upload']>): AsyncGenerator<Sighting> {
  const config = configOf(order.product.config)
  const lines = createInterface({ input: upload.open(), crlfDelay: Infinity })
  const captures = async function* () {
    for await (const found of capturesIn(lines, MOST_BYTES)) {
      yield found instanceof Error
        ? { host: upload.name, found: new HostProblem('answer', found.message) }
        : { host: found.host, found }
    }
  }
  try {
    yield* sightingsIn(captures(), config)
  } catch (error) {
    if (!(error instanceof CaptureFault)) throw error
    const where = { source: upload.name, line: error.line, element: 'capture' }
    yield { kind: 'problem', severity: 'error', rule: 'capture', message: error.message, where }
  }
}

interface Arrived {
  host: string
  found: Capture | HostProblem
}

async function* sightingsIn(arrived: AsyncIterable<Arrived>, { packages }: SshConfig, hosts?: number) {
  const all: HostFacts[] = []
  let whole = true
  const of = hosts === undefined ? {} : { of: hosts + 1 }
  for await (const { host, found } of arrived) {
    yield { kind: 'scope' as const, name: host, ...of }
    if (found instanceof HostProblem) {
      whole = false
      yield { ...problem(host, found), unread: true }
      continue
    }
    const facts = factsOf(found)
    yield* sightingsOf(facts, packages)
    if (facts.failed.length > 0) {
      whole = false
      yield problem(host, unanswered(facts))
    } else yield { kind: 'complete' as const, scope: host }
    all.push({ ...facts, packages: facts.packages.filter(({ name }) => facts.running.has(name)) })
  }
  yield { kind: 'scope' as const, name: CONNECTIONS, ...of }
  yield* dependenciesAmong(
    all.sort((a, b) => (a.host < b.host ? -1 : 1)),
    packages,
  )
  if (whole) yield { kind: 'complete' as const }
}

const problem = (host: string, { rule, message, step }: HostProblem): Problem => {
  const where = { source: host, ...(step ? { element: step } : {}) }
  return { kind: 'problem', severity: 'warning', rule, message, where }
}

const unanswered = ({ host, failed }: HostFacts) =>
  new HostProblem(
    'answer',
    `${host} did not answer about its ${failed.join(', ')}; what is missing there stays as it was.`,
    failed.join(', '),
  )

/** What is wrong with one host is its problem; anything else is the run's. */
function problemOr(error: Error): HostProblem {
  if (error instanceof HostProblem) return error
  throw error
}

async function captureIn(raw: string): Promise<Capture | HostProblem> {
  const lines = (async function* () {
    yield* raw.split('\n')
  })()
  for await (const found of capturesIn(lines, Infinity)) {
    return found instanceof Error ? new HostProblem('answer', found.message) : found
  }
  return new HostProblem('answer', 'Nothing was told.')
}
