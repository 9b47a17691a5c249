/** One read-only session on one host: the key is judged before anything is told, then one script runs, within limits. */
import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'
import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2'
import type { HostKeyVerdict, ReadOrder, ShownHostKey } from '../adapter.ts'
import { captureText } from './capture.ts'
import type { HostOrder, SshConfig } from './config.ts'
import { fingerprintOf } from './facts.ts'
import { scriptWith } from './script.ts'

/** What one host may tell, in bytes: enough for 100,000 packages. */
export const MOST_BYTES = 16 * 1024 * 1024

/** Why a host could not be read, by the rule that a report names. */
export class HostProblem extends Error {
  constructor(
    readonly rule: 'host-key' | 'unreachable' | 'login' | 'time-limit' | 'size-limit' | 'answer',
    message: string,
    /** What it was about, e.g. 'connecting' or 'dpkg'. */
    readonly step?: string,
  ) {
    super(message)
  }
}

export interface Reach {
  order: Pick<ReadOrder, 'judgeHostKey' | 'signal'>
  config: SshConfig
  /** The connection through which the hosts are reached, if there is one. */
  jump?: Client
}

/** What the host told, as text to keep; rejects with a HostProblem. */
export async function readHost(host: HostOrder, { order, config, jump }: Reach): Promise<string> {
  const limit = AbortSignal.any([order.signal, AbortSignal.timeout(config.seconds * 1_000)])
  const shown: { key?: ShownHostKey } = {}
  let step = 'connecting'
  const work = async (client: Client) => {
    const sock = jump && (await forward(jump, host))
    await connect(client, host, { order, config }, shown, sock)
    step = 'answering'
    const word = randomBytes(12).toString('hex')
    const script = scriptWith(word, Math.max(1, Math.round(config.seconds / 3)))
    const output = await run(client, script, host.name)
    const { name, address, port } = host
    const at = new Date().toISOString()
    const { type, fingerprint } = shown.key!
    return captureText({ host: name, address, port, at, word, key: { type, fingerprint } }, output)
  }
  return within(limit, work, () =>
    order.signal.aborted
      ? (order.signal.reason as Error)
      : new HostProblem(
          'time-limit',
          `${host.name} was still ${step} after ${config.seconds} s and was left alone.`,
          step,
        ),
  )
}

/** A connection that forwards to the hosts; the caller ends it. */
export async function openJump({ order, config }: Reach): Promise<Client> {
  const limit = AbortSignal.any([order.signal, AbortSignal.timeout(config.seconds * 1_000)])
  const client = new ssh2.Client()
  const late = () =>
    new HostProblem('time-limit', `The jump host ${config.jump!.address} did not answer within ${config.seconds} s.`)
  await raced(client, limit, connect(client, config.jump!, { order, config }, {}), late)
  return client
}

async function within<T>(limit: AbortSignal, work: (client: Client) => Promise<T>, late: () => Error): Promise<T> {
  const client = new ssh2.Client()
  try {
    return await raced(client, limit, work(client), late)
  } finally {
    client.destroy()
  }
}

/** Ends the connection at the limit, whatever hangs. */
function raced<T>(client: Client, limit: AbortSignal, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => {
      client.destroy()
      reject(late())
    }
    if (limit.aborted) stop()
    limit.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => limit.removeEventListener('abort', stop))
  })
}

function connect(
  client: Client,
  host: HostOrder,
  { order, config }: Reach,
  shown: { key?: ShownHostKey },
  sock?: Duplex,
): Promise<void> {
  let refusal: HostProblem | null = null
  const verifier = (blob: Buffer, answer: (trusted: boolean) => void) => {
    shown.key = shownKey(host, blob)
    judge(order, shown.key).then(
      (problem) => {
        refusal = problem
        answer(problem === null)
      },
      (error: Error) => {
        refusal = new HostProblem('host-key', `The key of ${host.name} could not be judged: ${error.message}`)
        answer(false)
      },
    )
  }
  const options: ConnectConfig = {
    host: host.address,
    port: host.port,
    username: host.user,
    hostVerifier: verifier,
    readyTimeout: 0,
    ...config.credentials,
    ...(sock ? { sock } : {}),
  }
  return new Promise((resolve, reject) => {
    client.on('ready', resolve)
    client.on('error', (error) => reject(refusal ?? inWords(host, error)))
    client.on('close', () => reject(refusal ?? new HostProblem('unreachable', `${host.name} closed the connection.`)))
    client.connect(options)
  })
}

function shownKey(host: HostOrder, blob: Buffer): ShownHostKey {
  const type = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1')
  const at = host.address.includes(':') ? `[${host.address}]` : host.address
  return { host: host.name, address: `${at}:${host.port}`, type, fingerprint: fingerprintOf(blob) }
}

/** Null if the key is trusted, else why not, in words that let a person compare. */
async function judge(order: Reach['order'], key: ShownHostKey): Promise<HostProblem | null> {
  const { state, approved }: HostKeyVerdict = order.judgeHostKey ? await order.judgeHostKey(key) : { state: 'PENDING' }
  const shows = `${key.host} (${key.address}) shows the ${key.type} key ${key.fingerprint}`
  const words = {
    APPROVED: null,
    PENDING: `${shows}, which nobody has approved yet. Compare it with the host’s own and approve or reject it.`,
    REJECTED: `${shows}, which was rejected.`,
    CHANGED: `${shows}, but ${approved} was approved. Either the host was set up anew or something else answers in its place.`,
  }[state]
  return words === null ? null : new HostProblem('host-key', words)
}

function inWords(host: HostOrder, error: Error & { level?: string; code?: string }): HostProblem {
  const where = `${host.name} (${host.address}:${host.port})`
  if (error.level === 'client-authentication') {
    return new HostProblem('login', `${where} does not let ${host.user} in: neither key nor password was accepted.`)
  }
  const causes: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    EHOSTUNREACH: 'there is no way to it',
    ENETUNREACH: 'there is no way to it',
    ETIMEDOUT: 'it does not answer',
    ENOTFOUND: 'its name is not known',
    ECONNRESET: 'it broke off the connection',
  }
  return new HostProblem('unreachable', `${where} could not be reached: ${causes[error.code ?? ''] ?? error.message}.`)
}

function forward(jump: Client, host: HostOrder): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    jump.forwardOut('127.0.0.1', 0, host.address, host.port, (error, channel) => {
      if (error) reject(new HostProblem('unreachable', `The jump host has no way to ${host.name}: ${error.message}.`))
      else resolve(channel)
    })
  })
}

/** The shell reads the script from its input, so no quoting can go wrong, whatever shell the account has. */
function run(client: Client, script: string, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec('exec /bin/sh -s', (error, channel) => {
      if (error) return reject(new HostProblem('answer', `${name} runs no command: ${error.message}.`))
      const chunks: Buffer[] = []
      let size = 0
      channel.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= MOST_BYTES) return void chunks.push(chunk)
        client.destroy()
        reject(new HostProblem('size-limit', `${name} told more than ${MOST_BYTES} bytes.`))
      })
      channel.stderr.resume()
      channel.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')))
      channel.end(script)
    })
  })
}
