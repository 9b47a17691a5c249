import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const launch = join(import.meta.dirname, '../../server/launch.mjs')
const READY = /^Waybill is ready at (\S+)/
const SET_UP = /^Set it up, once: (\S+)/

/** The built program as a child, with a data folder of its own. */
export interface Waybill {
  url: string
  /** The one-time link of an installation without an account; null on one that is set up. */
  setUpUrl: string | null
  folder: string
  /** SIGTERM, the orderly end with the sample hosts, then the folder is removed. Fails when the program did not end with 0. */
  stop(): Promise<void>
  /** SIGKILL; the folder stays. */
  kill(): Promise<void>
}

/**
 * Starts `node server/launch.mjs main` on a free port. `folder` goes on with an earlier one; a variable of `env` that is
 * undefined is not set.
 */
export async function startWaybill({
  env = {},
  folder,
}: { env?: Record<string, string | undefined>; folder?: string } = {}): Promise<Waybill> {
  const data = folder ?? (await realpath(await mkdtemp(join(tmpdir(), 'waybill-e2e-'))))
  const child = spawn(process.execPath, [launch, 'main'], {
    env: { ...ownEnvironment(), WAYBILL_DATA: data, WAYBILL_LOG_LEVEL: 'warn', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const orphan = () => void child.kill('SIGKILL')
  process.once('exit', orphan)
  const said: string[] = []
  createInterface(child.stderr).on('line', (line) => said.push(line))
  const lines = createInterface(child.stdout)
  const ended = once(child, 'exit')
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      lines.on('line', (text) => pattern.test(text) && resolve(pattern.exec(text)![1]!))
      void ended.then(() => reject(new Error(`Waybill ended before it said ${pattern}:\n${said.join('\n')}`)))
    })
  const setUpLine = line(SET_UP)
  setUpLine.catch(() => {})
  const url = await line(READY)
  return {
    url,
    setUpUrl: (await isSetUp(url)) ? null : await setUpLine,
    folder: data,
    stop: async () => {
      const code = await end(child, 'SIGTERM', ended)
      process.off('exit', orphan)
      await rm(data, { recursive: true, force: true })
      const left = await stillRunning(data)
      if (left.length) throw new Error(`Waybill ended and left processes behind:\n${left.join('\n')}`)
      if (code !== 0) throw new Error(`Waybill ended with ${code}:\n${said.join('\n')}`)
    },
    kill: async () => void (await end(child, 'SIGKILL', ended)),
  }
}

/** Without the settings of whoever runs the tests. */
function ownEnvironment() {
  const foreign = /^(WAYBILL_|PORT$|HOST$|DATABASE_URL$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}

async function end(child: ChildProcess, signal: NodeJS.Signals, ended: Promise<unknown[]>) {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal)
  return (await ended)[0]
}

async function isSetUp(url: string): Promise<boolean> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-waybill-csrf': '1' },
    body: JSON.stringify({ query: '{ installation { setUp } }' }),
  })
  // A program without the role of an API has no first page either.
  if (response.status === 404) return true
  const { data } = (await response.json()) as { data: { installation: { setUp: boolean } } }
  return data.installation.setUp
}

/** Processes that work in the folder, given a moment to end. */
async function stillRunning(folder: string): Promise<string[]> {
  for (let tries = 20; ; tries--) {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,args'])
    const left = stdout.split('\n').filter((line) => line.includes(folder))
    if (left.length === 0 || tries === 0) return left
    await new Promise((done) => setTimeout(done, 100))
  }
}
