import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** What PostgreSQL's main process writes about itself into its data folder (postmaster.pid). */
export interface PidFile {
  pid: number
  port: number
  ready: boolean
  stopping: boolean
}

export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  if (!pid) return undefined
  const status = lines[7]?.trim()
  return { pid, port: Number(lines[3]), ready: status === 'ready', stopping: status === 'stopping' }
}

/** True if the process with this pid is the PostgreSQL of this folder, and not one that got its number later. */
export async function isPostmasterOf(cluster: string, pid: number): Promise<boolean> {
  return (await commandLine(pid))?.includes(cluster) ?? false
}

/**
 * True only if the number is taken by something that is no PostgreSQL, such as a dead process that nobody has buried
 * (in containers whose first process does not collect orphans): PostgreSQL would take that for a rival.
 */
export async function isSomethingElse(pid: number): Promise<boolean> {
  const line = await commandLine(pid)
  return line !== undefined && !line.includes('postgres')
}

/** Undefined if there is no such process; empty if it is dead. */
async function commandLine(pid: number): Promise<string | undefined> {
  const seen =
    process.platform === 'linux'
      ? readFile(`/proc/${pid}/cmdline`, 'utf8')
      : promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)]).then(({ stdout }) => stdout)
  return seen.catch(() => undefined)
}

/** True if it was started from this binary with these flags; the port is left out of the comparison. */
export async function startedWith(cluster: string, binary: string, flags: string[]): Promise<boolean> {
  const opts = await readFile(join(cluster, 'postmaster.opts'), 'utf8').catch(() => '')
  const expected = [binary, ...['-D', cluster, ...flags].map((flag) => `"${flag}"`)].join(' ')
  return opts.replace(/ "--port=\d+"\s*$/, '') === expected
}

const FAST = 3_000 // 3 s
const IMMEDIATE = 5_000 // 5 s

/** Fast shutdown; if that hangs, an immediate one, from which PostgreSQL recovers at its next start. */
export async function stopPostmaster(cluster: string, pid: number): Promise<void> {
  const ended = await signal(cluster, pid, 'SIGINT', FAST)
  if (!ended) await signal(cluster, pid, 'SIGQUIT', IMMEDIATE)
}

async function signal(cluster: string, pid: number, name: NodeJS.Signals, within: number): Promise<boolean> {
  if (!(await isPostmasterOf(cluster, pid))) return true
  process.kill(pid, name)
  for (const deadline = Date.now() + within; Date.now() < deadline; await sleep(10)) {
    if (!(await isPostmasterOf(cluster, pid))) return true
  }
  return false
}
