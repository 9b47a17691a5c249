import { createInterface } from 'node:readline'
import type { Client } from 'ssh2'
import type { DiscoveryAdapter, Problem, ReadOrder, Sighting } from '../adapter.ts'
import { capturesIn, type Capture } from './capture.ts'
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
  let jump: Client | undefined
  if (config.jump) jump = await openJump({ order, config })
  try {
    const reach = { order, config, ...(jump ? { jump } : {}) }
    const one = (host: HostOrder) => readHost(host, reach).catch((error: Error) => problemOr(error))
    const captures = async function* () {
      for await (const [host, raw] of inTurns(config.hosts, config.concurrency, one)) {
        if (typeof raw === 'string') await order.keep?.(host.name, raw)
        yield { host: host.name, found: typeof raw === 'string' ? await captureIn(raw) : raw }
      }
    }
    yield* sightingsIn(captures(), config, config.hosts.length)
  } finally {
    jump?.end()
  }
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
  yield* sightingsIn(captures(), config)
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
      yield problem(host, found)
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

const problem = (host: string, { rule, message }: HostProblem): Problem => {
  return { kind: 'problem', severity: 'warning', rule, message, where: { source: host } }
}

const unanswered = ({ host, failed }: HostFacts) =>
  new HostProblem(
    'answer',
    `${host} did not answer about its ${failed.join(', ')}; what is missing there stays as it was.`,
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
