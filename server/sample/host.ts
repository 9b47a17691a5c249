/** Making and starting one sample host; by hand too, for a ninth one. server/integrations/local/README.md has the layout. */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readFile, rename, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { readJson, writeJson } from '../integrations/local/files.ts'
import { currentRelease, findHosts, hostOf, readConfig, readFacts } from '../integrations/local/host.ts'
import type { Host, HostConfig, HostControl, HostFacts } from '../integrations/local/host.ts'
import { isRunning } from '../integrations/local/marker.ts'
import { startProcess } from '../integrations/local/service.ts'
import { logEnd } from '../integrations/local/service-log.ts'
import { unpackPackage } from '../integrations/local/unpack.ts'
import { isFree, keepablePort } from './ports.ts'
import type { SamplePackage } from './repository.ts'
import { sampleFile } from './sample-file.ts'

export interface HostSpec {
  /** The folder's name too. */
  name: string
  site: string
  role: 'web' | 'api' | 'cache'
  /** Names of the hosts it calls; they lie in the same folder. */
  upstreams: string[]
  /** What is installed on it at first. */
  initial: { repository: string; package: SamplePackage }
  /** Absent: any free port, which it keeps. */
  port?: number
}

/**
 * Sees to it that this host exists and runs: makes it if it is new, adopts it if its process still runs, else starts it on
 * its own port, or on a new one if another program has taken that. What is installed on it stays.
 */
export async function startHost(folder: string, spec: HostSpec): Promise<HostFacts> {
  const host = await prepareHost(folder, spec, { kind: 'process' })
  const facts = await readFacts(host)
  if (facts && (await isRunning(host, facts))) return facts
  for (let tries = 1; ; tries++) {
    const port = await keepOrChoosePort(folder, host)
    try {
      await startProcess(host, await logEnd(host))
      return (await readFacts(host))!
    } catch (error) {
      // Another program may have been quicker to take the port.
      if (tries === 3 || (await isFree(port))) throw error
    }
  }
}

/** The host's folder with its program, its configuration and its first release; nothing is started. */
export async function prepareHost(folder: string, spec: HostSpec, control: HostControl): Promise<Host> {
  const host = hostOf(folder, spec.name)
  await mkdir(join(host.folder, 'bin'), { recursive: true })
  await mkdir(host.attempts, { recursive: true })
  await mkdir(host.releases, { recursive: true })
  await copyFile(sampleFile('machine/host.mjs'), join(host.folder, 'bin', 'host.mjs'))
  const before = await readConfig(host)
  await writeJson(join(host.folder, 'config.json'), {
    name: spec.name,
    site: spec.site,
    role: spec.role,
    class: 'ComputerSystem',
    machineId: createHash('sha256').update(`waybill sample host ${host.folder}`).digest('hex').slice(0, 32),
    port: before?.port ?? spec.port ?? (await keepablePort(await portsBelow(folder))),
    upstreams: spec.upstreams,
    control,
  })
  if (!(await currentRelease(host))) await installFirst(host, spec)
  return host
}

async function installFirst(host: Host, { initial }: HostSpec): Promise<void> {
  const file = join(initial.repository, initial.package.file)
  const digest = `sha256:${createHash('sha256')
    .update(await readFile(file))
    .digest('hex')}`
  if (digest !== initial.package.digest) throw new Error(`${file} is not the package it should be.`)
  const release = await unpackPackage(host, file, initial.package)
  const link = join(host.folder, '.current-new')
  await symlink(join('releases', basename(release)), link, 'dir')
  await rename(link, host.current)
}

/** Its own port if that is free; the ports of the hosts beside it are theirs even while they are down. */
async function keepOrChoosePort(folder: string, host: Host): Promise<number> {
  const file = join(host.folder, 'config.json')
  const config = (await readJson<HostConfig>(file))!
  if (await isFree(config.port)) return config.port
  const port = await keepablePort(await portsBelow(folder))
  await writeJson(file, { ...config, port })
  return port
}

async function portsBelow(folder: string): Promise<Set<number>> {
  const configs = await Promise.all((await findHosts(folder)).map((host) => readConfig(host)))
  return new Set(configs.flatMap((config) => config?.port ?? []))
}
