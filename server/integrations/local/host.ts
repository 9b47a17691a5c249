/**
 * A host of the module `local` is a folder. README.md has its layout.
 * `config.json` is what a person wrote; `host.json` is what the host wrote about itself when its service last started.
 */
import { readdir, readlink, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Refused } from '../integration.ts'
import { codeOf, readJson } from './files.ts'

/** How a host's service is started and stopped: as a process of its own, or inside a supervisor (light hosts). */
export type HostControl = { kind: 'process' } | { kind: 'supervisor'; port: number }

export interface HostConfig {
  port: number
  /** Names of the hosts it calls. */
  upstreams: string[]
  control: HostControl
}

export interface HostFacts {
  name: string
  site: string
  role: string
  class: string
  platform: string
  arch: string
  machineId: string
  address: string
  port: number
  pid: number
  /** Start time of the process in ticks since boot (Linux); a process with the same pid and another one is another process. */
  processStart?: string
  startedAt: string
  control: HostControl
  /** The release its service was started from, and the name of its folder. */
  release: ReleaseRecord & { folder: string }
}

/** Written by the agent beside an unpacked release: what it is, and what it was made of. */
export interface ReleaseRecord {
  name: string
  version: string
  digest: string
  /** Path in the release → sha256 of the file. Left out of `host.json`. */
  files?: Record<string, string>
}

export interface Manifest {
  name: string
  version: string
  platform: string
  arch: string
  entry: string
  health: string
  requires: Record<string, string>
}

export const releaseRecordName = 'waybill-release.json'
export const manifestName = 'waybill.json'

/** The paths of one host. */
export interface Host {
  key: string
  folder: string
  releases: string
  current: string
  state: string
  attempts: string
  effects: string
  log: string
}

/** The host of that key. The key is a folder's name and never a path. */
export function hostOf(folder: string, key: string): Host {
  if (key === '' || key.startsWith('.') || key !== basename(key) || /[\\/\0]/.test(key)) {
    throw new Refused(`"${key}" is not the name of a host folder.`)
  }
  const host = join(folder, key)
  const state = join(host, 'state')
  return {
    key,
    folder: host,
    releases: join(host, 'releases'),
    current: join(host, 'current'),
    state,
    attempts: join(state, 'attempts'),
    effects: join(state, 'effects.log'),
    log: join(host, 'logs', 'service.log'),
  }
}

/** Every folder that a host has written its facts into, by name. Found by looking; there is no list. */
export async function findHosts(folder: string): Promise<Host[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => hostOf(folder, entry.name))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

export const readFacts = (host: Host) => readJson<HostFacts>(join(host.folder, 'host.json'))
export const readConfig = (host: Host) => readJson<HostConfig>(join(host.folder, 'config.json'))

/** Throws a sentence if the folder has gone. */
export async function mustExist(host: Host): Promise<void> {
  const found = await stat(host.folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (!found?.isDirectory()) throw new Error(`The host ${host.key} is gone: there is no folder ${host.folder}.`)
}

/** The release that `current` points at, or nothing before the first installation. */
export async function currentRelease(host: Host): Promise<{ folder: string; record: ReleaseRecord } | undefined> {
  const link = await readlink(host.current).catch(() => undefined)
  if (link === undefined) return undefined
  const folder = await realpath(host.current).catch(() => undefined)
  const record = folder && (await readJson<ReleaseRecord>(join(folder, releaseRecordName)))
  return folder && record ? { folder, record } : undefined
}
