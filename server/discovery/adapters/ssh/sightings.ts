/** From the facts of one host to items and relationships of our classes. */
import type { SeenItem, SeenRelationship } from '../adapter.ts'
import type { PackageChoice } from './config.ts'
import type { HostFacts } from './facts.ts'
import { chosen, type InstalledPackage } from './packages.ts'

type Attributes = SeenItem['attributes']

export function* sightingsOf(facts: HostFacts, choice: PackageChoice): Generator<SeenItem | SeenRelationship> {
  const { host, at } = facts
  const where = { source: host }
  const item = (className: string, key: string, name: string, attributes: Record<string, unknown>): SeenItem => {
    return { kind: 'item', ref: key, className, name, key, attributes: told(attributes), at, where }
  }
  const relate = (type: string, from: string, to: string, evidence: string): SeenRelationship => {
    return { kind: 'relationship', type, from, to, evidence, where }
  }
  const name = facts.hostname || host
  yield { ...item('ComputerSystem', host, name, machineAttributes(facts)), identifiers: identifiersOf(facts) }

  const os = osRef(host)
  yield item('Linux', os, `${facts.os.PRETTY_NAME ?? facts.kernel.name} on ${name}`, osAttributes(facts))
  yield relate('runsOn', os, host, '/etc/os-release')

  for (const one of facts.interfaces) {
    const port = `${host}/${one.name}`
    yield {
      ...item('NetworkInterface', port, one.name, { macAddress: one.mac, mtu: one.mtu, enabled: one.up }),
      identifiers: one.mac ? [{ kind: 'mac', value: one.mac }] : [],
    }
    yield relate('partOf', port, host, 'ip addr')
    for (const { address, prefix, version } of one.addresses) {
      const ip = `${host}/${address}`
      yield item(version === 4 ? 'IpV4Address' : 'IpV6Address', ip, address, { address, prefixLength: prefix })
      yield relate('bindsTo', port, ip, 'ip addr')
    }
  }

  const packages = chosen(facts.packages, facts.running, choice)
  const refs = packageRefs(host, packages)
  for (const [key, one] of refs) {
    yield {
      ...item('SoftwareInstallation', key, `${one.name} on ${name}`, softwareAttributes(facts, one)),
      identifiers: one.arch ? [{ kind: 'arch', value: one.arch }] : [],
    }
    yield relate('installedOn', key, os, one.manager === 'deb' ? 'dpkg-query' : 'rpm -qa')
    if (facts.running.has(one.name)) yield relate('runsOn', key, host, 'running process')
  }
}

export const osRef = (host: string) => `${host}/os`

/** By reference. Where a name is installed more than once (kernels of rpm), the later ones bear their version. */
export function packageRefs(host: string, packages: readonly InstalledPackage[]): Map<string, InstalledPackage> {
  const refs = new Map<string, InstalledPackage>()
  for (const one of packages) {
    const key = `${host}/${one.manager}/${one.name}/${one.arch}`
    refs.set(refs.has(key) ? `${key}/${one.version}` : key, one)
  }
  return refs
}

/** What is known; what is not is no attribute. */
function told(attributes: Record<string, unknown>): Attributes {
  const known = Object.entries(attributes).filter(([, value]) => value != null && value !== '')
  return Object.fromEntries(known) as Attributes
}

function machineAttributes(facts: HostFacts): Record<string, unknown> {
  const { hardware, kernel, os } = facts
  return {
    platform: kernel.name.toLowerCase(),
    arch: kernel.arch,
    address: facts.address,
    fqdn: facts.fqdn.includes('.') ? facts.fqdn : null,
    machineId: facts.machineId,
    manufacturer: hardware.vendor,
    model: hardware.model,
    serialNumber: hardware.serial,
    systemBoardUuid: hardware.uuid,
    sshHostKeyFingerprint: facts.hostKeys[0]?.fingerprint,
    cpus: hardware.cpus,
    memory: hardware.memory,
    osName: os.NAME,
    osVersion: os.VERSION_ID,
    kernel: kernel.release,
  }
}

function identifiersOf({ machineId, hardware, hostKeys, interfaces, fqdn }: HostFacts): SeenItem['identifiers'] {
  const marks = [
    { kind: 'machine-id', value: machineId },
    { kind: 'serial-number', value: hardware.serial },
    { kind: 'system-uuid', value: hardware.uuid },
    ...hostKeys.map(({ fingerprint }) => ({ kind: 'ssh-host-key-fingerprint', value: fingerprint })),
    ...interfaces.map(({ mac }) => ({ kind: 'mac', value: mac })),
    { kind: 'fqdn', value: fqdn.includes('.') ? fqdn : '' },
  ]
  return marks.filter(({ value }) => value !== '')
}

const osAttributes = ({ os, kernel, hostname, machineId }: HostFacts) => ({
  osName: os.NAME ?? kernel.name,
  osVersion: os.VERSION_ID,
  distribution: os.ID,
  kernelVersion: kernel.release,
  arch: kernel.arch,
  hostname,
  machineId,
})

/** The purl says type, distribution and architecture in the way that everybody reads. */
function softwareAttributes(
  { os }: HostFacts,
  { manager, name, version, arch }: InstalledPackage,
): Record<string, unknown> {
  const distribution = os.ID ? `${encodeURIComponent(os.ID)}/` : ''
  const purl = `pkg:${manager}/${distribution}${encodeURIComponent(name)}@${encodeURIComponent(version)}`
  return { package: name, version, purl: arch ? `${purl}?arch=${encodeURIComponent(arch)}` : purl }
}
