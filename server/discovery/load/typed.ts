import { itemClass, type AttributeRule } from '../../item/item-class.ts'
import type { SeenItem } from '../adapters/adapter.ts'

export interface Typed {
  attributes: Record<string, unknown>
  /** Names that the class does not have. */
  unknown: string[]
  /** Names whose value is of another type. */
  unusable: string[]
}

/** What an adapter tells, in the types of the class; what does not fit is named, not guessed. */
export function typedValues(className: string, told: SeenItem['attributes']): Typed {
  const typed: Typed = { attributes: {}, unknown: [], unusable: [] }
  const rules = itemClass(className)?.attributes ?? []
  for (const [name, given] of Object.entries(told)) {
    const rule = rules.find((one) => one.name === name)
    if (!rule) typed.unknown.push(name)
    else if (given !== '' && given !== null && given !== undefined) {
      const value = valueOf(rule, given)
      if (value === undefined) typed.unusable.push(name)
      else typed.attributes[name] = value
    }
  }
  return typed
}

function valueOf({ type }: AttributeRule, given: SeenItem['attributes'][string]): unknown {
  if (Array.isArray(given)) return given
  if (type === 'text') return String(given as string)
  if (type === 'boolean') {
    if (typeof given === 'boolean') return given
    return /^(yes|true|1)$/i.test(String(given as string))
      ? true
      : /^(no|false|0)$/i.test(String(given as string))
        ? false
        : undefined
  }
  if (type === 'instant') {
    const text = String(given as string)
    return /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined
  }
  const number = Number(given)
  return (type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number)) ? number : undefined
}
