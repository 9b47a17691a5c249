/** Starting and stopping a host's service, and waiting until it is well. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import { request } from 'node:http'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from './ask.ts'
import { readConfig, readFacts } from './host.ts'
import type { Host } from './host.ts'
import { endProcess, isAlive } from './process.ts'
import { causeInLog } from './service-log.ts'

/** Milliseconds. */
export interface HealthPatience {
  /** How long the service may take until it answers that it is well. */
  deadline: number
  /** How long it may answer that it is not. */
  unwell: number
}

/**
 * Stops the service if it runs and starts the release that `current` points at, which has this folder name. Resolves when the
 * host says it is up. A start of the same release that a killed worker had begun counts: there is no second one.
 */
export async function restartService(host: Host, release: string, logFrom: number): Promise<void> {
  const config = await readConfig(host)
  if (!config) throw new Error(`${host.key} has no config.json.`)
  if (config.control.kind === 'supervisor') return askSupervisor(config.control.port, host.key, release)
  const facts = await readFacts(host)
  if (facts) await endProcess({ pid: facts.pid, processStart: facts.processStart, mark: host.folder })
  await startProcess(host, logFrom)
}

/**
 * Starts the host's own program, detached and with nothing of ours: no sockets, no standard streams, no environment.
 * Resolves when it has written its facts; throws the cause from its log if it ends before.
 */
export async function startProcess(host: Host, logFrom: number, patience = 10_000 /* ms */): Promise<void> {
  await mkdir(dirname(host.log), { recursive: true })
  const log = await open(host.log, 'a')
  let child: ChildProcess
  try {
    child = spawn(process.execPath, [join(host.folder, 'bin', 'host.mjs'), host.folder], {
      cwd: host.folder,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { PATH: process.env.PATH },
      windowsHide: true,
    })
  } finally {
    await log.close()
  }
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(`it ended at once (${signal ?? code})`))
  })
  child.unref()
  const deadline = Date.now() + patience
  for (;;) {
    const end = await Promise.race([ended, sleep(15)])
    // A start that a killed worker had begun may have won: two cannot listen on one port.
    if (end && (await isUp(host))) return
    if (end) throw new Error((await causeInLog(host, logFrom)) ?? `The service of ${host.key} does not start: ${end}.`)
    if ((await readFacts(host))?.pid === child.pid) return
    if (Date.now() > deadline) throw new Error(`The service of ${host.key} is not up after ${patience / 1_000} s.`)
  }
}

async function isUp(host: Host): Promise<boolean> {
  const facts = await readFacts(host)
  return facts !== undefined && isAlive({ pid: facts.pid, processStart: facts.processStart, mark: host.folder })
}

/** A light host lives in a supervisor: one request instead of a new process. */
function askSupervisor(port: number, name: string, release: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const path = `/restart?${new URLSearchParams({ host: name, release })}`
    const asking = request(
      { host: '127.0.0.1', port, path, method: 'POST', agent: false, timeout: 10_000 },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => (text += part))
        answer.on('error', reject)
        answer.on('end', () => (answer.statusCode === 204 ? resolve() : reject(new Error(text))))
      },
    )
    asking.on('timeout', () => asking.destroy(new Error('The supervisor of the light hosts does not answer.')))
    asking.on('error', reject)
    asking.end()
  })
}

/**
 * Polls until the service says it is well. Throws with the cause from the service's own log if it says that it is not for
 * too long, or does not answer before the deadline. Ends early, without a verdict, when the signal is aborted.
 */
export async function awaitHealth(
  host: Host,
  path: string,
  logFrom: number,
  patience: HealthPatience,
  signal: AbortSignal,
): Promise<void> {
  const started = Date.now()
  let unwellSince: number | undefined
  let last = 'no answer'
  for (let pause = 20; !signal.aborted; pause = Math.min(pause * 1.5, 250)) {
    const port = (await readFacts(host))?.port
    if (port === undefined) throw new Error(`${host.key} has lost its host.json.`)
    try {
      const { status, body } = await ask(port, path, 1_000)
      if (status === 200) return
      unwellSince ??= Date.now()
      last = `${status} ${typeof body.reason === 'string' ? body.reason : ''}`.trim()
    } catch (error) {
      unwellSince = undefined
      last = (error as Error).message
    }
    const now = Date.now()
    const unwell = unwellSince !== undefined && now - unwellSince >= patience.unwell
    if (unwell || now - started >= patience.deadline) {
      const seconds = ((now - started) / 1_000).toFixed(1)
      throw new Error((await causeInLog(host, logFrom)) ?? `${host.key} is not well after ${seconds} s: ${last}.`)
    }
    await sleep(pause, undefined, { signal }).catch(() => {})
  }
}
