import { BadInput } from '../kernel/errors.ts'
import type { AttributeRule, AttributeType, ItemClassRule } from '../catalogue/catalogue.ts'

/** Whether a value is one that the attribute may have. */
export function fits({ type, values }: Pick<AttributeRule, 'type' | 'values'>, value: unknown): boolean {
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value)
  if (type === 'boolean') return typeof value === 'boolean'
  if (type === 'textList') return Array.isArray(value) && value.every((one) => typeof one === 'string')
  if (typeof value !== 'string') return false
  if (type === 'enumeration') return values.includes(value)
  return type === 'text' || (/^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value)))
}

const wanted: Record<Exclude<AttributeType, 'enumeration'>, string> = {
  text: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  instant: 'an instant such as 2026-01-31T12:00:00Z',
  textList: 'a list of texts',
}

/** In words, for refusals. */
export const whatFits = ({ type, values }: Pick<AttributeRule, 'type' | 'values'>) =>
  type === 'enumeration' ? `one of ${values.join(', ')}` : wanted[type]

/** Refuses attributes that the class does not have, or whose value has another type. Null takes an attribute away. */
export function checkAttributes(itemClass: ItemClassRule, attributes: unknown): Record<string, unknown> {
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    throw new BadInput('attributes must be an object: attribute name and value.', { field: ['attributes'] })
  }
  for (const [name, value] of Object.entries(attributes)) {
    const rule = itemClass.attributes.find((one) => one.name === name)
    if (!rule) {
      const known = itemClass.attributes.map((one) => one.name).join(', ')
      throw new BadInput(`A ${itemClass.name} has no attribute "${name}". It has: ${known}.`, {
        field: ['attributes', name],
        rule: 'attribute of the class',
        evidence: { className: itemClass.name, attribute: name },
      })
    }
    if (value !== null && !fits(rule, value)) {
      throw new BadInput(
        `The attribute ${name} of a ${itemClass.name} takes ${whatFits(rule)}; ${JSON.stringify(value)} is none.`,
        {
          field: ['attributes', name],
          rule: 'attribute type',
          evidence: { className: itemClass.name, attribute: name, type: rule.type, value },
        },
      )
    }
  }
  return attributes as Record<string, unknown>
}

/** `changes` over `attributes`; what is null there is taken away. */
export function mergedAttributes(attributes: Record<string, unknown>, changes: Record<string, unknown>) {
  return Object.fromEntries(Object.entries({ ...attributes, ...changes }).filter(([, value]) => value !== null))
}

/** What discovery gives as text, in the type of the class; left out are unknown names, unusable values, and what only people say. */
export function typedAttributes(itemClass: ItemClassRule, seen: Record<string, string>): Record<string, unknown> {
  const typed: Record<string, unknown> = {}
  for (const rule of itemClass.attributes) {
    const text = seen[rule.name]
    if (text === undefined || text === '') continue
    const value = fromText(rule.type, text)
    if (!rule.neverFromDiscovery && fits(rule, value)) typed[rule.name] = value
  }
  return typed
}

function fromText(type: AttributeType, text: string): unknown {
  if (type === 'integer' || type === 'number') return Number(text)
  if (type === 'textList') return text.split(/\s*[,\n]\s*/).filter(Boolean)
  if (type === 'boolean') return /^(yes|true|1)$/i.test(text) ? true : /^(no|false|0)$/i.test(text) ? false : undefined
  return text
}
