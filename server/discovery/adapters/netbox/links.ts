/** What records say of each other: places, owners, the ports that bear addresses, and cables. */
import type { Problem, SeenRelationship } from '../adapter.ts'
import { mappings, nameOf } from './mapping.ts'
import type { NetboxRecord, Records } from './records.ts'

export const refOf = ({ model, pk }: NetboxRecord) => `${model}/${pk}`

export function* linksIn(all: Records): Generator<SeenRelationship | Problem> {
  const mapped = Object.keys(mappings).flatMap((model) => all.of(model))
  for (const record of mapped) yield* relationsOf(record, all)
  for (const record of mapped) yield* tenantOf(record, all)
  for (const address of all.of('ipam.ipaddress')) yield* portOf(address, all)
  yield* cablesIn(all)
}

function relation(type: string, [from, to]: readonly NetboxRecord[], evidence: string, all: Records): SeenRelationship {
  return { kind: 'relationship', type, from: refOf(from!), to: refOf(to!), evidence, where: all.where(from!) }
}

function* relationsOf(record: NetboxRecord, all: Records): Generator<SeenRelationship | Problem> {
  for (const { type, fields } of mappings[record.model]!.relations ?? []) {
    const told = fields.flatMap(([field, model]) => keysOf(record.fields[field]).map((pk) => ({ field, model, pk })))
    for (const { field, model, pk } of told.filter(({ field }) => field === told[0]!.field)) {
      const target = all.get(model, pk)
      if (target) yield relation(type, [record, target], field, all)
      else yield missing(record, field, `${model} ${String(pk)}`, all)
    }
  }
}

const keysOf = (value: unknown): unknown[] =>
  value === null || value === undefined ? [] : Array.isArray(value) ? value : [value]

function* tenantOf(record: NetboxRecord, all: Records): Generator<SeenRelationship | Problem> {
  const { tenant } = record.fields
  if (tenant === null || tenant === undefined) return
  const owner = all.get('tenancy.tenant', tenant)
  if (owner) yield relation('owns', [owner, record], 'tenant', all)
  else yield missing(record, 'tenant', `tenancy.tenant ${String(tenant)}`, all)
}

const PORTS = ['dcim.interface', 'virtualization.vminterface']

/** An address of anything but a port stays among what is listed. */
function* portOf(address: NetboxRecord, all: Records): Generator<SeenRelationship | Problem> {
  const model = modelOf(address.fields.assigned_object_type, all)
  if (!model || !PORTS.includes(model)) return
  const port = all.get(model, address.fields.assigned_object_id)
  if (port) yield relation('bindsTo', [port, address], 'assigned_object', all)
  else yield missing(address, 'assigned_object', `${model} ${String(address.fields.assigned_object_id)}`, all)
}

/** `["dcim", "interface"]`, or the key of a record of the content types. */
function modelOf(type: unknown, all: Records): string | undefined {
  if (Array.isArray(type)) return type.join('.')
  const known = all.get('contenttypes.contenttype', type)?.fields
  return known && `${String(known.app_label)}.${String(known.model)}`
}

interface Ends {
  A: NetboxRecord[]
  B: NetboxRecord[]
}

/**
 * A cable joins the devices at its two ends, and their ports where the export has them. Several between the same two are one
 * relationship that names them all.
 */
function* cablesIn(all: Records): Generator<SeenRelationship | Problem> {
  const models = ['dcim.device', ...(all.of('dcim.interface').length > 0 ? ['dcim.interface'] : [])]
  const joined = new Map<string, { from: NetboxRecord; to: NetboxRecord; cables: Set<string> }>()
  const open = new Map<string, string[]>()
  for (const [cable, ends] of endsIn(all)) {
    const of = (model: string): [NetboxRecord, NetboxRecord][] => {
      const [A, B] = [ends.A, ends.B].map((side) => side.flatMap((end) => atEnd(end, model, all)))
      return A!.flatMap((from) => B!.flatMap((to): [NetboxRecord, NetboxRecord][] => (from === to ? [] : [[from, to]])))
    }
    const pairs = models.flatMap(of)
    for (const [from, to] of pairs) {
      const pair = [refOf(from), refOf(to)].sort().join(' ')
      if (!joined.has(pair)) joined.set(pair, { from, to, cables: new Set() })
      joined.get(pair)!.cables.add(cable)
    }
    if (pairs.length > 0) continue
    const why = whyOpen(ends, all)
    const others = open.get(why)
    if (others) others.push(cable)
    else open.set(why, [cable])
  }
  for (const { from, to, cables } of joined.values()) {
    const evidence = `${cables.size === 1 ? 'cable' : 'cables'} ${[...cables].join(', ')}`
    yield relation('connectedTo', [from, to], evidence, all)
  }
  for (const [why, cables] of open) yield openCables(why, cables, all)
}

function endsIn(all: Records): Map<string, Ends> {
  const ends = new Map<string, Ends>(all.of('dcim.cable').map(({ pk }) => [String(pk), { A: [], B: [] }]))
  for (const end of all.of('dcim.cabletermination')) {
    const cable = String(end.fields.cable)
    if (!ends.has(cable)) ends.set(cable, { A: [], B: [] })
    ends.get(cable)![end.fields.cable_end === 'A' ? 'A' : 'B'].push(end)
  }
  return ends
}

/** The device at the end of a cable, or its port. */
function atEnd({ fields }: NetboxRecord, model: string, all: Records): NetboxRecord[] {
  if (model === 'dcim.device') return [all.get(model, fields._device) ?? []].flat()
  return modelOf(fields.termination_type, all) === model ? [all.part(model, fields.termination_id) ?? []].flat() : []
}

function whyOpen({ A, B }: Ends, all: Records): string {
  if (A.length === 0 || B.length === 0) return 'has an end that the export does not hold'
  const end = [A, B].find((side) => side.every((one) => atEnd(one, 'dcim.device', all).length === 0))?.[0]
  if (!end) return 'joins a device to itself'
  const { _device, termination_type } = end.fields
  if (_device !== null && _device !== undefined) return 'ends at a device that the export does not hold'
  return `ends at no device, but at ${modelOf(termination_type, all) ?? 'something of another kind'}`
}

function openCables(why: string, cables: readonly string[], all: Records): Problem {
  const many = cables.length === 1 ? '1 cable was' : `${cables.length} cables were`
  const first = all.get('dcim.cable', cables[0])
  return {
    kind: 'problem',
    severity: 'warning',
    rule: 'open-cable',
    message: `A cable that ${why} joins nothing here: ${many} left out.`,
    where: {
      ...(first ? all.where(first) : { source: all.source }),
      element: `${cables.length} × dcim.cable, first ${cables[0]}`,
    },
  }
}

const missing = (record: NetboxRecord, field: string, target: string, all: Records): Problem => ({
  kind: 'problem',
  severity: 'warning',
  rule: 'missing-record',
  message: `${nameOf(record)} refers to ${target}, which the export does not hold.`,
  where: all.where(record, field),
})
