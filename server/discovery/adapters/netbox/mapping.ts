/** Which record becomes which item, and which field a relationship. People, and who may do what, never become anything. */
import type { SeenItem } from '../adapter.ts'
import { textOf, type NetboxRecord, type Records } from './records.ts'

type Attributes = Record<string, unknown>

export interface Mapping {
  className(record: NetboxRecord, all: Records): string
  attributes(record: NetboxRecord, all: Records): Attributes
  relations?: readonly Relation[]
}

/** The first field that refers to something counts: a device stands in its rack, and the rack on its site. */
export interface Relation {
  type: string
  fields: readonly [field: string, model: string][]
}

const related = (type: string, ...fields: [field: string, model: string][]): Relation => ({ type, fields })
const place = (...fields: [field: string, model: string][]) => related('locatedIn', ...fields)
const always = (name: string) => () => name

export const mappings: Record<string, Mapping> = {
  'dcim.region': { className: always('Region'), attributes: slug, relations: [place(['parent', 'dcim.region'])] },
  'dcim.site': {
    className: always('Site'),
    attributes: (record) => ({
      ...slug(record),
      facility: record.fields.facility,
      address: record.fields.physical_address,
      timeZone: record.fields.time_zone,
      latitude: numberOf(record.fields.latitude),
      longitude: numberOf(record.fields.longitude),
    }),
    relations: [place(['region', 'dcim.region'])],
  },
  'dcim.location': {
    className: always('Location'),
    attributes: slug,
    relations: [place(['parent', 'dcim.location'], ['site', 'dcim.site'])],
  },
  'dcim.rack': {
    className: always('Rack'),
    attributes: ({ fields }) => ({
      heightUnits: fields.u_height,
      serialNumber: fields.serial,
      facility: fields.facility_id,
    }),
    relations: [place(['location', 'dcim.location'], ['site', 'dcim.site'])],
  },
  'dcim.device': {
    className: ({ fields }, all) =>
      /server|host|compute|hypervisor/i.test(all.nameOf('dcim.devicerole', fields.role) ?? '')
        ? 'ComputerSystem'
        : 'NetworkDevice',
    attributes: ({ fields }, all) => {
      const type = all.part('dcim.devicetype', fields.device_type)?.fields ?? {}
      return {
        role: all.nameOf('dcim.devicerole', fields.role),
        platform: all.nameOf('dcim.platform', fields.platform),
        manufacturer: all.nameOf('dcim.manufacturer', type.manufacturer),
        model: type.model,
        serialNumber: fields.serial,
        address: addressOf(all, fields.primary_ip4 ?? fields.primary_ip6),
        rackPosition: numberOf(fields.position),
        kind: 'physical',
      }
    },
    relations: [place(['rack', 'dcim.rack'], ['location', 'dcim.location'], ['site', 'dcim.site'])],
  },
  'virtualization.cluster': {
    className: always('Cluster'),
    attributes: ({ fields }, all) => ({ clusterType: all.nameOf('virtualization.clustertype', fields.type) }),
    relations: [place(['site', 'dcim.site'])],
  },
  'virtualization.virtualmachine': {
    className: always('VirtualMachine'),
    attributes: ({ fields }, all) => ({
      role: all.nameOf('dcim.devicerole', fields.role),
      platform: all.nameOf('dcim.platform', fields.platform),
      address: addressOf(all, fields.primary_ip4 ?? fields.primary_ip6),
      cpus: numberOf(fields.vcpus),
      memory: megabytes(fields.memory),
      disk: numberOf(fields.disk) === undefined ? undefined : numberOf(fields.disk)! * 1e9,
      kind: 'virtual',
    }),
    relations: [
      related('runsOn', ['cluster', 'virtualization.cluster']),
      related('runsOn', ['device', 'dcim.device']),
      place(['site', 'dcim.site']),
    ],
  },
  'ipam.vrf': { className: always('Vrf'), attributes: ({ fields }) => ({ routeDistinguisher: fields.rd }) },
  'ipam.vlan': {
    className: always('Vlan'),
    attributes: ({ fields }) => ({ vid: fields.vid }),
    relations: [related('assignedTo', ['site', 'dcim.site'])],
  },
  'ipam.prefix': {
    className: always('Prefix'),
    attributes: ({ fields }, all) => ({ prefix: fields.prefix, prefixRole: all.nameOf('ipam.role', fields.role) }),
    relations: [
      related('assignedTo', ['site', 'dcim.site']),
      related('memberOf', ['vrf', 'ipam.vrf']),
      related('memberOf', ['vlan', 'ipam.vlan']),
    ],
  },
  'ipam.ipaddress': {
    className: ({ fields }) => (String(fields.address).includes(':') ? 'IpV6Address' : 'IpV4Address'),
    attributes: ({ fields }) => {
      const [address, length] = String(fields.address).split('/')
      return { address, prefixLength: numberOf(length), dnsName: fields.dns_name, addressRole: fields.role }
    },
    relations: [related('memberOf', ['vrf', 'ipam.vrf'])],
  },
  'dcim.interface': port(['device', 'dcim.device']),
  'virtualization.vminterface': port(['virtual_machine', 'virtualization.virtualmachine']),
  'tenancy.tenant': { className: always('Tenant'), attributes: slug },
}

/** A port of a device or of a virtual machine; its speed is in kbit/s there. */
function port(owner: [field: string, model: string]): Mapping {
  return {
    className: always('NetworkInterface'),
    attributes: ({ fields }, all) => ({
      interfaceName: fields.name,
      macAddress:
        fields.mac_address ?? all.part('dcim.macaddress', fields.primary_mac_address)?.fields.mac_address ?? undefined,
      mtu: numberOf(fields.mtu),
      speed: numberOf(fields.speed) === undefined ? undefined : numberOf(fields.speed)! * 1_000,
      enabled: fields.enabled,
      interfaceType: fields.type,
    }),
    relations: [
      related('partOf', owner),
      related('memberOf', ['untagged_vlan', 'ipam.vlan']),
      related('memberOf', ['tagged_vlans', 'ipam.vlan']),
    ],
  }
}

function slug({ fields }: NetboxRecord): Attributes {
  return { code: fields.slug }
}

export const nameOf = ({ fields, model, pk }: NetboxRecord): string =>
  textOf(fields.name) ?? textOf(fields.prefix) ?? textOf(fields.address) ?? `${model} ${pk}`

/** Text with nothing in it, null and what is not known are no attributes. */
export function attributesOf(record: NetboxRecord, all: Records): SeenItem['attributes'] {
  const { description } = record.fields
  const told = Object.entries({ description, ...mappings[record.model]!.attributes(record, all) })
  return Object.fromEntries(
    told.filter(([, value]) => value !== undefined && value !== null && value !== ''),
  ) as SeenItem['attributes']
}

const numberOf = (value: unknown): number | undefined =>
  value === null || value === undefined || value === '' || Number.isNaN(Number(value)) ? undefined : Number(value)

const megabytes = (value: unknown) => (numberOf(value) === undefined ? undefined : numberOf(value)! * 1024 * 1024)

const addressOf = (all: Records, pk: unknown) => textOf(all.part('ipam.ipaddress', pk)?.fields.address)?.split('/')[0]
