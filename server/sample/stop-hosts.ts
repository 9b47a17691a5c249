import { join } from 'node:path'
import { findHosts, readFacts } from '../integrations/local/host.ts'
import { endProcess } from '../integrations/local/process.ts'
import { readSupervisor } from './light-hosts.ts'

/**
 * Ends the processes of the hosts below this folder, light ones too, and no other: each is checked by its start time and
 * by the folder in its command line. Gives the pids that were asked to end.
 */
export async function stopHosts(hosts: string): Promise<number[]> {
  const supervisor = await readSupervisor(hosts)
  if (supervisor) await endProcess({ pid: supervisor.pid, mark: join(hosts, '.light') })
  const ended: number[] = supervisor ? [supervisor.pid] : []
  for (const host of await findHosts(hosts)) {
    const facts = await readFacts(host)
    if (facts?.control.kind !== 'process') continue
    await endProcess({ pid: facts.pid, processStart: facts.processStart, mark: host.folder })
    ended.push(facts.pid)
  }
  return ended
}
