/**
 * Faults on purpose, for tests: `<host>/faults.json` names a step and what goes wrong there, as one object or a list.
 *
 *   { "step": "health", "fault": "fail" }            fails like the real thing; "times": 1 makes it fail once only
 *   { "step": "copy", "fault": "refuse" | "full" }   refuses, or runs out of disk space
 *   { "step": "restart", "fault": "hang" }           goes on only when the signal is aborted
 *   { "step": "switch", "fault": "die" }             kills this process with SIGKILL, if the module was made with `allowDie`
 *   { "step": "switch", "fault": "lie" }             up to `switch`: says it is done and does nothing from here on;
 *                                                    `restart`, `health`: the service says another version than it is
 */
import { join } from 'node:path'
import { Refused } from '../integration.ts'
import { readJson, writeJson } from './files.ts'
import type { Host } from './host.ts'
import type { StepName } from './steps.ts'

export interface Fault {
  step: StepName
  fault: 'fail' | 'refuse' | 'full' | 'hang' | 'die' | 'lie'
  /** How often it happens; without it, always. */
  times?: number
}

/** Lets the fault of this step happen, if there is one. True means: pretend from here on. */
export async function meetFault(host: Host, step: StepName, signal: AbortSignal, allowDie: boolean): Promise<boolean> {
  const fault = await takeFault(host, step)
  switch (fault?.fault) {
    case undefined:
      return false
    case 'fail':
      throw new Error(`The step ${step} failed on purpose (faults.json of ${host.key}).`)
    case 'refuse':
      throw new Refused(`${host.key} refused the step ${step} on purpose (faults.json).`)
    case 'full':
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    case 'hang':
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      return false
    case 'die':
      if (!allowDie) throw new Error(`faults.json of ${host.key} asks to die at ${step}, which is not enabled.`)
      process.kill(process.pid, 'SIGKILL')
      return new Promise(() => {}) // the signal is on its way; nothing may happen in between
    case 'lie':
      // The host itself reads this file when it starts, and lies about its version.
      return step !== 'restart'
    default:
      throw new Error(`faults.json of ${host.key} names the unknown fault "${String(fault?.fault)}".`)
  }
}

async function takeFault(host: Host, step: StepName): Promise<Fault | undefined> {
  const file = join(host.folder, 'faults.json')
  const read = await readJson<Fault | Fault[]>(file)
  if (!read) return undefined
  const faults = Array.isArray(read) ? read : [read]
  const fault = faults.find((candidate) => candidate.step === step && candidate.times !== 0)
  if (fault?.times !== undefined) {
    fault.times -= 1
    await writeJson(file, faults)
  }
  return fault
}
