/** From the sections of a capture to what is true of the host. Pure: the same capture gives the same facts. */
import { createHash } from 'node:crypto'
import { interfacesIn, type Interface } from './addresses.ts'
import type { Capture } from './capture.ts'
import { ownersIn, packagesIn, type InstalledPackage } from './packages.ts'
import { FAILED } from './script.ts'
import { flowsIn, listenersIn, type Flow, type Listener } from './sockets.ts'

export interface HostFacts {
  /** Name in the settings. */
  host: string
  address: string
  at: string
  hostname: string
  fqdn: string
  kernel: { name: string; release: string; arch: string }
  /** The lines of /etc/os-release. */
  os: Record<string, string>
  machineId: string
  hardware: { vendor: string; model: string; serial: string; uuid: string; cpus: number | null; memory: number | null }
  hostKeys: { type: string; fingerprint: string }[]
  interfaces: Interface[]
  listeners: Listener[]
  flows: Flow[]
  packages: InstalledPackage[]
  /** Name of the package that a process came with. */
  packageOf(pid: number): string | undefined
  /** Names of the packages that have a process. */
  running: ReadonlySet<string>
  /** Sections that the host could not answer or not in time: what they lack is not gone. */
  failed: string[]
}

export function factsOf(capture: Capture): HostFacts {
  const section = (name: string) => capture.sections.get(name) ?? ''
  const [hostname = '', uname = ''] = section('host').split('\n')
  const [kernel = '', release = '', arch = ''] = uname.split(' ')
  const programs = new Map(table(section('processes')).map(([pid, program]) => [Number(pid), program ?? '']))
  const owners = ownersIn(section('owners'))
  const packageOf = (pid: number) => owners.get(programs.get(pid) ?? '')
  return {
    host: capture.host,
    address: capture.address,
    at: capture.at,
    hostname: hostname.trim(),
    fqdn: section('fqdn').split('\n')[0]!.trim(),
    kernel: { name: kernel, release, arch },
    os: osRelease(section('os-release')),
    machineId: section('machine-id').split('\n')[0]!.trim(),
    hardware: hardwareIn(section('hardware')),
    hostKeys: hostKeysOf(capture),
    interfaces: interfacesIn(section('addresses')),
    listeners: listenersIn(section('listeners')),
    flows: flowsIn(section('flows')),
    packages: packagesIn(section('dpkg'), section('rpm')),
    packageOf,
    running: new Set([...programs.keys()].map(packageOf).filter((name) => name !== undefined)),
    failed: [...capture.sections].flatMap(([name, text]) => (text.split('\n').includes(FAILED) ? [name] : [])),
  }
}

export const table = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))

/** `NAME="value"` lines; quotes and backslashes as the shell reads them. */
function osRelease(text: string): Record<string, string> {
  const lines = text.split('\n').map((line) => /^([A-Z_][A-Z0-9_]*)=(.*)$/.exec(line.trim()))
  const plain = (value: string) => value.replace(/^(['"])(.*)\1$/, '$2').replace(/\\(.)/g, '$1')
  return Object.fromEntries(lines.flatMap((found) => (found ? [[found[1]!, plain(found[2]!)]] : [])))
}

/** What boards and virtual machines say when they have nothing to say. */
const NOTHING =
  /^(na|n\/a|none|unknown|not (specified|available|applicable)|default string|system .*|to be filled by .*|o\.e\.m\.?|[0.x-]*|(?<same>.)\k<same>+)$/i

function hardwareIn(text: string): HostFacts['hardware'] {
  const told = new Map(table(text).map(([name, value]) => [name, value?.trim() ?? '']))
  const memory = /^MemTotal:\s+(\d+) kB$/m.exec(text)
  const said = (name: string) => {
    const value = told.get(name) ?? ''
    return NOTHING.test(value) ? '' : value
  }
  return {
    vendor: said('sys_vendor'),
    model: said('product_name'),
    serial: said('product_serial'),
    uuid: said('product_uuid').toLowerCase(),
    cpus: Number(told.get('cpus')) || null,
    memory: memory ? Number(memory[1]) * 1024 : null,
  }
}

/** The key that the host proved to hold, and the others that it says it has. */
function hostKeysOf(capture: Capture): HostFacts['hostKeys'] {
  const told = (capture.sections.get('host-keys') ?? '').split('\n').flatMap((line) => {
    const [type, blob] = line.trim().split(' ')
    return type && blob ? [{ type, fingerprint: fingerprintOf(Buffer.from(blob, 'base64')) }] : []
  })
  const all = [...(capture.key ? [capture.key] : []), ...told]
  return all.filter(({ fingerprint }, index) => all.findIndex((one) => one.fingerprint === fingerprint) === index)
}

export const fingerprintOf = (blob: Buffer) =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
