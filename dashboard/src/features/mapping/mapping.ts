/** What the columns of a table become, as the product's config keeps it, and the steps of its editor. Pure. */

/** A column, or one whose cells hold several values. */
export type Source = string | { column: string; split: string }

export interface Mapping {
  class: string | { column: string; values?: Record<string, string> }
  name: string
  key?: string
  site?: string
  attributes: Record<string, Source>
  relationships: Relationship[]
}

export interface Relationship {
  type: string
  column: Source
  class: string
  direction?: 'to' | 'from'
}

export interface Column {
  name: string
  samples: readonly string[]
}

export interface ClassEntry {
  name: string
  title: string
  attributes: readonly { name: string; title: string; type: string }[]
}

export const emptyMapping = (): Mapping => ({ class: '', name: '', attributes: {}, relationships: [] })

/** The mapping of a product; an empty one while it has none. */
export function savedMapping(config: unknown): Mapping {
  const { mapping } = (config ?? {}) as { mapping?: Partial<Mapping> }
  return { ...emptyMapping(), ...mapping }
}

export const isEmpty = (mapping: Mapping) => mapping.class === '' && mapping.name === ''
export const columnOf = (source: Source) => (typeof source === 'string' ? source : source.column)
export const splitOf = (source: Source) => (typeof source === 'string' ? '' : source.split)
const sourceOf = (column: string, split: string): Source => (split === '' ? column : { column, split })

/** The classes that rows can become: one, or those that the cells of a column stand for. */
export const classesOf = ({ class: from }: Mapping): string[] =>
  typeof from === 'string' ? [from] : [...new Set(Object.values(from.values ?? {}))]

/** What a column becomes as the value of a select: '', 'attribute cpus', 'to runsOn' or 'from runsOn'. */
export function choiceOf(mapping: Mapping, column: string): string {
  const attribute = Object.keys(mapping.attributes).find((one) => columnOf(mapping.attributes[one]!) === column)
  if (attribute !== undefined) return `attribute ${attribute}`
  const relationship = relationshipOf(mapping, column)
  return relationship ? `${relationship.direction ?? 'to'} ${relationship.type}` : ''
}

export const relationshipOf = (mapping: Mapping, column: string) =>
  mapping.relationships.find((one) => columnOf(one.column) === column)

export function sourceOfColumn(mapping: Mapping, column: string): Source {
  const attribute = Object.values(mapping.attributes).find((one) => columnOf(one) === column)
  return attribute ?? relationshipOf(mapping, column)?.column ?? column
}

/** The column becomes this instead of whatever it became; an attribute has one column. */
export function choose(mapping: Mapping, column: string, choice: string, otherClass: string): Mapping {
  const split = splitOf(sourceOfColumn(mapping, column))
  const kept = Object.entries(mapping.attributes).filter(([, source]) => columnOf(source) !== column)
  const others = mapping.relationships.filter((one) => columnOf(one.column) !== column)
  const free: Mapping = { ...mapping, attributes: Object.fromEntries(kept), relationships: others }
  const [kind, name] = choice.split(' ')
  if (!name) return free
  const source = sourceOf(column, split)
  if (kind === 'attribute') return { ...free, attributes: { ...free.attributes, [name]: source } }
  const direction = kind === 'from' ? { direction: 'from' as const } : {}
  return { ...free, relationships: [...others, { type: name, column: source, class: otherClass, ...direction }] }
}

/** What separates the values of its cells; '': each is one value. */
export function split(mapping: Mapping, column: string, by: string): Mapping {
  const anew = (source: Source) => (columnOf(source) === column ? sourceOf(column, by) : source)
  return {
    ...mapping,
    attributes: Object.fromEntries(Object.entries(mapping.attributes).map(([name, source]) => [name, anew(source)])),
    relationships: mapping.relationships.map((one) => ({ ...one, column: anew(one.column) })),
  }
}

export const relateTo = (mapping: Mapping, column: string, otherClass: string): Mapping => ({
  ...mapping,
  relationships: mapping.relationships.map((one) =>
    columnOf(one.column) === column ? { ...one, class: otherClass } : one,
  ),
})

/** As it is saved: without what was left open. */
export function cleaned({ key, site, ...mapping }: Mapping): Mapping {
  return { ...mapping, ...(key ? { key } : {}), ...(site ? { site } : {}) }
}

const plain = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
const NAMES = ['name', 'hostname', 'host', 'displayname', 'title', 'server', 'machine', 'device', 'fqdn']
const KEYS = ['id', 'key', 'ciid', 'uuid', 'sysid', 'assetid', 'assettag', 'asset', 'inventorynumber']
const SITES = ['site', 'location', 'datacenter', 'datacentre', 'building', 'room']
/** What people call it, when it is not the attribute's own name or title. */
const ALSO: Record<string, string> = {
  serial: 'serialNumber',
  serialno: 'serialNumber',
  sn: 'serialNumber',
  ip: 'address',
  ipaddress: 'address',
  ram: 'memory',
  vendor: 'manufacturer',
  os: 'platform',
  cores: 'cpus',
}

/** A first proposal from the names of the columns. */
export function guess(columns: readonly Column[], className: string, classes: readonly ClassEntry[]): Mapping {
  const find = (words: readonly string[]) =>
    words.map((word) => columns.find(({ name }) => plain(name) === word)?.name).find((name) => name !== undefined)
  const name = find(NAMES) ?? columns[0]?.name ?? ''
  const [key, site] = [find(KEYS), find(SITES)]
  const attributes: Record<string, Source> = {}
  const known = classes.find((one) => one.name === className)?.attributes ?? []
  for (const column of columns) {
    const word = plain(column.name)
    const fitting = known.find(
      (one) => plain(one.name) === word || plain(one.title) === word || one.name === ALSO[word],
    )
    if (fitting && !(fitting.name in attributes)) attributes[fitting.name] = column.name
  }
  return { class: className, name, attributes, relationships: [], ...(key ? { key } : {}), ...(site ? { site } : {}) }
}
