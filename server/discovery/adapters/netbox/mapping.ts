/** Which record becomes which item, and which field a relationship. People, and who may do what, never become anything. */
import type { SeenItem } from '../adapter.ts'
import { textOf, type NetboxRecord, type Records } from './records.ts'

type Attributes = Record<string, unknown>

export interface Mapping {
  className(record: NetboxRecord, all: Records): string
  attributes(record: NetboxRecord, all: Records): Attributes
  /** The first field that refers to something counts: a device stands in its rack, and the rack on its site. */
  in?: { type: string; fields: readonly [field: string, model: string][] }
}

const place = (...fields: [field: string, model: string][]) => ({ type: 'locatedIn', fields })
const always = (name: string) => () => name

export const mappings: Record<string, Mapping> = {
  'dcim.region': { className: always('Region'), attributes: slug, in: place(['parent', 'dcim.region']) },
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
    in: place(['region', 'dcim.region']),
  },
  'dcim.location': {
    className: always('Location'),
    attributes: slug,
    in: place(['parent', 'dcim.location'], ['site', 'dcim.site']),
  },
  'dcim.rack': {
    className: always('Rack'),
    attributes: ({ fields }) => ({
      heightUnits: fields.u_height,
      serialNumber: fields.serial,
      facility: fields.facility_id,
    }),
    in: place(['location', 'dcim.location'], ['site', 'dcim.site']),
  },
  'dcim.device': {
    className: ({ fields }, all) =>
      /server|host|compute|hypervisor/i.test(all.nameOf('dcim.devicerole', fields.role) ?? '')
        ? 'ComputerSystem'
        : 'NetworkDevice',
    attributes: ({ fields }, all) => {
      const type = all.get('dcim.devicetype', fields.device_type)?.fields ?? {}
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
    in: place(['rack', 'dcim.rack'], ['location', 'dcim.location'], ['site', 'dcim.site']),
  },
  'virtualization.cluster': {
    className: always('Cluster'),
    attributes: ({ fields }, all) => ({ clusterType: all.nameOf('virtualization.clustertype', fields.type) }),
    in: place(['site', 'dcim.site']),
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
    in: { type: 'runsOn', fields: [['cluster', 'virtualization.cluster']] },
  },
  'ipam.vrf': { className: always('Vrf'), attributes: ({ fields }) => ({ routeDistinguisher: fields.rd }) },
  'ipam.vlan': {
    className: always('Vlan'),
    attributes: ({ fields }) => ({ vid: fields.vid }),
    in: { type: 'assignedTo', fields: [['site', 'dcim.site']] },
  },
  'ipam.prefix': {
    className: always('Prefix'),
    attributes: ({ fields }, all) => ({ prefix: fields.prefix, prefixRole: all.nameOf('ipam.role', fields.role) }),
    in: { type: 'assignedTo', fields: [['site', 'dcim.site']] },
  },
  'ipam.ipaddress': {
    className: ({ fields }) => (String(fields.address).includes(':') ? 'IpV6Address' : 'IpV4Address'),
    attributes: ({ fields }) => {
      const [address, length] = String(fields.address).split('/')
      return { address, prefixLength: numberOf(length), dnsName: fields.dns_name, addressRole: fields.role }
    },
    in: { type: 'memberOf', fields: [['vrf', 'ipam.vrf']] },
  },
  'tenancy.tenant': { className: always('Tenant'), attributes: slug },
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

const addressOf = (all: Records, pk: unknown) => textOf(all.get('ipam.ipaddress', pk)?.fields.address)?.split('/')[0]
