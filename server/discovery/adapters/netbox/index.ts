import type { DiscoveryAdapter, Problem, ReadOrder, SeenItem, Sighting, Where } from '../adapter.ts'
import { checkConfig, configFields } from './config.ts'
import { linksIn, refOf } from './links.ts'
import { attributesOf, mappings, nameOf } from './mapping.ts'
import { MOST_BYTES, Records, recordsOf, type NetboxRecord } from './records.ts'

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
  if (!(all instanceof Records)) return yield all
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
    else yield unmapped(model, all)
  }
  for (const [model, count] of all.lacking) yield lacking(model, count, all.source)
  if (!order.upload) yield { kind: 'complete' }
}

function itemOf(record: NetboxRecord, all: Records): SeenItem {
  const className = mappings[record.model]!.className(record, all)
  const [ref, name] = [refOf(record), nameOf(record)]
  return {
    kind: 'item',
    ref,
    className,
    name,
    key: ref,
    attributes: attributesOf(record, all),
    where: all.where(record),
  }
}

const warning = (rule: string, message: string, where: Where): Problem => {
  return { kind: 'problem', severity: 'warning', rule, message, where }
}

/** Of several that are left out alike: how many, and where the first of them stands. */
const whereOf = (records: readonly NetboxRecord[], what: string, all: Records): Where => {
  const [first] = records as [NetboxRecord]
  return { ...all.where(first), element: `${records.length} × ${what}, first ${first.pk}` }
}

function unmapped(model: string, all: Records): Problem {
  const records = all.of(model)
  const many = records.length === 1 ? '1 record was' : `${records.length} records were`
  return warning('unmapped', `No class is for ${model}: ${many} left out.`, whereOf(records, model, all))
}

function* unmappedFields(model: string, all: Records): Generator<Problem> {
  for (const [field, records] of all.unasked(model)) {
    // A role that no device has, a second address.
    const why = all.isUsed(model, field) ? 'Nothing here takes' : 'No attribute is for'
    const many = records.length === 1 ? '1 value was' : `${records.length} values were`
    const message = `${why} ${field} of ${model}: ${many} left out.`
    yield warning('unmapped-field', message, whereOf(records, `${model} ${field}`, all))
  }
}

function lacking(model: string, count: number, source: string): Problem {
  const message = `The export does not hold all of ${model}: ${count === 1 ? '1 value' : `${count} values`} that others take from it cannot be told.`
  return warning('missing-record', message, { source, element: `${count} × ${model}` })
}
