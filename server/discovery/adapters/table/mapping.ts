/** What the columns of a table become: its shape, and what is wrong with one that was given. */

/** A column, or a column whose cells hold several values. */
export type Source = string | { column: string; split: string }

export interface Mapping {
  /** The same for every row, or what a column says, by way of `values` if there are any. */
  class: string | { column: string; values?: Record<string, string> }
  /** Column. */
  name: string
  /** Column of the source's own lasting key; the name is it by default. */
  key?: string
  /** Attribute → where its value is. */
  attributes: Record<string, Source>
  relationships: RelationshipMapping[]
  /** Column of the site in which the thing stands: it becomes a Site, and the thing `locatedIn` it. */
  site?: string
}

export interface RelationshipMapping {
  type: string
  /** Where the key of the other end is. */
  column: Source
  /** Of the other end. */
  class: string
  /** Default: from the row to the other end. */
  direction?: 'to' | 'from'
}

/** Sentences about its form; whether columns and classes are there shows only where it is used. */
export function mappingFaults(given: unknown): string[] {
  if (!isObject(given)) return ['The mapping must be an object with class, name and attributes.']
  const { class: className, name, key, site, attributes = {}, relationships = [], ...rest } = given
  const faults = Object.keys(rest).map((part) => `The mapping has no part "${part}".`)
  if (!isText(className) && !(isObject(className) && isText(className.column))) {
    faults.push('The mapping needs a class: its name, or { column } whose cells say it.')
  } else if (isObject(className) && className.values !== undefined && !isTexts(className.values)) {
    faults.push('The mapping’s class has values that are no object of text and class.')
  }
  if (!isText(name)) faults.push('The mapping needs a name: the column that holds it.')
  if (!isMissing(key) && !isText(key)) faults.push('The mapping’s key must be a column.')
  if (!isMissing(site) && !isText(site)) faults.push('The mapping’s site must be a column.')
  if (!isObject(attributes)) faults.push('The mapping’s attributes must be an object of attribute and column.')
  else {
    const wrong = Object.keys(attributes).filter((one) => !isSource(attributes[one]))
    for (const one of wrong) faults.push(`The mapping’s attribute ${one} must be a column, or { column, split }.`)
  }
  if (!Array.isArray(relationships)) faults.push('The mapping’s relationships must be a list.')
  else faults.push(...relationships.flatMap((one: unknown, at) => relationshipFaults(one, at + 1)))
  return faults
}

function relationshipFaults(given: unknown, number: number): string[] {
  const which = `Relationship ${number} of the mapping`
  if (!isObject(given)) return [`${which} must be an object with type, column and class.`]
  const { type, column, class: className, direction } = given
  return [
    ...(isText(type) ? [] : [`${which} needs a type.`]),
    ...(isSource(column) ? [] : [`${which} needs the column that holds the key of its other end.`]),
    ...(isText(className) ? [] : [`${which} needs the class of its other end.`]),
    ...(isMissing(direction) || direction === 'to' || direction === 'from'
      ? []
      : [`${which} has a direction that is neither to nor from.`]),
  ]
}

/** @throws Error in words when there is none, or one of another form */
export function mappingOf(config: Record<string, unknown>): Mapping {
  const { mapping } = config
  if (isMissing(mapping)) throw new Error('No mapping is set: say which column becomes what.')
  const faults = mappingFaults(mapping)
  if (faults.length > 0) throw new Error(faults.join(' '))
  return { attributes: {}, relationships: [], ...(mapping as Pick<Mapping, 'class' | 'name'>) }
}

export const columnOf = (source: Source): string => (typeof source === 'string' ? source : source.column)

/** Each column that the mapping names, with what for. */
export function* namedColumns(mapping: Mapping): Generator<{ column: string; what: string }> {
  if (typeof mapping.class !== 'string') yield { column: mapping.class.column, what: 'class' }
  yield { column: mapping.name, what: 'name' }
  if (mapping.key) yield { column: mapping.key, what: 'key' }
  if (mapping.site) yield { column: mapping.site, what: 'site' }
  for (const [attribute, source] of Object.entries(mapping.attributes)) {
    yield { column: columnOf(source), what: `attribute ${attribute}` }
  }
  for (const { type, column } of mapping.relationships) yield { column: columnOf(column), what: `relationship ${type}` }
}

const isMissing = (value: unknown) => value === undefined || value === null || value === ''
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown) => isObject(value) && Object.values(value).every(isText)
const isSource = (value: unknown) => isText(value) || (isObject(value) && isText(value.column) && isText(value.split))
