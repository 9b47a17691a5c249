import { BadInput } from './errors.ts'

/** A one-line name: trimmed, 1 to 200 characters. */
export function checkedName(value: string, field: string): string {
  const text = value.trim()
  if (text.length >= 1 && text.length <= 200 && !/[\p{Cc}\u2028\u2029]/u.test(text)) return text
  throw new BadInput(`The ${field} has 1 to 200 characters on one line.`, { field: [field], rule: 'length' })
}

/** A longer text: at most 20,000 characters, may be empty. */
export function checkedText(value: string, field: string): string {
  if (value.length <= 20_000 && !value.includes('\0')) return value
  throw new BadInput(`The ${field} has at most 20,000 characters; these are ${value.length}.`, {
    field: [field],
    rule: 'length',
  })
}
