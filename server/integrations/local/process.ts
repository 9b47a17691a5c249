/** Processes of hosts: known by pid and start time, so that a pid used again by another program is never taken for it. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

export interface ProcessRef {
  pid: number
  processStart?: string
  /** A part of its command line: the folder it was started for. */
  mark: string
}

/** Whether exactly this process still runs. A zombie (ended, not yet collected) does not. */
export async function isAlive(process_: ProcessRef): Promise<boolean> {
  if (!Number.isInteger(process_.pid) || process_.pid <= 1) return false
  try {
    process.kill(process_.pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return (await commandLine(process_.pid)).includes(process_.mark)
  const stat = await readStat(process_.pid)
  if (!stat || stat.state === 'Z' || stat.state === 'X') return false
  if (process_.processStart !== undefined && stat.start !== process_.processStart) return false
  return (await commandLine(process_.pid)).includes(process_.mark)
}

/** Start time of a process in ticks since boot; nothing where /proc does not exist. */
export async function processStart(pid: number): Promise<string | undefined> {
  return (await readStat(pid))?.start
}

/** Asks it to end, then ends it. Resolves when it is gone; never touches a process that is not exactly this one. */
export async function endProcess(process_: ProcessRef, patience = 2_000 /* ms */): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isAlive(process_))) return
    try {
      process.kill(process_.pid, signal)
    } catch {
      return
    }
    const deadline = Date.now() + patience
    while (Date.now() < deadline) {
      if (!(await isAlive(process_))) return
      await sleep(10)
    }
  }
  throw new Error(`Process ${process_.pid} does not end.`)
}

async function readStat(pid: number): Promise<{ state: string; start: string } | undefined> {
  if (process.platform !== 'linux') return undefined
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is the program's name in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields.length > 19 ? { state: fields[0]!, start: fields[19]! } : undefined
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'command=']).catch(() => ({
    stdout: '',
  }))
  return stdout
}
