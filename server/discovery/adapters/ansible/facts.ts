/** From the facts that Ansible's setup module gathers to items; what a machine without a board calls "NA" is nothing. */
import type { SeenItem, SeenRelationship } from '../adapter.ts'

export type Facts = Record<string, unknown>

const NOTHING = /^(na|n\/a|none|unknown|not specified|to be filled.*|)$/i
export const said = (facts: Facts, name: string): string | undefined => {
  const value = facts[`ansible_${name}`]
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
  return NOTHING.test(text) ? undefined : text
}

const MB = 1024 * 1024

export function machineFacts(facts: Facts): Record<string, unknown> {
  const memory = Number(said(facts, 'memtotal_mb'))
  const cpus = Number(said(facts, 'processor_vcpus'))
  return {
    platform: said(facts, 'system')?.toLowerCase(),
    arch: said(facts, 'architecture'),
    fqdn: said(facts, 'fqdn')?.includes('.') ? said(facts, 'fqdn') : undefined,
    machineId: said(facts, 'machine_id'),
    serialNumber: said(facts, 'product_serial'),
    systemBoardUuid: said(facts, 'product_uuid')?.toLowerCase(),
    manufacturer: said(facts, 'system_vendor'),
    model: said(facts, 'product_name'),
    osName: said(facts, 'distribution'),
    osVersion: said(facts, 'distribution_version'),
    kernel: said(facts, 'kernel'),
    memory: memory > 0 ? memory * MB : undefined,
    cpus: cpus > 0 ? cpus : undefined,
  }
}

export const marksOf = (facts: Facts): { kind: string; value: string }[] =>
  [
    { kind: 'machine-id', value: said(facts, 'machine_id') },
    { kind: 'serial-number', value: said(facts, 'product_serial') },
    { kind: 'system-uuid', value: said(facts, 'product_uuid')?.toLowerCase() },
    { kind: 'fqdn', value: said(facts, 'fqdn')?.includes('.') ? said(facts, 'fqdn') : undefined },
  ].filter((mark): mark is { kind: string; value: string } => mark.value !== undefined)

const FAMILIES: Record<string, string> = {
  Linux: 'Linux',
  AIX: 'Aix',
  SunOS: 'Solaris',
  Darwin: 'MacOs',
  Win32NT: 'Windows',
  'HP-UX': 'HpUx',
}

/** The operating system, the interfaces and their addresses. */
export function* partsOf(host: string, facts: Facts): Generator<SeenItem | SeenRelationship> {
  const where = { source: `facts of ${host}` }
  const item = (className: string, key: string, name: string, attributes: Record<string, unknown>): SeenItem => {
    return { kind: 'item', ref: key, className, name, key, attributes: known(attributes), where }
  }
  const relate = (type: string, from: string, to: string): SeenRelationship => {
    return { kind: 'relationship', type, from, to, evidence: 'fact cache', where }
  }
  const system = said(facts, 'system')
  if (system) {
    const [osName, osVersion] = [said(facts, 'distribution') ?? system, said(facts, 'distribution_version')]
    const name = [osName, osVersion, 'on', host].filter(Boolean).join(' ')
    yield item(FAMILIES[system] ?? 'OperatingSystem', `${host}/os`, name, {
      osName,
      osVersion,
      kernelVersion: said(facts, 'kernel'),
      arch: said(facts, 'architecture'),
      ...(system === 'Linux' ? { distribution: osName, machineId: said(facts, 'machine_id') } : {}),
    })
    yield relate('runsOn', `${host}/os`, host)
  }
  const names = Array.isArray(facts.ansible_interfaces) ? facts.ansible_interfaces.map(String) : []
  for (const name of names.filter((one) => one !== 'lo')) {
    const told = record(facts[`ansible_${name.replaceAll(/[-:.]/g, '_')}`])
    const mac = typeof told.macaddress === 'string' ? told.macaddress.toLowerCase() : undefined
    const port = `${host}/${name}`
    yield {
      ...item('NetworkInterface', port, name, { macAddress: mac, mtu: told.mtu, enabled: told.active }),
      identifiers: mac ? [{ kind: 'mac', value: mac }] : [],
    }
    yield relate('partOf', port, host)
    for (const [className, one] of addressesOf(told)) {
      const address = String(one.address)
      yield item(className, `${port}/${address}`, address, { address, prefixLength: Number(one.prefix) || undefined })
      yield relate('bindsTo', port, `${port}/${address}`)
    }
  }
}

function addressesOf(told: Record<string, unknown>): ['IpV4Address' | 'IpV6Address', Record<string, unknown>][] {
  const four = [record(told.ipv4), ...(Array.isArray(told.ipv4_secondaries) ? told.ipv4_secondaries.map(record) : [])]
  const six = (Array.isArray(told.ipv6) ? told.ipv6.map(record) : []).filter(({ scope }) => scope !== 'link')
  return [
    ...four.filter(({ address }) => address).map((one) => ['IpV4Address', one] as ['IpV4Address', typeof one]),
    ...six.filter(({ address }) => address).map((one) => ['IpV6Address', one] as ['IpV6Address', typeof one]),
  ]
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export const known = (attributes: Record<string, unknown>): SeenItem['attributes'] =>
  Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  ) as SeenItem['attributes']
