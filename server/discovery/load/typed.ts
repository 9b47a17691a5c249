import type { AttributeRule, Catalogue } from '../../catalogue/catalogue.ts'
import { EXTENDED, type SeenItem } from '../adapters/adapter.ts'

export interface Typed {
  attributes: Record<string, unknown>
  /** Names that the class does not have. */
  unknown: string[]
  /** Names whose value is of another type. */
  unusable: string[]
}

/**
 * What an adapter tells, in the types of the class; what does not fit is named, not guessed. What people added to the source
 * and the class does not know is kept as it was told.
 */
export function typedValues(
  catalogue: Pick<Catalogue, 'class'>,
  className: string,
  told: SeenItem['attributes'],
  extended: SeenItem['extended'] = {},
): Typed {
  const typed: Typed = { attributes: {}, unknown: [], unusable: [] }
  const rules = catalogue.class(className)?.attributes ?? []
  for (const [name, given] of Object.entries({ ...extended, ...told })) {
    const rule = rules.find((one) => one.name === name)
    if (!rule && name in extended && !(name in told)) typed.attributes[`${EXTENDED}${name}`] = given
    else if (!rule) typed.unknown.push(name)
    else if (given !== '' && given !== null && given !== undefined) {
      const value = valueOf(rule, given)
      if (value === undefined) typed.unusable.push(name)
      else typed.attributes[name] = value
    }
  }
  return typed
}

/** What such a text is not, for people. */
export function faultOf({ type, values }: AttributeRule): string {
  switch (type) {
    case 'integer':
      return 'is no whole number'
    case 'number':
      return 'is no number'
    case 'boolean':
      return 'is neither yes nor no'
    case 'instant':
      return 'is no instant such as 2026-01-31T12:00:00Z'
    case 'enumeration':
      return `is none of ${values.join(', ')}`
    default:
      return 'is no text'
  }
}

/** The value in the type of the attribute; undefined when it is none. */
export function valueOf({ type, values }: AttributeRule, given: SeenItem['attributes'][string]): unknown {
  if (type === 'textList') return typeof given === 'object' ? given : [String(given)]
  if (typeof given === 'object') return type === 'text' ? given.join(', ') : undefined
  switch (type) {
    case 'text':
      return String(given)
    case 'enumeration':
      return values.find((one) => one.toLowerCase() === String(given).toLowerCase())
    case 'boolean':
      if (typeof given === 'boolean') return given
      return /^(yes|true|1)$/i.test(String(given)) ? true : /^(no|false|0)$/i.test(String(given)) ? false : undefined
    case 'instant':
      return /^\d{4}-\d\d-\d\dT/.test(String(given)) && !Number.isNaN(Date.parse(String(given))) ? given : undefined
    default: {
      const number = Number(given)
      return (type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number)) ? number : undefined
    }
  }
}
