import type { DiscoveryAdapter, Problem, ReadOrder, SeenItem, SeenRelationship, Sighting } from '../adapter.ts'
import { checkConfig, configFields } from './config.ts'
import { attributesOf, mappings, nameOf } from './mapping.ts'
import { MOST_BYTES, recordsOf, type NetboxRecord, type Records } from './records.ts'

export const netboxAdapter = (): DiscoveryAdapter => ({
  id: 'netbox',
  title: 'NetBox export',
  configFields,
  checkConfig,
  upload: { endings: ['.json'], maxSize: MOST_BYTES },
  read,
})

/** Records that say more about others and are taken in there. */
const ABSORBED = new Set([
  'dcim.manufacturer',
  'dcim.devicetype',
  'dcim.devicerole',
  'dcim.platform',
  'virtualization.clustertype',
  'ipam.role',
  'dcim.cable',
  'dcim.cabletermination',
])

async function* read(order: ReadOrder): AsyncGenerator<Sighting> {
  const all = await recordsOf(order)
  const mapped = Object.keys(mappings)
  yield { kind: 'scope', name: 'export', of: 1 }
  for (const model of mapped) {
    for (const record of all.of(model)) {
      order.signal.throwIfAborted()
      yield itemOf(record, all)
    }
  }
  for (const model of mapped) for (const record of all.of(model)) yield* placeOf(record, all)
  for (const model of mapped) for (const record of all.of(model)) yield* tenantOf(record, all)
  yield* cablesIn(all)
  for (const model of all.models()) {
    if (!mappings[model] && !ABSORBED.has(model)) yield unmapped(model, all.of(model))
  }
  if (!order.upload) yield { kind: 'complete' }
}

const refOf = ({ model, pk }: NetboxRecord) => `${model}/${pk}`

function itemOf(record: NetboxRecord, all: Records): SeenItem {
  const where = { element: `${record.model} ${record.pk}` }
  const className = mappings[record.model]!.className(record, all)
  const [ref, name] = [refOf(record), nameOf(record)]
  return { kind: 'item', ref, className, name, key: ref, attributes: attributesOf(record, all), where }
}

function relation(type: string, from: NetboxRecord, to: NetboxRecord, evidence: string): SeenRelationship {
  return { kind: 'relationship', type, from: refOf(from), to: refOf(to), evidence, where: { element: refOf(from) } }
}

function* placeOf(record: NetboxRecord, all: Records): Generator<SeenRelationship | Problem> {
  const rule = mappings[record.model]!.in
  const named = rule?.fields.find(([field]) => record.fields[field] !== null && record.fields[field] !== undefined)
  if (!rule || !named) return
  const [field, model] = named
  const target = all.get(model, record.fields[field])
  if (target) yield relation(rule.type, record, target, field)
  else yield missing(record, `${model} ${String(record.fields[field])}`)
}

function* tenantOf(record: NetboxRecord, all: Records): Generator<SeenRelationship | Problem> {
  const { tenant } = record.fields
  if (tenant === null || tenant === undefined) return
  const owner = all.get('tenancy.tenant', tenant)
  if (owner) yield relation('owns', owner, record, 'tenant')
  else yield missing(record, `tenancy.tenant ${String(tenant)}`)
}

/** A cable joins the devices at its two ends, whatever their ports are. */
function* cablesIn(all: Records): Generator<SeenRelationship> {
  const ends = new Map<string, { A: Set<string>; B: Set<string> }>()
  for (const { fields } of all.of('dcim.cabletermination')) {
    if (fields._device === null || fields._device === undefined) continue
    const cable = String(fields.cable)
    if (!ends.has(cable)) ends.set(cable, { A: new Set(), B: new Set() })
    ends.get(cable)![fields.cable_end === 'A' ? 'A' : 'B'].add(String(fields._device))
  }
  const seen = new Set<string>()
  for (const [cable, { A, B }] of ends) {
    for (const from of A) {
      for (const to of B) {
        const [one, other] = [all.get('dcim.device', from), all.get('dcim.device', to)]
        const pair = [from, to].sort().join(' ')
        if (!one || !other || from === to || seen.has(pair)) continue
        seen.add(pair)
        yield relation('connectedTo', one, other, `cable ${cable}`)
      }
    }
  }
}

const missing = (record: NetboxRecord, target: string): Problem => ({
  kind: 'problem',
  severity: 'warning',
  rule: 'missing-record',
  message: `${nameOf(record)} refers to ${target}, which the export does not hold.`,
  where: { element: refOf(record) },
})

const unmapped = (model: string, records: NetboxRecord[]): Problem => ({
  kind: 'problem',
  severity: 'warning',
  rule: 'unmapped',
  message: `No class is for ${model}: ${records.length === 1 ? '1 record was' : `${records.length} records were`} left out.`,
  where: { element: `${records.length} × ${model}` },
})
