import type { DiscoveryAdapter, Problem, ReadOrder, SeenItem, Sighting } from '../adapter.ts'
import { checkConfig, configFields } from './config.ts'
import { linksIn, refOf } from './links.ts'
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
  'contenttypes.contenttype',
  'dcim.manufacturer',
  'dcim.devicetype',
  'dcim.devicerole',
  'dcim.platform',
  'dcim.macaddress',
  'virtualization.clustertype',
  'ipam.role',
  'dcim.cable',
  'dcim.cabletermination',
])

async function* read(order: ReadOrder): AsyncGenerator<Sighting> {
  const all = await recordsOf(order)
  yield { kind: 'scope', name: 'export', of: 1 }
  for (const model of Object.keys(mappings)) {
    for (const record of all.of(model)) {
      order.signal.throwIfAborted()
      yield itemOf(record, all)
    }
  }
  yield* linksIn(all)
  // Only now is it known what nobody asked for.
  for (const model of all.models()) {
    if (mappings[model] || ABSORBED.has(model)) yield* unmappedFields(model, all)
    else yield unmapped(model, all.of(model))
  }
  for (const [model, count] of all.lacking) yield lacking(model, count)
  if (!order.upload) yield { kind: 'complete' }
}

function itemOf(record: NetboxRecord, all: Records): SeenItem {
  const where = { element: `${record.model} ${record.pk}` }
  const className = mappings[record.model]!.className(record, all)
  const [ref, name] = [refOf(record), nameOf(record)]
  return { kind: 'item', ref, className, name, key: ref, attributes: attributesOf(record, all), where }
}

const warning = (rule: string, message: string, element: string): Problem => {
  return { kind: 'problem', severity: 'warning', rule, message, where: { element } }
}

function unmapped(model: string, { length }: NetboxRecord[]): Problem {
  const message = `No class is for ${model}: ${length === 1 ? '1 record was' : `${length} records were`} left out.`
  return warning('unmapped', message, `${length} × ${model}`)
}

function* unmappedFields(model: string, all: Records): Generator<Problem> {
  for (const [field, count] of all.unasked(model)) {
    // A role that no device has, a second address.
    const why = all.isUsed(model, field) ? 'Nothing here takes' : 'No attribute is for'
    const message = `${why} ${field} of ${model}: ${count === 1 ? '1 value was' : `${count} values were`} left out.`
    yield warning('unmapped-field', message, `${count} × ${model} ${field}`)
  }
}

function lacking(model: string, count: number): Problem {
  const message = `The export does not hold all of ${model}: ${count === 1 ? '1 value' : `${count} values`} that others take from it cannot be told.`
  return warning('missing-record', message, `${count} × ${model}`)
}
