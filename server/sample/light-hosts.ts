/**
 * Hundreds of hosts for tests: one supervisor process runs the services of all of them, so that a restart costs a request
 * and no process. Each is a folder with its own port, release, markers and journal, and to the module `local` a host like
 * any other. What they cannot show: sockets of their own, and one of them dying alone.
 */
import { spawn } from 'node:child_process'
import { copyFile, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJson } from '../integrations/local/files.ts'
import { isAlive } from '../integrations/local/process.ts'
import { prepareHost } from './host.ts'
import { keepablePort } from './ports.ts'
import { buildSampleRepository } from './repository.ts'
import type { SamplePackage } from './repository.ts'
import { sampleFile } from './sample-file.ts'

export interface LightEstate {
  hosts: string
  repository: string
  packages: SamplePackage[]
  names: string[]
}

/** `count` light hosts below `<folder>/hosts`, all running 1.0.0. A supervisor that still runs there is adopted. */
export async function startLightHosts(folder: string, count: number): Promise<LightEstate> {
  const hosts = join(folder, 'hosts')
  const repository = join(folder, 'repository')
  const packages = await buildSampleRepository(repository)
  const names = Array.from({ length: count }, (_, index) => `light-${String(index + 1).padStart(4, '0')}`)
  await mkdir(join(hosts, '.light'), { recursive: true })
  if (!(await supervisorRuns(hosts))) {
    const ports = new Set<number>()
    for (const [index, name] of names.entries()) {
      const port = await keepablePort(ports)
      ports.add(port)
      const site = index % 2 ? 'Tokyo' : 'Austin'
      const initial = { repository, package: packages[0]! }
      const spec = { name, site, role: 'web' as const, upstreams: [], initial, port }
      await prepareHost(hosts, spec, { kind: 'supervisor', port: 0 })
    }
    await startSupervisor(hosts)
  }
  return { hosts, repository, packages, names }
}

export interface Supervisor {
  pid: number
  /** Where restarts are asked for. */
  port: number
  hosts: number
}

export const readSupervisor = (hosts: string) => readJson<Supervisor>(join(hosts, '.light', 'supervisor.json'))

async function supervisorRuns(hosts: string): Promise<boolean> {
  const supervisor = await readSupervisor(hosts)
  return supervisor !== undefined && isAlive({ pid: supervisor.pid, mark: hosts })
}

async function startSupervisor(hosts: string): Promise<void> {
  const folder = join(hosts, '.light')
  for (const name of ['host.mjs', 'light.mjs']) await copyFile(sampleFile(`machine/${name}`), join(folder, name))
  await rm(join(folder, 'supervisor.json'), { force: true })
  const log = await open(join(folder, 'supervisor.log'), 'a')
  const child = spawn(process.execPath, [join(folder, 'light.mjs'), hosts], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: process.env.PATH },
    cwd: hosts,
  })
  child.unref()
  await log.close()
  const deadline = Date.now() + 60_000
  while ((await readSupervisor(hosts))?.pid !== child.pid) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error('The supervisor of the light hosts does not start.')
    await sleep(20)
  }
}
